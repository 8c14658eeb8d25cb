# SPDX-License-Identifier: GPL-2.0-or-later
# CPU a packet against frame bytes, at two rates that all curves share. Points measured, lines the model.
figure = "cpu-per-packet"
load "common.gp"
heading = "CPU for each packet received"
subtitle = "points measured".(modelled ? ", lines predicted from low load" : "")."; at rates that the curves share"
eval titles
key_lines = modelled
eval key_draw
block(c) = c."@".word("low high", i)."@"
set multiplot
set xlabel "frame, bytes"
set xrange [0:top_frame]
set yrange [0:top_cost]
eval "set xtics (".frame_ticks.")"
do for [i=1:2] {
	set lmargin at screen left(i, 2)
	set rmargin at screen right(i, 2)
	set title i == 1 ? "lowest: ".low_rate : "highest: ".high_rate
	if (i == 1) { ytitle = unit." a packet"; eval ytitled }
	plot NaN notitle, \
		for [c in keys] data index block(c) using 1:5 with lines lc rgb colour(c) lw thick(c) notitle, \
		for [c in keys] data index block(c) using 1:2:3:4 with yerrorbars \
			lc rgb colour(c) pt marker(c) ps size(c) notitle
	eval said
}
unset multiplot
