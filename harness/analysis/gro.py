# SPDX-License-Identifier: GPL-2.0-or-later
"""What GRO alone does to each capture: README's second table, from the records of harness/campaigns/gro.yaml.

usage: gro.py DIR

A row a capture: what a frame costs at the highest paced rate without and with GRO, and what is received of an unpaced
sender without and with it. Only trials that are equal in everything but the knob `gro` stand in one row.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cli  # noqa: E402
import records as rec  # noqa: E402

HEAD = ["| capture | instructions a frame, GRO off | on | change | received at max, pps, GRO off | on | change |",
        "|---|---|---|---|---|---|---|"]


def pairs(records):
    """{(capture, frame, rate, other settings): {"0": record, "1": record}} of all that was measured both ways."""
    found = {}
    for r in records:
        spec = r["spec"]
        other = tuple(sorted((k, v) for k, v in spec["set"].items() if k != "gro"))
        key = spec["capture"], spec["frame_bytes"], spec["generator"], spec["rate_pps"], spec["seed"], other
        if r["status"] == "ok" and r["knobs"].get("gro") is not None:
            found.setdefault(key, {})[r["knobs"]["gro"]] = r
    return {key: both for key, both in found.items() if set(both) == {"0", "1"}}


def words(off, on):
    """ "1,234", "1,300", "+5.3 %" """
    if off is None or on is None or not off:
        return ["-", "-", "-"]
    return [f"{off:,.0f}", f"{on:,.0f}", f"{100 * (on / off - 1):+.1f} %"]


def row(capture, both):
    """both: {rate: {"0": record, "1": record}} of this capture; None is unpaced."""
    paced = [rate for rate in both if rate is not None]
    cost = both[max(paced)] if paced else None
    most = both.get(None)
    cells = [capture, *(words(*(rec.cost(cost[gro]) for gro in "01")) if cost else ["-"] * 3),
             *(words(*(rec.received_pps(most[gro]) for gro in "01")) if most else ["-"] * 3)]
    return "| " + " | ".join(cells) + " |"


def table(records):
    rows = {}
    for (capture, frame, _, rate, _, _), both in pairs(records).items():
        rows.setdefault((rec.capture_rank(capture), frame), (capture, {}))[1][rate] = both
    return HEAD + [row(capture, both) for _, (capture, both) in sorted(rows.items())]


def main(argv):
    if len(argv) != 2 or argv[1].startswith("-"):
        print("usage: gro.py DIR", file=sys.stderr)
        return 2
    try:
        print("\n".join(table(rec.load(argv[1]))))
    except (rec.BadRecord, OSError) as why:
        print(f"gro: {cli.reason(why)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    cli.run(main)
