# SPDX-License-Identifier: GPL-2.0-or-later
# Interrupts, loss and delay against rx-usecs: a colour a capture, a point a sweep. Points measured, lines the model.
load "common.gp"
data = dir."/coalescing.dat"
heading = "Interrupt coalescing, ".sweep_frame." bytes"
subtitle = "points measured, lines predicted; dashed: were it a timer from the first frame (C2), dotted: a gap (C3)"
eval titles
set label 100 sweep_source
n = words(sweep_titles)
keys = ""
do for [c in sweep_captures] { if (strstrt(" ".order." ", " ".c." ") == 0) { order = order." ".c } }
hue(i) = colour(word(sweep_captures, i))
spot(i) = int(word("4 6 5 7 8 10 9 11", 1 + (i - 1) % 8))
block(i) = "@".i."@"
least_loss = 0.003 # where 0 is drawn on the logarithmic axis
loss(x) = x < least_loss ? least_loss : x
set multiplot
set xlabel "rx-usecs, one step a setting"
set xrange [-0.5:sweep_steps - 0.5]
set logscale y
panel = "set lmargin at screen left(p, 3); set rmargin at screen right(p, 3)"
p = 1; eval panel
set title "interrupts/s"
set yrange [sweep_irq_low:sweep_irq_high]
set format y "%.0s%c"
plot for [i=1:n] data index block(i) using 2:4:xtic(1) with lines lc rgb hue(i) lw 1.4, \
	for [i=1:n] data index block(i) using 2:9 with lines lc rgb hue(i) lw 0.8 dt 2, \
	for [i=1:n] data index block(i) using 2:10 with lines lc rgb hue(i) lw 0.8 dt 3, \
	for [i=1:n] data index block(i) using 2:3 with points lc rgb hue(i) pt spot(i) ps 1.1
unset label; set format y "%g"
p = 2; eval panel
set title "loss, % of offered"
set yrange [least_loss:100]
set ytics add ("0" least_loss)
if (words(sweep_lossy) > 0) {
	plot for [i=1:n] data index block(i) using 2:(NaN):xtic(1) with lines, \
		for [i in sweep_lossy] data index block(i) using 2:(loss($6)) with lines lc rgb hue(i + 0) lw 1.4, \
		for [i in sweep_lossy] data index block(i) using 2:(loss($5)) with points lc rgb hue(i + 0) pt spot(i + 0) ps 1.1
} else {
	set label 103 "none" at graph 0.5, graph 0.5 center
	plot for [i=1:n] data index block(i) using 2:(NaN):xtic(1) with lines
}
unset label
p = 3; eval panel
set title "mean delay, stamp to reader, µs"
set ytics autofreq
set yrange [sweep_delay_low:sweep_delay_high]
plot for [i=1:n] data index block(i) using 2:8:xtic(1) with lines lc rgb hue(i) lw 1.4, \
	for [i=1:n] data index block(i) using 2:11 with lines lc rgb hue(i) lw 0.8 dt 2, \
	for [i=1:n] data index block(i) using 2:12 with lines lc rgb hue(i) lw 0.8 dt 3, \
	for [i=1:n] data index block(i) using 2:7 with points lc rgb hue(i) pt spot(i) ps 1.1
eval strip
set key width -2
plot -1 notitle, \
	for [i=1:n] keyentry with linespoints lc rgb hue(i) pt spot(i) ps 1.1 lw 1.4 title word(sweep_titles, i)
unset multiplot
