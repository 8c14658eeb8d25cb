# SPDX-License-Identifier: GPL-2.0-or-later
# What all figures share. In: figure (its name), dir (with <figure>.dat and .lists of mkdat.py), out (file), kind (png, svg).
set encoding utf8
if (!exists("dir")) dir = "."
if (!exists("kind")) kind = "png"
load dir . "/" . figure . ".lists"
data = dir . "/" . figure . ".dat"

# Heights in pixels, from below: where the numbers are from, the key, the axis, the panels, titles. The key has as much
# as its rows need, so that it covers nothing.
foot = 16 * words(source) + 16; strip_px = key_rows > 0 ? 19 * key_rows + 8 : 0; axis_px = 60; head_px = 92
if (!exists("body_px")) body_px = 330
if (!exists("wide")) wide = key_wide + 25 # 1180, or what the longest name needs
high = foot + strip_px + axis_px + body_px + head_px
font = "DejaVu Sans,11"
if (kind eq "svg") {
	set terminal svg size wide,high font font enhanced background "white"
} else {
	set terminal pngcairo size 1.5*wide,1.5*high fontscale 1.5 linewidth 1.5 pointscale 1.3 font font enhanced
}
if (exists("out")) { set output out }

# Colours of Okabe and Ito, told apart without colour vision, and four of Tol's; a thirteenth curve has the first one's
# colour and another point. mkdat.py numbers the curves, a capture alike in all figures.
colours = "#666666 #0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000 #882255 #999933 #44AA99 #332288"
markers = "8 4 7 10 12 5 6 9 1 2 3 14"
# Curves often coincide: the earlier ones are larger and hollow, so that all are seen.
sizes = "1.5 1.5 0.8 1.2 1.1 1 1 1 1 1 1 1"
widths = "1.4 2.6 1.4 1.4 1 1.4 1.4 1.4 1.4 1.4 1.4 1.4"
if (!exists("captures")) { captures = ""; ranks = "" }
keys = captures
nth(list, n) = word(list, 1 + (n - 1) % words(list))
rank(name) = sum [i=1:words(captures)] (word(captures, i) eq name ? int(word(ranks, i)) : 0)
colour(name) = nth(colours, rank(name))
size(name) = nth(sizes, rank(name)) + 0
thick(name) = nth(widths, rank(name)) + 0
marker(name) = int(nth(markers, rank(name) + 5 * int((rank(name) - 1) / words(colours))))
# Series without a name of their own, by their place.
hue(n) = nth(colours[9:strlen(colours)], n)
spot(n) = int(nth("4 6 5 7 8 10 9 11", n))

set datafile missing "nan"
set style line 100 lc rgb "#b0b0b0" lw 0.8
set style line 101 lc rgb "#e4e4e4" lw 0.6
set border 3 ls 100
set tics nomirror out scale 0.6 textcolor rgb "#333333"
set format x "%g"; set format y "%g" # the default has a space before each number, which moves it off its tick
set grid ls 101
set key off

# Panels side by side, between a title above and the key below.
gap = 0.055; first = 0.075
top = 1 - 1.0 * head_px / high; bottom = 1.0 * (foot + strip_px + axis_px) / high
width(n) = (0.972 - first + gap) / n
left(i, n) = first + (i - 1) * width(n)
right(i, n) = left(i, n) + width(n) - gap
# the same, and no wider than high where there are several
tall = (top - bottom) * high / wide
square_right(i, n) = left(i, n) + (n > 1 && width(n) - gap > tall ? tall : width(n) - gap)
set tmargin at screen top
set bmargin at screen bottom
set title offset 0,-0.4
set errorbars 0 lw 1
small = ",9"; grey = "#666666"
do for [i=1:words(source)] {
	set label 110 + i word(source, i) at screen 0.012, screen (12.0 + 16 * (words(source) - i)) / high \
		font small textcolor rgb grey noenhanced
}
titles = "set label 101 heading at screen 0.012, screen (1 - 24.0 / high) font ',14'; ".\
	"set label 102 subtitle at screen 0.012, screen (1 - 46.0 / high) font ',10' textcolor rgb '#666666'"
# Of the first panel's axis, where no tick reaches; of the others it is the same.
ytitle = ""
ytitled = "set label 104 ytitle at screen 0.018, screen (top + bottom) / 2 center rotate font ',11' noenhanced"
# The key, where lists.py says: a point and a name an entry, and a line where the figure has lines.
key_colour(i) = colour(word(key_names, i)); key_marker(i) = marker(word(key_names, i)); key_size(i) = size(word(key_names, i))
key_at(i) = (20.0 + word(key_x, i)) / wide
key_up(i) = (foot + strip_px + 2 - 19.0 * word(key_row, i)) / high
key_draw = "do for [i=1:words(key_names)] { ".\
	"if (key_lines) { set arrow 200 + i from screen key_at(i) - 10.0 / wide, screen key_up(i) ".\
	"to screen key_at(i) + 10.0 / wide, screen key_up(i) nohead lw 1.4 lc rgb key_colour(i) }; ".\
	"set label 200 + i word(key_names, i) at screen key_at(i), screen key_up(i) left offset 1.7,-0.2 font ',9' noenhanced ".\
	"point pt key_marker(i) ps key_size(i) lc rgb key_colour(i) }"
key_lines = 0
# All of the page is said once, by the first panel.
said = "unset label; unset arrow"

# What the line of a real NIC cannot carry: `line` in 1000 packets/s, nan where there is none; `far` is the axis' end.
beyond_up = 0.03
beyond = "unset object 90; unset label 90; ".\
	"if (line == line && line < far) { ".\
	"set object 90 rectangle from first line, graph 0 to graph 1, graph 1 fc rgb '#f1ece4' fs solid noborder behind; ".\
	"set label 90 'beyond 1 Gbit/s' at graph 0.99, graph beyond_up right font ',8' textcolor rgb '#8a7a5c' }"
