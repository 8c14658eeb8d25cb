#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of a results folder: what `rxlab plot` does."""

import os
import shutil
import subprocess
import sys

EMPTY_CURVE = "warning: Skipping data file with no valid points"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import mkdat  # noqa: E402
from mkdat import cli, rec  # noqa: E402

NO_GNUPLOT = 77
HELP = """\
usage: rxlab plot DIR [--out FOLDER]

Draws the figures of a results folder as .png and .svg into FOLDER, DIR/plots unless told. A figure that cannot be drawn
loses none of the others.

Exit status: 0 ok, 1 a figure failed or no trial was measured, 2 usage, 77 gnuplot is missing: the data are made.
"""


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


def options(words):
    parser = cli.Parser("rxlab plot")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--out")
    asked = parser.parse_args(words)
    if not asked.help and not asked.folder:
        parser.error("which results folder?")
    return asked


def draw_all(names, out):
    """Draws and prints the paths; what gnuplot complained of."""
    gnuplot = shutil.which("gnuplot")
    if not gnuplot:
        print(f"rxlab plot: gnuplot is not installed; the data are in {out}", file=sys.stderr)
        return None
    troubles = []
    for name in names:
        found = [t for kind in ("png", "svg") if (t := draw(gnuplot, name, out, kind))]
        troubles += found
        if not found:
            print(os.path.join(out, name + ".png"))
    return troubles


def main(argv):
    asked = options(argv[1:])
    if asked.help:
        print(HELP, end="")
        return 0
    out = os.path.abspath(asked.out or os.path.join(asked.folder, "plots"))
    try:
        names, troubles = mkdat.make(asked.folder, out)
    except (rec.BadRecord, OSError) as why:
        print(f"rxlab plot: {cli.reason(why)}", file=sys.stderr)
        return 1
    if not names and not troubles:
        print(f"rxlab plot: {asked.folder}: nothing to draw: no trial was measured, or all of them calibrate the models", file=sys.stderr)
        return 1
    complaints = draw_all(names, out)
    for text in troubles + (complaints or []):
        print(f"rxlab plot: {text}", file=sys.stderr)
    return 1 if troubles or complaints else NO_GNUPLOT if complaints is None else 0


if __name__ == "__main__":
    cli.run(main)
