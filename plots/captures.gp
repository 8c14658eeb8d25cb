# SPDX-License-Identifier: GPL-2.0-or-later
# Every capture at the smallest frame, the fastest on top: its loss-free rate, and what a packet costs.
figure = "captures"
load "common.gp"
wide = wide + (name_px > 240 ? name_px - 240 : 0)
body_px = 22 * n_bars + 20
load "common.gp"
heading = "Captures side by side, ".frame." bytes"
subtitle = wall ? "medians over blocks, with their intervals; ≥: nothing was lost at any rate offered" :\
	"dark: no loss up to here; pale: up to the first rate that lost; ≥: none did"
eval titles
set style fill solid 0.85 noborder
set yrange [n_bars - 0.4:-0.6]
set ytics out scale 0 noenhanced font ",9"
set grid noytics
half = 0.34
names = 1.0 * name_px / wide
panel = (0.985 - names - 0.1) / 2
set multiplot
set lmargin at screen names + 0.01; set rmargin at screen names + 0.01 + panel
set title "loss-free rate, 1000 packets/s"
set xtics free_step
set xrange [0:1.25 * top_free]
far = 1.25 * top_free
line = line + 0.0
eval beyond
plot data using (0):0:(0):4:($0 - half):($0 + half):ytic(1) with boxxyerror lc rgb wall ? "#ffffff" : "#b7d3ea", \
	data using (0):0:(0):2:($0 - half):($0 + half) with boxxyerror lc rgb "#0072B2", \
	data using (wall && $3 < $4 ? $2 : NaN):0:3:4 with xerrorbars lc rgb "#E69F00" pt 0 lw 1.6, \
	data using 4:0:5 with labels left offset 0.6,0 font ",9" textcolor rgb "#333333" noenhanced
eval said
unset object 90
set lmargin at screen names + panel + 0.045; set rmargin at screen names + 2 * panel + 0.045
set title unit." a packet, ".(usual eq "unpaced" ? "unpaced" : "at ".usual)
set xrange [0:1.25 * top_bar_cost]
set xtics cost_step
set format y ""
pale(usual) = usual > 0 ? 0x009E73 : 0xA6DACA # at another rate than the title says
plot data using (0):0:(0):6:($0 - half):($0 + half):(pale($10)) with boxxyerror lc rgb variable, \
	data using ($7 < $8 ? $6 : NaN):0:7:8 with xerrorbars lc rgb "#E69F00" pt 0 lw 1.6, \
	data using (column(8) == column(8) ? $8 : 0):0:9 with labels left offset 0.6,0 font ",9" textcolor rgb "#333333" noenhanced
unset multiplot
