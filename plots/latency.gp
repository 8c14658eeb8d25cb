# SPDX-License-Identifier: GPL-2.0-or-later
# Delay against offered rate, and against rx-usecs: the median as points on a line, a bar up to p99, a dot at p99.9.
load "common.gp"
data = dir."/latency.dat"
heading = "Delay from pktgen's stamp to the reader"
subtitle = "points median, bars up to p99, dots p99.9; a paced frame is stamped a gap before it is sent"
eval titles
set label 100 latency_source
do for [c in sweep_captures] { if (strstrt(" ".order." ", " ".c." ") == 0) { order = order." ".c } }
# Of the n-th series; of the first there may be where there is none, since gnuplot looks at a plot that it does not draw.
name(n) = n <= words(timed) ? word(timed, n) : word(order, 1)
rates(n) = "rate@".name(n)."@"
tint(n) = colour(name(n))
shape(n) = marker(name(n))
number(n) = n <= words(timed_sweeps) ? word(timed_sweeps, n) + 0 : 1
steps(n) = "sweep@".number(n)."@"
hue(n) = words(sweep_captures) ? colour(word(sweep_captures, number(n))) : word(colours, 1)
spot(n) = int(word("4 6 5 7 8 10 9 11", 1 + (number(n) - 1) % 8))
both = words(timed) > 0 && words(timed_sweeps) > 0 ? 2 : 1
set multiplot
set logscale y
set yrange [latency_low:latency_high]
set format y "%.0s%c"
set ylabel "delay, µs"
if (words(timed) > 0) {
	set lmargin at screen left(1, both); set rmargin at screen right(1, both)
	set title timed_frame." bytes, by rate"
	set xlabel "offered, 1000 packets/s"
	set xrange [0:top_kpps]
	plot for [n=1:words(timed)] data index rates(n) using 1:2 with lines lc rgb tint(n) lw 1.4, \
		for [n=1:words(timed)] data index rates(n) using 1:2:2:3 with yerrorbars \
			lc rgb tint(n) pt shape(n) ps size(name(n)), \
		for [n=1:words(timed)] data index rates(n) using 1:4 with points lc rgb tint(n) pt 7 ps 0.4
	unset label; unset ylabel
}
if (words(timed_sweeps) > 0) {
	set lmargin at screen left(both, both); set rmargin at screen right(both, both)
	set title sweep_frame." bytes, by interrupt coalescing"
	set xlabel "rx-usecs, one step a setting"
	set xrange [-0.5:sweep_steps - 0.5]
	plot for [n=1:words(timed_sweeps)] data index steps(n) using 2:3:xtic(1) with lines lc rgb hue(n) lw 1.4, \
		for [n=1:words(timed_sweeps)] data index steps(n) using 2:3:3:4 with yerrorbars \
			lc rgb hue(n) pt spot(n) ps 1.1, \
		for [n=1:words(timed_sweeps)] data index steps(n) using 2:5 with points lc rgb hue(n) pt 7 ps 0.4
}
eval strip
set key maxrows 2 width -2
plot -1 notitle, \
	for [n=1:words(timed)] keyentry with linespoints lw 1.4 lc rgb tint(n) pt shape(n) ps size(name(n)) \
		title name(n), \
	for [n=1:words(timed_sweeps)] keyentry with linespoints lw 1.4 lc rgb hue(n) pt spot(n) ps 1.1 \
		title word(sweep_titles, number(n))
unset multiplot
