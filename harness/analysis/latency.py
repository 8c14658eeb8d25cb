#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Delays of a results folder, with the histograms of equal trials merged: what `rxlab latency` does."""

import json
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cli  # noqa: E402
import records as rec  # noqa: E402
from conditions import Conditions  # noqa: E402
from rates import achieved_pps  # noqa: E402
from table import grouped, head, row  # noqa: E402

HELP = """\
usage: rxlab latency DIR... [--json] [--hgrm FOLDER]

Delays from the generator's stamp to the reader, in microseconds. Trials that differ in nothing but the seed are merged, of
all the folders given: their histograms are added, and the quantiles are those of the sum.

  --json         everything, as a line of JSON; the histograms too
  --hgrm FOLDER  a file for each row, in the text format of HdrHistogram's percentile distributions

before: the part of the delay that passes before the frame is on the wire, because the generator pktgen stamps a frame
when it builds it and then waits for its turn; -: not measured for this generator (docs/latency.md). Exit status: 0 ok, 1 no delays or bad records, 2 usage.
"""
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99_9": 0.999}
COLUMNS = [("", "offered", 8, 0), ("", "n", 8, 0), ("", "before", 7, 1), ("", "mean", 9, 1), ("", "p50", 9, 1),
           ("", "p90", 9, 1), ("", "p99", 9, 1), ("", "p99.9", 9, 1), ("", "max", 9, 1)]

# harness/util/histogram.h: linear buckets an octave.
SUB_BITS = 5
BUCKETS = (64 - SUB_BITS + 1) << SUB_BITS


def edge(index):
    """Largest value of a bucket."""
    if index < 2 << SUB_BITS:
        return index
    shift = (index >> SUB_BITS) - 1
    return ((index - (shift << SUB_BITS)) << shift) + (1 << shift) - 1


class Histogram:
    """Counts by bucket, with the sum and the largest of the values. Adding two loses nothing."""

    def __init__(self):
        self.counts, self.n, self.sum, self.max = {}, 0, 0, 0

    def add(self, latency):
        """From one record's latency_ns. Its mean is cut to ns, so the sum is too low by less than n ns."""
        for word in latency["buckets"].split():
            index, count = map(int, word.split(":"))
            if index >= BUCKETS:
                raise rec.BadRecord(f"latency_ns.buckets: no bucket is {index}")
            self.counts[index] = self.counts.get(index, 0) + count
        if sum(self.counts.values()) != self.n + latency["n"]:
            raise rec.BadRecord(f"latency_ns.buckets: not the {latency['n']} frames of latency_ns.n")
        self.n += latency["n"]
        self.sum += latency["mean"] * latency["n"]
        self.max = max(self.max, latency["max"])

    def quantile(self, q):
        """The upper edge of its bucket, at most max."""
        rank, seen = math.ceil(q * self.n), 0
        for index in sorted(self.counts):
            seen += self.counts[index]
            if seen >= rank:
                return min(edge(index), self.max)
        return None

    def summary(self):
        return {"n": self.n, "mean": self.sum // self.n, **{k: self.quantile(q) for k, q in QUANTILES.items()},
                "max": self.max}

    def hgrm(self):
        """HdrHistogram's percentile distribution, a line for each bucket with something in it; microseconds."""
        yield f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>14}"
        yield ""
        seen = 0
        for index in sorted(self.counts):
            seen += self.counts[index]
            rest = f"{self.n / (self.n - seen):14.2f}" if seen < self.n else f"{'inf':>14}"
            yield f"{min(edge(index), self.max) / 1e3:12.3f} {seen / self.n:14.12f} {seen:10d} {rest}"
        mean = self.sum / self.n / 1e3
        squares = sum(count * (edge(index) / 1e3 - mean) ** 2 for index, count in self.counts.items())
        yield f"#[Mean    = {mean:12.3f}, StdDeviation   = {math.sqrt(squares / self.n):12.3f}]"
        yield f"#[Max     = {self.max / 1e3:12.3f}, Total count    = {self.n:12d}]"
        yield f"#[Buckets = {64 - SUB_BITS + 1:12d}, SubBuckets     = {1 << SUB_BITS:12d}]"


def key_of(r):
    """Everything about a trial but its seed. rx_usecs as asked for, like the other settings."""
    spec = r["spec"]
    return json.dumps([r["testbed"]["identity"], {k: v for k, v in spec.items() if k != "seed"}], sort_keys=True)


def merge(trials):
    whole = Histogram()
    for r in trials:
        whole.add(r["latency_ns"])
    return whole


def row_of(trials, conditions):
    """Quantiles of trials that differ in the seed only. Without histograms only a single trial can be shown."""
    first = trials[0]
    kept = all("buckets" in r["latency_ns"] for r in trials)
    whole = merge(trials) if kept else None
    summary = whole.summary() if kept else {k: v for k, v in first["latency_ns"].items() if k != "buckets"}
    if not kept and len(trials) > 1:
        summary = dict.fromkeys(summary)
    spec = first["spec"]
    return {"capture": spec["capture"], "generator": spec["generator"],
            "settings": conditions.words(first), "frame_bytes": spec["frame_bytes"],
            "rate_pps": spec["rate_pps"], "achieved_pps": round(achieved_pps(trials)),
            "trials": len(trials), "stamp_lead_ns": rec.stamp_lead_ns(first), **summary,
            "buckets": {str(i): c for i, c in sorted(whole.counts.items())} if kept else None}, whole


def rows_of(folders):
    """[(row, histogram or None)], in the order of the captures, frames and rates."""
    timed = [r for folder in folders for r in rec.load(folder) if r["status"] == "ok" and r["latency_ns"]]
    conditions = Conditions(timed)
    return [row_of(trials, conditions) for trials in grouped(sorted(timed, key=rec.sort_key), key_of).values()]


def name_of(found):
    words = [found["capture"], found["settings"].replace(" ", ","), str(found["frame_bytes"]),
             str(found["rate_pps"] or "max")]
    return "-".join(filter(None, words)).replace("/", "_").replace(":", "_")


def us(value):
    return None if value is None else value / 1e3


def table(rows):
    yield from head(COLUMNS, "capture, frame bytes")
    last = None
    for found, _ in rows:
        label = f"{found['capture']} {found['frame_bytes']}"
        if (label, found["settings"]) != last:
            yield ""
            if found["settings"]:
                yield f"{label} [{found['settings']}]"
                label = ""
        else:
            label = ""
        last = (f"{found['capture']} {found['frame_bytes']}", found["settings"])
        values = [us(found[k]) for k in ("stamp_lead_ns", "mean", "p50", "p90", "p99", "p99_9", "max")]
        yield row(label, COLUMNS, [found["achieved_pps"], found["n"], *values])
    if any(found["n"] is None for found, _ in rows):
        yield "\n-: several trials and no histograms of them: measured before records kept them."


def options(words):
    parser = cli.Parser("rxlab latency")
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--hgrm")
    asked = parser.parse_args(words)
    if not asked.help and not asked.folders:
        parser.error("which results folder?")
    return asked


def export(rows, folder):
    os.makedirs(folder, exist_ok=True)
    for found, whole in rows:
        if whole:
            with open(os.path.join(folder, name_of(found) + ".hgrm"), "w", encoding="utf-8") as out:
                out.write("\n".join(whole.hgrm()) + "\n")


def main(argv):
    asked = options(argv[1:])
    if asked.help:
        print(HELP, end="")
        return 0
    try:
        rows = rows_of(asked.folders)
        if not rows:
            raise rec.BadRecord(f"{', '.join(asked.folders)}: no trial timed its frames")
        if asked.hgrm:
            export(rows, asked.hgrm)
    except (rec.BadRecord, OSError) as why:
        print(f"rxlab latency: {cli.reason(why)}", file=sys.stderr)
        return 1
    print(json.dumps([found for found, _ in rows]) if asked.json else "\n".join(line.rstrip() for line in table(rows)))
    return 0


if __name__ == "__main__":
    cli.run(main)
