# SPDX-License-Identifier: GPL-2.0-or-later
# Delay against offered rate, and against rx-usecs: the median as points on a line, a bar up to p99, a dot at p99.9.
load "common.gp"
data = dir."/latency.dat"
heading = "Delay from pktgen's stamp to the reader"
subtitle = "points median, bars up to p99, dots p99.9; a paced frame is stamped a gap before it is sent"
eval titles
set label 100 latency_source
do for [c in sweep_captures] { if (strstrt(" ".order." ", " ".c." ") == 0) { order = order." ".c } }
hue(i) = colour(word(sweep_captures, i))
spot(i) = int(word("4 6 5 7 8 10 9 11", 1 + (i - 1) % 8))
both = words(timed) > 0 && words(timed_sweeps) > 0 ? 2 : 1
set multiplot
set logscale y
set yrange [latency_low:latency_high]
set ylabel "delay, µs"
if (words(timed) > 0) {
	set lmargin at screen left(1, both); set rmargin at screen right(1, both)
	set title timed_frame." bytes, by rate"
	set xlabel "offered, 1000 packets/s"
	set xrange [0:top_kpps]
	plot for [c in timed] data index "rate@".c."@" using 1:2 with lines lc rgb colour(c) lw 1.4, \
		for [c in timed] data index "rate@".c."@" using 1:2:2:3 with yerrorbars \
			lc rgb colour(c) pt marker(c) ps size(c), \
		for [c in timed] data index "rate@".c."@" using 1:4 with points lc rgb colour(c) pt 7 ps 0.4
	unset label; unset ylabel
}
if (words(timed_sweeps) > 0) {
	set lmargin at screen left(both, both); set rmargin at screen right(both, both)
	set title sweep_frame." bytes, by interrupt coalescing"
	set xlabel "rx-usecs, one step a setting"
	set xrange [-0.5:sweep_steps - 0.5]
	plot for [i in timed_sweeps] data index "sweep@".i."@" using 2:3:xtic(1) with lines lc rgb hue(i + 0) lw 1.4, \
		for [i in timed_sweeps] data index "sweep@".i."@" using 2:3:3:4 with yerrorbars \
			lc rgb hue(i + 0) pt spot(i + 0) ps 1.1, \
		for [i in timed_sweeps] data index "sweep@".i."@" using 2:5 with points lc rgb hue(i + 0) pt 7 ps 0.4
}
eval strip
set key maxrows 2 width -2
plot -1 notitle, \
	for [c in timed] keyentry with linespoints lw 1.4 lc rgb colour(c) pt marker(c) ps size(c) title c, \
	for [i in timed_sweeps] keyentry with linespoints lc rgb hue(i + 0) pt spot(i + 0) ps 1.1 lw 1.4 \
		title word(sweep_titles, i + 0)
unset multiplot
