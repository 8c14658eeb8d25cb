# SPDX-License-Identifier: GPL-2.0-or-later
# Every capture at the smallest frame, the fastest on top: its loss-free rate, and what a packet costs at the highest rate.
load "common.gp"
data = dir."/captures.dat"
heading = "Captures side by side, ".word(frames, 1)." bytes"
subtitle = "≥: nothing was lost at any rate offered"
eval titles
set style fill solid 0.85 noborder
set yrange [n_bars - 0.4:-0.6]
set ytics out scale 0 noenhanced
set grid noytics
half = 0.36
upto(name, c) = name[1:(strstrt(name, c) ? strstrt(name, c) : strlen(name) + 1) - 1]
bare(name) = rank(upto(upto(name, ":"), "+")) ? upto(upto(name, ":"), "+") : name
hue(name) = int("0x".colour(bare(name))[2:7])
set multiplot
set bmargin at screen 0.13
set lmargin at screen 0.14; set rmargin at screen 0.56
set title "loss-free rate, 1000 packets/s"
set xrange [0:1.15 * top_free]
plot data using (0):0:(0):2:($0 - half):($0 + half):(hue(strcol(1))):ytic(1) with boxxyerror lc rgb variable, \
	data using 2:0:3:4 with xerrorbars lc rgb "#333333" pt 0 lw 1, \
	data using ($2 > 0 ? $4 : 0):0:5 with labels left offset 0.6,0 font ",9" textcolor rgb "#333333"
unset label
set lmargin at screen 0.60; set rmargin at screen 0.97
set title unit." a packet, at the highest rate"
set xrange [0:1.15 * top_bar_cost]
set format y ""
plot data using (0):0:(0):6:($0 - half):($0 + half):(hue(strcol(1))) with boxxyerror lc rgb variable, \
	data using 6:0:7:8 with xerrorbars lc rgb "#333333" pt 0 lw 1, \
	data using 8:0:(sprintf("%.0f", $6)) with labels left offset 0.6,0 font ",9" textcolor rgb "#333333"
unset multiplot
