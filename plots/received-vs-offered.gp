# SPDX-License-Identifier: GPL-2.0-or-later
# Received against offered rate: a panel a frame size. Points measured, lines the D/D/1/K model.
load "common.gp"
data = dir."/received-vs-offered.dat"
heading = "Received against offered rate"
subtitle = wall ? "points measured, dotted: no loss" : "points measured, lines D/D/1/K model, bands 95 %, dotted: no loss"
eval titles
n = words(frames)
block(c) = c."@".word(frames, i)."@"
set multiplot
set xlabel "offered, 1000 packets/s"
set xrange [0:top_kpps]
set yrange [0:top_kpps]
# Rows that differ tenfold, as they do at wall clock.
if (wall) {
	set logscale xy
	set xtics (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
	set ytics (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
	set xrange [low_kpps:top_kpps]
	set yrange [low_kpps:top_kpps]
}
do for [i=1:n] {
	set lmargin at screen left(i, n)
	set rmargin at screen wall ? right(i, n) : square_right(i, n)
	set title word(frames, i)." bytes"
	if (i == 1) { set ylabel "received, 1000 packets/s" } else { unset ylabel }
	plot x with lines lc rgb "#999999" dt 3 lw 1 notitle, \
		for [c in keys] data index "model@".block(c) using 1:4:5 with filledcurves \
			lc rgb colour(c) fs transparent solid 0.18 noborder notitle, \
		for [c in keys] data index "model@".block(c) using 1:2 with lines lc rgb colour(c) lw thick(c) notitle, \
		for [c in keys] data index block(c) using 1:2:3:4 with yerrorbars \
			lc rgb colour(c) pt marker(c) ps size(c) notitle
	unset label
}
eval strip
plot -1 notitle, for [c in keys] keyentry with linespoints lw 1.4 lc rgb colour(c) pt marker(c) ps size(c) title c
unset multiplot
