# SPDX-License-Identifier: GPL-2.0-or-later
# Loss against offered rate: a panel a frame size. Points measured; lines D/D/1/K, dashed M/M/1/K.
load "common.gp"
data = dir."/loss-vs-offered.dat"
heading = "Loss against offered rate"
subtitle = wall ? "points measured" : "points measured, lines D/D/1/K model, bands 95 %, dashed M/M/1/K"
eval titles
n = words(frames)
block(c) = c."@".word(frames, i)."@"
set multiplot
set xlabel "offered, 1000 packets/s"
set xrange [0:top_kpps]
set yrange [0:top_loss]
do for [i=1:n] {
	set lmargin at screen left(i, n)
	set rmargin at screen wall ? right(i, n) : square_right(i, n)
	set title word(frames, i)." bytes"
	if (i == 1) { set ylabel "loss, % of offered" } else { unset ylabel }
	plot NaN notitle, \
		for [c in keys] data index "model@".block(c) using 1:3 with lines lc rgb colour(c) lw 0.8 dt 2 notitle, \
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
