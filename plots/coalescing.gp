# SPDX-License-Identifier: GPL-2.0-or-later
# Interrupts, loss, delay and cost against rx-usecs: a colour and a point a sweep. Points measured, lines the model.
figure = "coalescing"
load "common.gp"
heading = "Interrupt coalescing, ".sweep_frame." bytes"
subtitle = "points measured".(modelled ? \
	", lines predicted; dashed: were it a timer from the first frame; dotted: a gap after an interrupt" : "")
eval titles
key_colour(i) = hue(i); key_marker(i) = spot(i); key_size(i) = 1.1
key_lines = modelled
eval key_draw
n = words(sweep_titles)
block(i) = "@".i."@"
least_loss = 0.003 # where 0 is drawn on the logarithmic axis
loss(x) = x < least_loss ? least_loss : x
set multiplot
set xlabel "rx-usecs, one step a setting"
set xtics font ",9"
set xrange [-0.5:sweep_steps - 0.5]
set logscale y
ticks_of = "set ytics (); do for [t in list] { set ytics add (gprintf('%.0s%c', t + 0) t + 0) }"
panel = "set lmargin at screen left(p, 4); set rmargin at screen right(p, 4)"
p = 1; eval panel
set title "interrupts/s"
set yrange [irq_low:irq_high]
list = irq_ticks; eval ticks_of
plot for [i=1:n] data index block(i) using 2:4:xtic(1) with lines lc rgb hue(i) lw 1.4, \
	for [i=1:n] data index block(i) using 2:9 with lines lc rgb hue(i) lw 0.8 dt 2, \
	for [i=1:n] data index block(i) using 2:10 with lines lc rgb hue(i) lw 0.8 dt 3, \
	for [i=1:n] data index block(i) using 2:3 with points lc rgb hue(i) pt spot(i) ps 1.1
eval said
p = 2; eval panel
set title "loss, % of offered"
set yrange [least_loss:100]
set ytics ("0" least_loss, "0.01" 0.01, "0.1" 0.1, "1" 1, "10" 10, "100" 100)
if (words(sweep_lossy) > 0) {
	plot for [i=1:n] data index block(i) using 2:(NaN):xtic(1) with lines, \
		for [i in sweep_lossy] data index block(i) using 2:(loss($6)) with lines lc rgb hue(i + 0) lw 1.4, \
		for [i in sweep_lossy] data index block(i) using 2:(loss($5)) with points lc rgb hue(i + 0) pt spot(i + 0) ps 1.1
} else {
	set label 104 "none" at graph 0.5, graph 0.5 center
	plot for [i=1:n] data index block(i) using 2:(NaN):xtic(1) with lines
	unset label 104
}
p = 3; eval panel
set title "mean delay, stamp to reader, µs"
set yrange [delay_low:delay_high]
list = delay_ticks; eval ticks_of
plot for [i=1:n] data index block(i) using 2:8:xtic(1) with lines lc rgb hue(i) lw 1.4, \
	for [i=1:n] data index block(i) using 2:11 with lines lc rgb hue(i) lw 0.8 dt 2, \
	for [i=1:n] data index block(i) using 2:12 with lines lc rgb hue(i) lw 0.8 dt 3, \
	for [i=1:n] data index block(i) using 2:7 with points lc rgb hue(i) pt spot(i) ps 1.1
p = 4; eval panel
set title unit." a packet"
unset logscale y
set ytics autofreq
set yrange [0:top_cost]
plot for [i=1:n] data index block(i) using 2:14:xtic(1) with lines lc rgb hue(i) lw 1.4, \
	for [i=1:n] data index block(i) using 2:13 with points lc rgb hue(i) pt spot(i) ps 1.1
unset multiplot
