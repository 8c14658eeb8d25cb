#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An exhaustive campaign in short: a table of a line a trial, for the tests of `rxlab tune` (results/tune/).

usage: tune_grid.py FOLDER OUT

Writes OUT/CAPTURE-RATE.tsv for each capture and rate of FOLDER: the values of the knobs, what was measured, the trial's
id, by which anybody may run that trial again (`rxlab list`, docs/tune.md), in the order of the settings.
"""

import os
import sys

import cli
import records as rec

MEASURES = ("loss", "p50", "p99", "cpu", "irq")


def measured(record):
    """loss as a share, p50 and p99 in us, instructions or ns a frame, interrupts a second; None: unknown."""
    loss = rec.loss_pct(record)
    us = [rec.get(record, "latency_ns", key) for key in ("p50", "p99")]
    return [None if loss is None else loss / 100, *(None if ns is None else ns / 1e3 for ns in us),
            rec.cpu_a_frame(record), rec.irq_per_s(record)]


def number(value):
    return "nan" if value is None else f"{value:.10g}"


def order(text):
    return (0, float(text), "") if text.replace(".", "", 1).isdigit() else (1, 0, text)


def table(trials):
    knobs = sorted({k for r in trials for k in r["spec"]["set"]})
    rows = sorted(trials, key=lambda r: [order(r["spec"]["set"][k]) for k in knobs])
    bed = trials[0]["testbed"]
    lines = [f"# {bed['name']}, {bed['clock']} clock, identity {bed['identity']}, {trials[0]['spec']['count']} frames a trial, n = 1",
             "\t".join([*knobs, *MEASURES, "id"])]
    for r in rows:
        lines.append("\t".join([*(r["spec"]["set"][k] for k in knobs), *map(number, measured(r)), r["id"]]))
    return "\n".join(lines) + "\n"


def main(argv):
    if len(argv) != 3:
        print(__doc__.strip().split("\n\n")[1], file=sys.stderr)
        return 2
    groups = {}
    try:
        for r in rec.load(argv[1]):
            if r["status"] == "ok":
                groups.setdefault((r["spec"]["capture"], r["spec"]["rate_pps"]), []).append(r)
        os.makedirs(argv[2], exist_ok=True)
        for (capture, rate), trials in groups.items():
            path = os.path.join(argv[2], f"{capture}-{rate or 'max'}.tsv")
            cli.replace(path, lambda out, trials=trials: out.write(table(trials)))
    except (rec.BadRecord, OSError) as why:
        print(f"tune_grid: {cli.reason(why)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    cli.run(main)
