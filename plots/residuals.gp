# SPDX-License-Identifier: GPL-2.0-or-later
# Residuals of loss against load: the queue beside no queue. A colour a capture; the knee is shaded.
load "common.gp"
data = dir."/residuals.dat"
heading = "Loss, predicted less measured"
subtitle = "each point a trial that the model had not seen"
eval titles
block(c) = c."@"
captures = residual_captures
set multiplot
set xlabel "load: offered rate times predicted service time"
set xrange [0:*]
# linear near 0, logarithmic far from it
f(x) = asinh(x)
set yrange [f(residual_low):f(residual_high)]
set ytics ()
do for [y in "-100 -50 -20 -10 -5 -2 -1 0 1 2 5 10 20 50 100"] { set ytics add (y f(y + 0)) }
set object 1 rectangle from first 0.9, graph 0 to first 1.1, graph 1 fc rgb "#f0f0f0" fs solid noborder behind
p = 1
set lmargin at screen left(p, 2); set rmargin at screen right(p, 2)
set title "D/D/1/K"
set ylabel "points of loss"
plot 0 with lines lc rgb "#999999" lw 1, \
	for [c in captures] data index block(c) using 1:(f($2)) with points lc rgb colour(c) pt marker(c) ps size(c)
unset label
unset ylabel
p = 2
set lmargin at screen left(p, 2); set rmargin at screen right(p, 2)
set title "null model: min(offered, capacity)"
plot 0 with lines lc rgb "#999999" lw 1, \
	for [c in captures] data index block(c) using 1:(f($3)) with points lc rgb colour(c) pt marker(c) ps size(c)
unset object 1
eval strip
plot -1 notitle, for [c in captures] keyentry with points lc rgb colour(c) pt marker(c) ps size(c) title c
unset multiplot
