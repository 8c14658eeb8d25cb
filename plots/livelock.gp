# SPDX-License-Identifier: GPL-2.0-or-later
# Received against offered rate at the smallest frame: what NAPI does, and what an interrupt a frame would do.
figure = "livelock"
load "common.gp"
heading = "Receive livelock, ".smallest_frame." bytes"
subtitle = "points measured, lines D/D/1/K, bands 95 %, dashed: an interrupt a frame, two stages without NAPI"
eval titles
key_lines = 1
eval key_draw
block(c) = c."@"
set multiplot
set xlabel "offered, 1000 packets/s"
ytitle = "received, 1000 packets/s"; eval ytitled
set xrange [0:1.03 * top_kpps]
set yrange [0:*]
set lmargin at screen left(1, 1)
set rmargin at screen right(1, 1)
plot for [c in captures] data index "model@".block(c) using 1:4:5 with filledcurves \
		lc rgb colour(c) fs transparent solid 0.18 noborder notitle, \
	for [c in captures] data index "model@".block(c) using 1:2 with lines lc rgb colour(c) lw thick(c) notitle, \
	for [c in captures] data index "stages@".block(c) using 1:2 with lines lc rgb colour(c) lw 1.4 dt 2 notitle, \
	for [c in captures] data index block(c) using 1:2:3:4 with yerrorbars \
		lc rgb colour(c) pt marker(c) ps size(c) notitle
unset multiplot
