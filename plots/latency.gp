# SPDX-License-Identifier: GPL-2.0-or-later
# Delay against offered rate, and against rx-usecs: a point the median, a bar up to p99, a dot at p99.9.
figure = "latency"
load "common.gp"
heading = "Delay from the stamp of ".generators." to the reader"
subtitle = "points median, bars up to p99, dots p99.9; pale lines lead the eye".(leads ? \
	"; pktgen stamps a paced frame a gap before it is sent" : "").(below ? "; 0 stands at the foot" : "")
eval titles
# Of the n-th series; of the first there may be where there is none, since gnuplot looks at a plot that it does not draw.
name(n) = n <= words(captures) ? word(captures, n) : "none"
rates(n) = "rate@".name(n)."@"
tint(n) = n <= words(captures) ? colour(name(n)) : "#000000"
shape(n) = n <= words(captures) ? marker(name(n)) : 1
large(n) = n <= words(captures) ? size(name(n)) : 1
number(n) = n <= words(timed_sweeps) ? word(timed_sweeps, n) + 0 : 1
steps(n) = "sweep@".number(n)."@"
both = words(captures) > 0 && words(timed_sweeps) > 0 ? 2 : 1
shown(x) = x < latency_low ? latency_low : x
timed = words(captures)
key_colour(i) = i <= timed ? tint(i) : hue(number(i - timed))
key_marker(i) = i <= timed ? shape(i) : spot(number(i - timed))
key_size(i) = i <= timed ? large(i) : 1.1
eval key_draw
set multiplot
set logscale y
set yrange [latency_low:latency_high]
set ytics ()
do for [t in latency_ticks] { set ytics add (gprintf("%.0s%c", t + 0) t + 0) }
ytitle = "delay, µs"; eval ytitled
if (words(captures) > 0) {
	set lmargin at screen left(1, both); set rmargin at screen right(1, both)
	set title timed_frame." bytes, by rate"
	set xlabel "offered, 1000 packets/s"
	if (wall) {
		set logscale x
		set xtics (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
		set xrange [low_kpps:high_kpps]
	} else {
		set xrange [0:1.03 * top_kpps]
	}
	plot for [n=1:words(captures)] data index rates(n) using 1:(shown($2)) with lines lc rgb tint(n) lw 0.6 dt 3, \
		for [n=1:words(captures)] data index rates(n) using 1:(shown($2)):(shown($2)):(shown($3)) with yerrorbars \
			lc rgb tint(n) pt shape(n) ps large(n), \
		for [n=1:words(captures)] data index rates(n) using 1:(shown($4)) with points lc rgb tint(n) pt 7 ps 0.4
	eval said
	unset logscale x; set xtics autofreq
}
if (words(timed_sweeps) > 0) {
	set lmargin at screen left(both, both); set rmargin at screen right(both, both)
	set title sweep_frame." bytes, by interrupt coalescing"
	set xlabel "rx-usecs, one step a setting"
	set xrange [-0.5:sweep_steps - 0.5]
	plot for [n=1:words(timed_sweeps)] data index steps(n) using 2:(shown($3)):xtic(1) with lines lc rgb hue(n) lw 0.6 dt 3, \
		for [n=1:words(timed_sweeps)] data index steps(n) using 2:(shown($3)):(shown($3)):(shown($4)) with yerrorbars \
			lc rgb hue(n) pt spot(n) ps 1.1, \
		for [n=1:words(timed_sweeps)] data index steps(n) using 2:(shown($5)) with points lc rgb hue(n) pt 7 ps 0.4
}
unset multiplot
