# SPDX-License-Identifier: GPL-2.0-or-later
# What all figures share. In: dir (with *.dat and lists.gp of mkdat.py), out (file), kind (png or svg).
set encoding utf8
if (!exists("dir")) dir = "."
if (!exists("kind")) kind = "png"
load dir . "/lists.gp"

wide = 1180; high = 560
font = "DejaVu Sans,11"
if (kind eq "svg") {
	set terminal svg size wide,high font font enhanced background "white"
} else {
	set terminal pngcairo size 1.5*wide,1.5*high fontscale 1.5 linewidth 1.5 pointscale 1.3 font font enhanced
}
if (exists("out")) { set output out }

# One colour and one point for each capture in every figure; colours of Okabe and Ito, told apart without colour vision.
# This is also the order of the keys. A capture that is not here takes a spare.
order = "null libpcap ykvm napi-tuned interrupt-coalesced"
colours = "#666666 #0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000"
markers = "8 4 7 10 12 5 6 9"
# Curves often coincide: the earlier ones are larger and hollow, so that all are seen.
sizes = "1.5 1.5 0.8 1.2 1.1 1 1 1"
widths = "1.4 2.6 1.4 1.4 1 1.4 1.4 1.4"
listed(name) = strstrt(" ".captures." ", " ".name." ") > 0
keys = ""
do for [c in order] { if (listed(c)) { keys = keys." ".c } }
do for [c in captures] { if (strstrt(" ".order." ", " ".c." ") == 0) { keys = keys." ".c; order = order." ".c } }
keyrows = 1 + (words(keys) - 1) / 8
rank(name) = sum [i=1:words(order)] (word(order, i) eq name ? i : 0)
colour(name) = word(colours, 1 + (rank(name) - 1) % words(colours))
size(name) = word(sizes, 1 + (rank(name) - 1) % words(sizes)) + 0
thick(name) = word(widths, 1 + (rank(name) - 1) % words(widths)) + 0
# The ninth has the first one's colour, and another point.
marker(name) = int(word(markers, 1 + (rank(name) - 1 + 3 * int((rank(name) - 1) / words(colours))) % words(markers)))

set datafile missing "nan"
set style line 100 lc rgb "#b0b0b0" lw 0.8
set style line 101 lc rgb "#e4e4e4" lw 0.6
set border 3 ls 100
set tics nomirror out scale 0.6 textcolor rgb "#333333"
set grid ls 101
set key off

# Panels side by side, between a title above and keys and the source below.
gap = 0.05; top = 0.83; bottom = 0.26
width(n) = (0.985 - 0.072 + gap) / n
left(i, n) = 0.072 + (i - 1) * width(n)
right(i, n) = left(i, n) + width(n) - gap
# the same, and no wider than high
tall = (top - bottom) * high / wide
square_right(i, n) = left(i, n) + (width(n) - gap < tall ? width(n) - gap : tall)
set tmargin at screen top
set bmargin at screen bottom
set title offset 0,-0.4
set ylabel offset 0.8,0
set errorbars 0 lw 1
set label 100 source at screen 0.072, screen 0.03 font ",9" textcolor rgb "#666666" noenhanced
titles = "set label 101 heading at screen 0.072, screen 0.955 font ',14'; ".\
	"set label 102 subtitle at screen 0.99, screen 0.955 right font ',10' textcolor rgb '#666666'"

# Keys: an empty plot in the strip below the panels.
strip = "unset grid; unset border; unset tics; unset xlabel; unset ylabel; unset title; unset label; unset logscale; ".\
	"set lmargin at screen 0.072; set rmargin at screen 0.99; set tmargin at screen 0.16; ".\
	"set bmargin at screen 0.06; ".\
	"set xrange [0:1]; set yrange [0:1]; ".\
	"set key at screen 0.53,".(keyrows > 2 ? '0.158' : '0.125')." center top horizontal Left reverse maxrows ".keyrows.\
	" samplen 2 width ".(keyrows > 1 ? '-1' : '1')." font ',".(keyrows > 1 ? '9' : '10')."' noenhanced"
