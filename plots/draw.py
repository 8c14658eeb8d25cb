#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of a results folder.

usage: draw.py DIR      makes the data (mkdat.py), then DIR/plots/<figure>.png and .svg;
                        without gnuplot the data stay, exit 77
"""

import os
import shutil
import subprocess
import sys

EMPTY_CURVE = "warning: Skipping data file with no valid points"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import mkdat  # noqa: E402


def quoted(text):
    """As a gnuplot string in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def draw(gnuplot, name, out, kind):
    """Runs plots/NAME.gp; the message of gnuplot when it failed or complained, else nothing.

    A curve without a number is no fault: no predictions were made, or none could be.
    """
    path = os.path.join(out, f"{name}.{kind}")
    given = f"dir = {quoted(out)}; kind = {quoted(kind)}; out = {quoted(path)}"
    done = subprocess.run([gnuplot, "-e", given, name + ".gp"], cwd=HERE, capture_output=True, text=True, timeout=120,
                          check=False)
    said = [line for line in done.stderr.splitlines() if line.strip() and not line.endswith(EMPTY_CURVE)]
    if done.returncode == 0 and not said:
        return ""
    return "\n".join([f"{name}.gp: gnuplot ended with {done.returncode}", *said])


def main(argv):
    if len(argv) != 2 or argv[1].startswith("-"):
        print("usage: draw.py DIR", file=sys.stderr)
        return 2
    try:
        names = mkdat.make(argv[1])
    except (mkdat.rec.BadRecord, OSError) as why:
        print(f"draw: {why}", file=sys.stderr)
        return 1
    out = os.path.join(os.path.abspath(argv[1]), "plots")
    gnuplot = shutil.which("gnuplot")
    if not gnuplot:
        print(f"draw: gnuplot is not installed; the data are in {out}", file=sys.stderr)
        return 77
    troubles = [t for name in names for kind in ("png", "svg") if (t := draw(gnuplot, name, out, kind))]
    for name in names:
        print(os.path.join(out, name + ".png"))
    for text in troubles:
        print(f"draw: {text}", file=sys.stderr)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
