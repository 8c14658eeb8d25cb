#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What perf's counters cost a trial: pairs of trials with and without them, what `rxlab meters --cost` does."""

import argparse
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cli  # noqa: E402
import schema  # noqa: E402
from rates import median, order_ranks  # noqa: E402

PAIRS_LEAST = 6  # fewer have no interval of 95 %
HELP = f"""\
usage: rxlab meters --cost [options]

Runs pairs of trials on the testbed netns, one with perf's counters and one with perf=off, by turns the one or the other
first, and says what the counters cost: the median of the pairs' ratios, and its interval of at least 95 % from their
order.

  --capture NAME      null unless told
  --generator NAME    txring unless told
  --frame BYTES       64 unless told
  --rate PPS|max      max unless told
  --count N           500000 unless told
  --pairs N           {PAIRS_LEAST} or more (20)
  --json              everything, as one line of JSON
  ...                 any other option of `rxlab trial`

A pair with a trial that is not ok is left away, and told. `rxlab list meters` lists the meters. Exit status: 0 ok,
1 failed, 2 usage.
"""


class Failed(Exception):
    """Holds the message and the exit status."""

    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


def pair_count(text):
    n = int(text)
    if n < PAIRS_LEAST:
        raise argparse.ArgumentTypeError(f"must be {PAIRS_LEAST} or more, not {n}")
    return n


def options(words):
    parser = cli.Parser("rxlab meters")
    for name, initial in (("capture", "null"), ("generator", "txring"), ("frame", "64"), ("rate", "max"),
                          ("count", "500000")):
        parser.add_argument(f"--{name}", default=initial)
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--pairs", type=pair_count, default=20)
    parser.add_argument("--json", action="store_true")
    asked, rest = parser.parse_known_args(words)
    if not asked.help and not asked.cost:
        parser.error("what of them? --cost; `rxlab list meters` lists them")
    return asked, rest


def trial(asked, rest, seed, perf):
    words = [cli.RXLAB, "trial", "--testbed", "netns", "--capture", asked.capture, "--generator", asked.generator,
             "--frame", asked.frame, "--rate", asked.rate, "--count", asked.count, "--seed", str(seed),
             "--set", f"perf={perf}", *rest]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        raise Failed(done.stderr.strip(), done.returncode or 1)
    record = schema.parse(done.stdout, "the trial", schema.load_schema())
    if record["status"] == "failed":
        raise Failed(f"a trial with perf={perf} failed: {record['reason']}")
    return record


def per_frame(record):
    """CPU time of each thread for a frame, by the scheduler; none for a reader without frames of its own."""
    threads = record["meters"]["threads"]
    frames = {"sender0": record["generator"]["sent"], "reader": record["capture"]["unique"]}
    return {name: threads[name]["run_ns"] / frames[name] for name in frames
            if frames[name] and threads[name]["run_ns"] is not None}


def ratio_of(pairs, thread):
    """The ratio over the pairs in which both trials know this thread; None if there are too few."""
    known = [(on[thread], off[thread]) for on, off in pairs if thread in on and thread in off]
    if len(known) < PAIRS_LEAST:
        return None
    ratios = sorted(on / off for on, off in known)
    least, greatest, coverage = order_ranks(len(ratios))
    return {"thread": thread, "pairs": len(ratios),
            "off_ns_per_frame": round(median(off for _, off in known), 1),
            "ratio": round(median(ratios), 4), "low": round(ratios[least - 1], 4),
            "high": round(ratios[greatest - 1], 4),
            "coverage": round(coverage, 4)}


def measure(asked, rest):
    pairs, spoiled = [], []
    for i in range(asked.pairs):
        order = ("on", "off") if i % 2 == 0 else ("off", "on")
        records = {perf: trial(asked, rest, i, perf) for perf in order}
        bad = [r["reason"] for r in records.values() if r["status"] != "ok"]
        if bad:
            spoiled.append(bad[0])
        else:
            pairs.append((per_frame(records["on"]), per_frame(records["off"])))
    found = [row for row in (ratio_of(pairs, thread) for thread in ("sender0", "reader")) if row]
    if not found:
        raise Failed(f"{len(pairs)} pairs of {asked.pairs} can be compared, {PAIRS_LEAST} are needed"
                     + (f"; the first other: {spoiled[0]}" if spoiled else ""))
    return {"capture": asked.capture, "generator": asked.generator, "frame_bytes": int(asked.frame), "rate": asked.rate,
            "count": int(asked.count), "asked": asked.pairs, "spoiled": len(spoiled),
            "meters": records["on"]["meters"], "costs": found}


def report(found):
    counted = [key for key, value in found["meters"]["perf"]["reader"].items() if value is not None]
    yield (f"{found['capture']}, {found['generator']}, {found['frame_bytes']}-byte frames, {found['rate']} pps, "
           f"{found['count']} frames a trial; counted here: {', '.join(counted) or 'nothing'}")
    for row in found["costs"]:
        what = "sender, the DUT's poll with it" if row["thread"] == "sender0" else "reader"
        yield (f"  {what}: {row['off_ns_per_frame']} ns of CPU time a frame without, with perf {row['ratio']:.4f} "
               f"times that [{row['low']:.4f}, {row['high']:.4f}]: median of {row['pairs']} pairs, interval of "
               f"{100 * row['coverage']:.1f} %")
    if found["spoiled"]:
        yield f"  {found['spoiled']} of {found['asked']} pairs left away: a trial was invalid"


def main(argv):
    asked, rest = options(argv[1:])
    if asked.help:
        print(HELP, end="")
        return 0
    try:
        found = measure(asked, rest)
        print(json.dumps(found, separators=(",", ":")) if asked.json else "\n".join(report(found)))
    except (Failed, schema.SchemaError) as why:
        print(f"rxlab meters: {why}", file=sys.stderr)
        return why.status if isinstance(why, Failed) else 1
    return 0


if __name__ == "__main__":
    cli.run(main)
