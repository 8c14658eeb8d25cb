# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions a frame over the kernel's versions, stage on stage. Kernels are compared here: everything else is the same.
figure = "kernels"
load "common.gp"
heading = capture.", ".frame." bytes, ".rate.": instructions a frame on each kernel"
subtitle = "stage on stage, from below as in the key; docs/kernels.md says which functions make the steps"
eval titles
ytitle = "instructions a frame"
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 noborder
set boxwidth 0.72
set lmargin at screen first; set rmargin at screen 0.985
set yrange [0:top_insns]
set xtics out scale 0 noenhanced font ",9"
if (n_kernels > 8) { set xtics rotate by -20 }
set grid noxtics
eval ytitled
key_marker(i) = 5; key_size(i) = 1.6 # areas have no points of their own
eval key_draw
plot for [i=1:words(captures)] data using (column(i + 1)):xtic(1) lc rgb colour(word(captures, i)) notitle
