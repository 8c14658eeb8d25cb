#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`rxlab rescore`: a campaign's records under each meaning of "no loss" that is in use.

Tools that search a loss-free rate allow different losses, and publish the result under the same name. Here the loss of
each stored trial is judged by all of them, and the rate that each would call loss-free stands in one row.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cli  # noqa: E402
import records as rec  # noqa: E402
from conditions import Conditions  # noqa: E402
from rates import achieved_pps, climb, mean  # noqa: E402
from table import grouped  # noqa: E402

HELP = """\
usage: rxlab rescore DIR [--json]

Scores the stored trials of a results folder again under seven meanings of "no loss". A row is a capture with its
settings at one frame size, where at least two rates were tried; a cell is the highest rate up to which every rate
passes, in packets a second as achieved. Nothing is run, nothing is written.

  --json      everything, as one line of JSON

Exit status: 0 ok, 1 no records or bad ones, 2 usage.
"""
NAME_WIDTH = 42


def every(passes):
    return all(passes)


def half(passes):
    return 2 * sum(not p for p in passes) <= len(passes)


class Meaning:
    """One tool's rule: the loss in percent that a trial may have, and how trials of one rate give one verdict."""

    def __init__(self, key, name, allowed_pct, duration, verdict=every, rule=""):
        self.key, self.name, self.allowed_pct, self.duration = key, name, allowed_pct, duration
        self.verdict, self.rule = verdict, rule

    def passes(self, trials):
        return self.verdict([lost(r) * 100 <= self.allowed_pct * offered(r) for r in trials])


class Margin(Meaning):
    """Throughput instead of loss: the mean received rate against the rate asked for, divided by a margin."""

    def __init__(self, key, name, margin, duration, rule):
        super().__init__(key, name, 100 * (1 - 1 / margin), duration, rule=rule)
        self.margin = margin

    def passes(self, trials):
        asked = trials[0]["spec"]["rate_pps"] or achieved_pps(trials)
        return mean(rec.received_pps(r) for r in trials) >= asked / self.margin


MEANINGS = (
    Meaning("rfc2544", "RFC 2544", 0, "60 s"),
    Meaning("csit_ndr", "CSIT NDR", 0, "21 s in trials of 1 s", half, "up to half of a rate's trials may lose"),
    Meaning("nfvbench_ndr", "NFVbench NDR", 0.001, "60 s"),
    Meaning("trex_ndr", "TRex ndr_bench", 0.1, "20 s", every,
            "also lets 2 % of the frames find the sender's queue full; such trials are invalid here and in no score"),
    Meaning("moongen", "MoonGen rfc2544", 0.1, "10 s"),
    Meaning("pktgen_dpdk", "pktgen-DPDK", 0.1, "10 s, confirmed by 60 s"),
    Margin("npf_zlt", "NPF ZLT", 1.01, "the user's", "mean rate received, at least the rate asked for divided by 1.01"),
)


def offered(r):
    return rec.get(r, "generator", "sent")


def lost(r):
    return offered(r) - rec.carried(r)


def ladders(trials, conditions):
    """{(capture, settings, frame): {rate asked: trials}}, lowest rate first, unpaced last."""
    def key(r):
        return r["spec"]["capture"], conditions.words(r), r["spec"]["frame_bytes"]

    return {k: grouped(sorted(of, key=rec.rate_order), lambda r: r["spec"]["rate_pps"])
            for k, of in grouped(trials, key).items()}


def pps(trials):
    return round(achieved_pps(trials))


def loss_pct(trials):
    return 100 * sum(map(lost, trials)) / sum(map(offered, trials))


def crossing(below, above, allowed_pct):
    """The rate between two steps at which a mean loss that grows linearly would exceed the allowance."""
    least, most = loss_pct(below), loss_pct(above)
    share = (allowed_pct - least) / (most - least) if most > least else 0
    return round(pps(below) + min(max(share, 0), 1) * (pps(above) - pps(below)))


def limit(rates, meaning):
    """The rate that a meaning calls loss-free, the first rate above it that is not, and whether a still higher one is
    again: then a search that jumps may find another rate than one that climbs."""
    steps = list(rates.values())
    free, bad, inversion = climb([meaning.passes(trials) for trials in steps])
    found = {"loss_free_pps": None if free is None else pps(steps[free]),
             "loss_at_pps": None if bad is None else pps(steps[bad]), "inversion": inversion}
    between = free is not None and bad is not None
    found["between_pps"] = crossing(steps[free], steps[bad], meaning.allowed_pct) if between else None
    return found


def spread_pct(limits, key):
    """How much more the most generous meaning says than the strictest; None where one of them has no rate."""
    known = [m[key] for m in limits.values()]
    return None if None in known else round(100 * (max(known) / min(known) - 1), 2)


def decisive(rates):
    """Frames of a trial at the first rate where one was lost, or at the highest: they bound what can be told apart."""
    for trials in rates.values():
        if any(map(lost, trials)):
            break
    return min(map(offered, trials))


def score(key, rates):
    limits = {m.key: limit(rates, m) for m in MEANINGS}
    return {"capture": key[0], "settings": key[1], "frame_bytes": key[2], "rates": len(rates),
            "trials": sum(map(len, rates.values())), "frames_a_trial": decisive(rates), "meanings": limits,
            "spread_pct": spread_pct(limits, "loss_free_pps"), "spread_between_pct": spread_pct(limits, "between_pps")}


def rescore(folder):
    everything = rec.load(folder)
    measured = [r for r in everything if r["status"] == "ok" and rec.received_pps(r) is not None and offered(r)]
    conditions = Conditions(everything)
    groups = ladders(measured, conditions)
    scored = {key: rates for key, rates in groups.items() if len(rates) > 1}
    trials = [r for rates in scored.values() for of in rates.values() for r in of]
    longest = max((rec.get(r, "generator", "duration_ns") or 0 for r in trials), default=0)
    return {"meanings": [{"key": m.key, "name": m.name, "allowed_pct": round(m.allowed_pct, 4), "duration": m.duration,
                          "rule": m.rule} for m in MEANINGS],
            "testbeds": sorted({"{name}, {clock} clock, identity {identity}".format(**r["testbed"])
                                for r in everything}),
            "ground": conditions.line(),
            "trials": len(everything), "not_ok": len(everything) - len(measured),
            "of_one_rate": len(measured) - len(trials), "longest_trial_ns": longest,
            "scores": [score(key, rates) for key, rates in scored.items()]}


def cell(limits):
    rate = limits["loss_free_pps"]
    if rate is None:
        return "none"
    return f"{rate}{'+' if limits['loss_at_pps'] is None else '~' if limits['inversion'] else ''}"


def label(row):
    return f"{row['capture']} {row['frame_bytes']}" + (f" [{row['settings']}]" if row["settings"] else "")


def heads():
    return [m.name for m in MEANINGS] + ["spread %", "between %"]


def table(found):
    widths = [max(len(h), 8) for h in heads()]
    wide = max([NAME_WIDTH] + [len(label(row)) for row in found["scores"]])
    yield f"{'capture, frame bytes':{wide}} " + " ".join(f"{h:>{w}}" for h, w in zip(heads(), widths))
    allowed = [f"{m.allowed_pct:.3g} %" for m in MEANINGS] + ["", ""]
    yield f"{'loss allowed':{wide}} " + " ".join(f"{a:>{w}}" for a, w in zip(allowed, widths))
    last = None
    for row in found["scores"]:
        if last not in (None, row["capture"]):
            yield ""
        last = row["capture"]
        spreads = ["-" if row[key] is None else f"{row[key]:.1f}" for key in ("spread_pct", "spread_between_pct")]
        cells = [cell(row["meanings"][m.key]) for m in MEANINGS] + spreads
        yield f"{label(row):{wide}} " + " ".join(f"{c:>{w}}" for c, w in zip(cells, widths))


def resolution(found):
    """What a meaning's allowance comes to in frames: below one frame it is none."""
    fewest = min(row["frames_a_trial"] for row in found["scores"])
    strict = [m.name for m in MEANINGS if 0 < m.allowed_pct * fewest / 100 < 1]
    text = f"Where loss begins, a trial has {fewest:,} frames or more: one frame is {100 / fewest:.2g} %."
    return text + (f" {', '.join(strict)}: no different from 0 there." if strict else "")


def notes(found):
    yield "Cells: packets a second achieved, at the highest rate up to which every rate tried passes."
    yield "none: not even the lowest. +: nothing above it was tried. ~: a higher rate passes again (loss inversion)."
    yield "spread: by how much the most generous meaning's rate is above the strictest's, of the rates that were tried."
    yield "between: the same, if loss grew in a straight line from the last rate that passes to the first that does"
    yield "not: an estimate, no better than the steps are fine."
    yield resolution(found)
    yield "A buffer hides a small overload from a short trial: each cell is an upper bound of what the tool would say."
    yield f"Stored trials send for {found['longest_trial_ns'] / 1e9:.2g} s at most; the tools ask for:"
    for m in MEANINGS:
        yield f"  {m.name}: {m.duration}" + (f"; {m.rule}" if m.rule else "")


def report(found):
    for bed in found["testbeds"]:
        yield f"testbed {bed}"
    yield f"ground: {found['ground']}; a row that ran on another one says so"
    yield (f"{found['trials']} trials: {found['not_ok']} not ok and in no score, {found['of_one_rate']} of captures "
           "and settings at one rate only")
    yield ""
    yield from table(found)
    yield ""
    yield from notes(found)


def options(words):
    parser = cli.Parser("rxlab rescore")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("folder", nargs="?")
    asked = parser.parse_args(words)
    if not asked.help and not asked.folder:
        parser.error("which results folder?")
    return asked


def main(argv):
    asked = options(argv[1:])
    if asked.help:
        print(HELP, end="")
        return 0
    try:
        found = rescore(asked.folder)
    except (rec.BadRecord, OSError) as why:
        print(f"rxlab rescore: {cli.reason(why)}", file=sys.stderr)
        return 1
    if not found["scores"]:
        print(f"rxlab rescore: {asked.folder}: no capture was tried at two rates", file=sys.stderr)
        return 1
    print(json.dumps(found) if asked.json else "\n".join(report(found)))
    return 0


if __name__ == "__main__":
    cli.run(main)
