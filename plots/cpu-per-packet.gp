# SPDX-License-Identifier: GPL-2.0-or-later
# CPU a packet against frame bytes, at the lowest and the highest offered rate. Points measured, lines the model.
load "common.gp"
data = dir."/cpu-per-packet.dat"
heading = "CPU for each packet received"
subtitle = "points measured, lines predicted from low load"
eval titles
block(c) = c."@".word("low high", i)."@"
set multiplot
set xlabel "frame, bytes"
set xrange [0:1600]
set yrange [0:top_cost]
set xtics ("64" 64, "512" 512, "1024" 1024, "1518" 1518)
do for [i=1:2] {
	set lmargin at screen left(i, 2)
	set rmargin at screen right(i, 2)
	set title i == 1 ? "lowest rate: ".low_rate : "highest rate: ".high_rate
	if (i == 1) { set ylabel unit." a packet" } else { unset ylabel }
	plot NaN notitle, \
		for [c in keys] data index block(c) using 1:5 with lines lc rgb colour(c) lw thick(c) notitle, \
		for [c in keys] data index block(c) using 1:2:3:4 with yerrorbars \
			lc rgb colour(c) pt marker(c) ps size(c) notitle
	unset label
}
eval strip
plot -1 notitle, for [c in keys] keyentry with linespoints lw 1.4 lc rgb colour(c) pt marker(c) ps size(c) title c
unset multiplot
