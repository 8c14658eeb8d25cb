# SPDX-License-Identifier: GPL-2.0-or-later
# What can be had: every setting measured, by each pair of loss, delay, CPU and interrupts. Filled: on the front.
figure = "tune"
body_px = 620
load "common.gp"
heading = "Settings of NIC and kernel: what can be had"
subtitle = "small: measured; large: on the front of all four measures; ring: the default; star: the answer to the wish. To the lower left is better"
eval titles
key_colour(i) = hue(i); key_marker(i) = spot(i); key_size(i) = 1.1
eval key_draw
n = words(tune_titles)
block(i) = "@".i."@"
least_loss = 0.003 # where 0 is drawn on the logarithmic axis
shown(c, x) = c == 1 && x < least_loss ? least_loss : x
xs = "1 1 1 2 2 3"; ys = "2 3 4 3 4 4"
tall_row = (top - bottom - 0.1) / 2
row_top(r) = top - (r - 1) * (tall_row + 0.1); row_bottom(r) = row_top(r) - tall_row
col_left(k) = first + (k - 1) * (0.972 - first + gap) / 3; col_right(k) = col_left(k) + (0.972 - first + gap) / 3 - gap
low(c) = c == 1 ? least_loss : c == 2 ? p99_low : c == 3 ? cpu_low : irq_low
high(c) = c == 1 ? 100 : c == 2 ? p99_high : c == 3 ? cpu_high : irq_high
array axis_of[4] = ["loss, %", "p99, µs", cpu_unit." a frame", "interrupts/s"]
set logscale xy
set multiplot
do for [p=1:6] {
	h = int(word(xs, p)); v = int(word(ys, p)); r = 1 + (p - 1) / 3; k = 1 + (p - 1) % 3
	set lmargin at screen col_left(k); set rmargin at screen col_right(k)
	set tmargin at screen row_top(r); set bmargin at screen row_bottom(r)
	set title axis_of[v] . " over " . axis_of[h] offset 0,-0.5 font ",10"
	set xrange [low(h):high(h)]; set yrange [low(v):high(v)]
	if (h == 1) { set xtics ("0" least_loss, "0.01" 0.01, "0.1" 0.1, "1" 1, "10" 10, "100" 100) } else { set xtics autofreq; set format x "%.0s%c" }
	set ytics autofreq; set format y "%.0s%c"
	plot for [i=1:n] data index block(i) using (shown(h, column(h))):(shown(v, column(v))) with points lc rgb hue(i) pt spot(i) ps 0.45, \
		for [i=1:n] data index block(i) using (column(5) > 0 ? shown(h, column(h)) : NaN):(shown(v, column(v))) with points lc rgb hue(i) pt spot(i) ps 1.2, \
		for [i=1:n] data index block(i) using (column(6) > 0 ? shown(h, column(h)) : NaN):(shown(v, column(v))) with points lc rgb "#000000" pt 6 ps 2, \
		for [i=1:n] data index block(i) using (column(7) > 0 ? shown(h, column(h)) : NaN):(shown(v, column(v))) with points lc rgb "#000000" pt 3 ps 2
	eval said
}
unset multiplot
