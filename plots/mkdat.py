#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Records to the data that the figures draw.

usage: mkdat.py DIR [OUT]      reads DIR/trials.jsonl and DIR/predictions.tsv (may be missing), writes for each figure
                               OUT/<figure>.dat and OUT/<figure>.lists (names, axis limits, source line); OUT is
                               DIR/plots unless told
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "harness", "analysis")]
import cli  # noqa: E402
import records as rec  # noqa: E402
from figures import FIGURES  # noqa: E402
from lists import LISTS, text  # noqa: E402
from series import Series  # noqa: E402


def figure(f, name, out):
    """Writes one figure's data; False where the folder has none."""
    for kind in ("dat", "lists", "png", "svg"):  # what an earlier run left
        path = os.path.join(out, f"{name}.{kind}")
        if os.path.exists(path):
            os.unlink(path)
    data = FIGURES[name](f)
    for kind, written in (("dat", data), ("lists", text(LISTS[name](f)) if data else "")):
        if written:
            with open(os.path.join(out, f"{name}.{kind}"), "w", encoding="utf-8") as file:
                file.write(written)
    return bool(data)


def make(path, out=None):
    """(figures that have data, what went wrong in others). A fault in one figure loses none of the rest."""
    f, out = Series(path), out or os.path.join(path, "plots")
    os.makedirs(out, exist_ok=True)
    drawn, troubles = [], []
    for name in FIGURES:
        try:
            if figure(f, name, out):
                drawn.append(name)
        except OSError:
            raise
        except Exception as why:  # pylint: disable=broad-except
            troubles.append(f"{name}: a fault of rxlab: {type(why).__name__}: {why}")
    return drawn, troubles


def main(argv):
    if len(argv) not in (2, 3) or argv[1].startswith("-"):
        print("usage: mkdat.py DIR [OUT]", file=sys.stderr)
        return 2
    try:
        drawn, troubles = make(*argv[1:])
    except (rec.BadRecord, OSError) as why:
        print(f"mkdat: {cli.reason(why)}", file=sys.stderr)
        return 1
    for trouble in troubles:
        print(f"mkdat: {trouble}", file=sys.stderr)
    return 1 if troubles or not drawn else 0


if __name__ == "__main__":
    cli.run(main)
