# SPDX-License-Identifier: GPL-2.0-or-later
# Received against offered rate: a panel a frame size. Points measured, lines the D/D/1/K model.
figure = "received-vs-offered"
load "common.gp"
heading = "Received against offered rate"
subtitle = "points measured, ".(modelled ? "lines D/D/1/K model, bands 95 %, " : "")."dotted: no loss"
eval titles
key_lines = modelled
eval key_draw
n = words(frames)
block(c) = c."@".word(frames, i)."@"
set multiplot
set xlabel "offered, 1000 packets/s"
far = 1.03 * top_kpps
set xrange [0:far]
set yrange [0:far]
# Rows that differ tenfold, as they do at wall clock.
if (wall) {
	set logscale xy
	set xtics (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
	set ytics (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
	set xrange [low_kpps:high_kpps]
	set yrange [low_kpps:high_kpps]
}
do for [i=1:n] {
	set lmargin at screen left(i, n)
	set rmargin at screen wall ? right(i, n) : square_right(i, n)
	set title word(frames, i)." bytes"
	if (i == 1) { ytitle = "received, 1000 packets/s"; eval ytitled }
	line = word(line_kpps, i) eq "nan" ? NaN : word(line_kpps, i) + 0
	eval beyond
	plot x with lines lc rgb "#999999" dt 3 lw 1 notitle, \
		for [c in keys] data index "model@".block(c) using 1:4:5 with filledcurves \
			lc rgb colour(c) fs transparent solid 0.18 noborder notitle, \
		for [c in keys] data index "model@".block(c) using 1:2 with lines lc rgb colour(c) lw thick(c) notitle, \
		for [c in keys] data index block(c) using 1:2:3:4 with yerrorbars \
			lc rgb colour(c) pt marker(c) ps size(c) notitle
	eval said
}
unset multiplot
