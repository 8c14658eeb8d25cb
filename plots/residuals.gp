# SPDX-License-Identifier: GPL-2.0-or-later
# Residuals of loss against load: the queue beside no queue. A colour a capture; the knee is shaded.
figure = "residuals"
load "common.gp"
heading = "Loss, predicted less measured"
subtitle = "each point a trial that the model had not seen; the axis is linear near 0, logarithmic far from it"
eval titles
key_lines = 0
eval key_draw
block(c) = c."@"
set multiplot
set xlabel "load: offered rate times predicted service time"
set xrange [0:*]
f(x) = asinh(x)
set yrange [f(residual_low):f(residual_high)]
set ytics ()
do for [y in "-100 -50 -20 -10 -5 -2 -1 0 1 2 5 10 20 50 100"] { set ytics add (y f(y + 0)) }
set object 1 rectangle from first 0.9, graph 0 to first 1.1, graph 1 fc rgb "#f0f0f0" fs solid noborder behind
p = 1
set lmargin at screen left(p, 2); set rmargin at screen right(p, 2)
set title "by the queue D/D/1/K"
ytitle = "percentage points of loss"; eval ytitled
plot 0 with lines lc rgb "#999999" lw 1, \
	for [c in captures] data index block(c) using 1:(f($2)) with points lc rgb colour(c) pt marker(c) ps size(c)
eval said
p = 2
set lmargin at screen left(p, 2); set rmargin at screen right(p, 2)
set title "without a queue: min(offered, capacity)"
plot 0 with lines lc rgb "#999999" lw 1, \
	for [c in captures] data index block(c) using 1:(f($3)) with points lc rgb colour(c) pt marker(c) ps size(c)
unset object 1
unset multiplot
