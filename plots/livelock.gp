# SPDX-License-Identifier: GPL-2.0-or-later
# Received against offered rate at the smallest frame: what NAPI does, and what an interrupt a frame would do.
load "common.gp"
data = dir."/livelock.dat"
heading = "Receive livelock, ".smallest_frame." bytes"
subtitle = "points measured, lines D/D/1/K, bands 95 %, dashed: an interrupt a frame, two stages without NAPI"
eval titles
block(c) = c."@"
captures = livelock_captures
set multiplot
set xlabel "offered, 1000 packets/s"
set ylabel "received, 1000 packets/s"
set xrange [0:top_kpps]
set yrange [0:*]
set lmargin at screen left(1, 1)
set rmargin at screen right(1, 1)
plot for [c in captures] data index "model@".block(c) using 1:4:5 with filledcurves \
		lc rgb colour(c) fs transparent solid 0.18 noborder notitle, \
	for [c in captures] data index "model@".block(c) using 1:2 with lines lc rgb colour(c) lw thick(c) notitle, \
	for [c in captures] data index "stages@".block(c) using 1:2 with lines lc rgb colour(c) lw 1.4 dt 2 notitle, \
	for [c in captures] data index block(c) using 1:2:3:4 with yerrorbars \
		lc rgb colour(c) pt marker(c) ps size(c) notitle
unset label
eval strip
plot -1 notitle, for [c in captures] keyentry with linespoints lw 1.4 lc rgb colour(c) pt marker(c) ps size(c) title c
unset multiplot
