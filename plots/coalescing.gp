# SPDX-License-Identifier: GPL-2.0-or-later
# Interrupts, loss and delay against rx-usecs, one colour a rate. Points measured, lines the minimum-gap model.
load "common.gp"
data = dir."/coalescing.dat"
heading = "Interrupt coalescing: ".sweep_name
subtitle = "points measured, lines minimum-gap model"
eval titles
n = words(sweep_rates)
hue(i) = word("#0072B2 #D55E00 #009E73 #CC79A7", 1 + (i - 1) % 4)
spot(i) = int(word("5 7 9 13", 1 + (i - 1) % 4))
block(i) = "@".word(sweep_rates, i)."@"
set multiplot
set xlabel "rx-usecs (one step a setting)"
set xrange [-0.5:sweep_steps - 0.5]
panel = "set lmargin at screen left(p, 3); set rmargin at screen right(p, 3)"
p = 1; eval panel
set title "interrupts/s"
set logscale y
set yrange [sweep_irq_low:sweep_irq_high]
set format y "%.0s%c"
plot for [i=1:n] data index block(i) using 2:4:xtic(1) with lines lc rgb hue(i) lw 1.6, \
	for [i=1:n] data index block(i) using 2:3 with points lc rgb hue(i) pt spot(i) ps 1
unset label; unset logscale; set format y "%g"
p = 2; eval panel
set title "loss, % of offered"
set yrange [0:sweep_loss]
plot for [i=1:n] data index block(i) using 2:6:xtic(1) with lines lc rgb hue(i) lw 1.6, \
	for [i=1:n] data index block(i) using 2:5 with points lc rgb hue(i) pt spot(i) ps 1
p = 3; eval panel
set title "mean delay, stamp to reader, µs"
set yrange [0:*]
plot for [i=1:n] data index block(i) using 2:9:xtic(1) with lines lc rgb hue(i) lw 1.6, \
	for [i=1:n] data index block(i) using 2:7 with points lc rgb hue(i) pt 2 ps 0.7, \
	for [i=1:n] data index block(i) using 2:8 with points lc rgb hue(i) pt spot(i) ps 1
eval strip
plot -1 notitle, for [i=1:n] keyentry with points lc rgb hue(i) pt spot(i) title word(sweep_rates, i)." pps", \
	keyentry with points lc rgb "#333333" pt 2 title "99th percentile"
unset multiplot
