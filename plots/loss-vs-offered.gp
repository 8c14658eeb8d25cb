# SPDX-License-Identifier: GPL-2.0-or-later
# Loss against offered rate: a panel a frame size. Points measured; lines D/D/1/K, dashed M/M/1/K.
figure = "loss-vs-offered"
load "common.gp"
heading = "Loss against offered rate"
subtitle = "points measured".(modelled ? ", lines D/D/1/K model, bands 95 %, dashed M/M/1/K" : "")
eval titles
key_lines = modelled
eval key_draw
n = words(frames)
block(c) = c."@".word(frames, i)."@"
set multiplot
set xlabel "offered, 1000 packets/s"
far = 1.03 * top_kpps
set xrange [0:far]
set yrange [0:top_loss]
beyond_up = 0.965
if (wall) { set logscale x; set xrange [low_kpps:high_kpps]; set xtics (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000) }
do for [i=1:n] {
	set lmargin at screen left(i, n)
	set rmargin at screen wall ? right(i, n) : square_right(i, n)
	set title word(frames, i)." bytes"
	if (i == 1) { ytitle = "loss, % of offered"; eval ytitled }
	line = word(line_kpps, i) eq "nan" ? NaN : word(line_kpps, i) + 0
	eval beyond
	plot NaN notitle, \
		for [c in keys] data index "model@".block(c) using 1:3 with lines lc rgb colour(c) lw 0.8 dt 2 notitle, \
		for [c in keys] data index "model@".block(c) using 1:4:5 with filledcurves \
			lc rgb colour(c) fs transparent solid 0.18 noborder notitle, \
		for [c in keys] data index "model@".block(c) using 1:2 with lines lc rgb colour(c) lw thick(c) notitle, \
		for [c in keys] data index block(c) using 1:2:3:4 with yerrorbars \
			lc rgb colour(c) pt marker(c) ps size(c) notitle
	eval said
}
unset multiplot
