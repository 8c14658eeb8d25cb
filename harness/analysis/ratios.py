# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures side by side under equal conditions of one run: cost of a frame, loss-free rate, and their ratios."""

import records as rec
from conditions import yardstick
from rates import beyond_line, loss_limits, mean
from table import grouped, head, mark, row

YARDSTICKS = ("tpacket3", "libpcap")
COST_COLUMNS = [("CPU", "/pkt", 8, 0), *[("of", name, 9, 3) for name in YARDSTICKS], ("", "received", 9, 0),
                ("", "loss %", 7, 2), ("irq", "/pkt", 6, 2)]
RATE_COLUMNS = [("loss-free", "up to pps", 10, 0), ("loss at", "pps", 8, 0),
                *[("of", name, 9, 2) for name in YARDSTICKS]]
AT_LEAST = "≥: nothing was lost at any rate tried, so the limit and its ratios are at least these."
WAYS = "gen.clone_skb repeats frames: numbers are not checked then, and the sink does less for each."


def comparable(groups):
    """Those of {(frame, ..., conditions): {row: ...}} that have two rows, of frames in which one row is a yardstick."""
    frames = {k[0] for k, rows in groups.items() if len(rows) > 1 and any(yardstick(rows, y) for y in YARDSTICKS)}
    return {k: rows for k, rows in groups.items() if len(rows) > 1 and k[0] in frames}


def by_row(f, trials):
    def order(r):
        return rec.capture_rank(f.conditions.row(r).split()[0]), f.conditions.row(r)

    return grouped(sorted(trials, key=order), f.conditions.row)


def title(frame, rate, words):
    return f"{frame} bytes{rate}{', ' + words if words else ''}"


def rate_name(rate):
    return ", max" if rate is None else f", {rate:,} pps"


def with_ratios(value, of):
    return [rec.ratio(value, of.get(yardstick(of, name))) for name in YARDSTICKS]


def around(f, r):
    return r["spec"]["frame_bytes"], f.conditions.around(r)


def cost_points(f):
    """Trials by (frame, conditions, rate): the lowest rate and unpaced, of each frame and conditions."""
    shown = {}
    for (frame, words), trials in grouped(f.loads, lambda r: around(f, r)).items():
        rates = grouped(sorted(trials, key=rec.rate_order), lambda r: r["spec"]["rate_pps"])
        for rate in dict.fromkeys([next(iter(rates)), next(reversed(rates))]):
            shown[frame, words, rate] = by_row(f, rates[rate])
    return comparable(dict(sorted(shown.items(), key=lambda item: (item[0][:2], item[0][2] or float("inf")))))


def cost_table(f):
    lines = head(COST_COLUMNS, "capture")
    for (frame, words, rate), captures in cost_points(f).items():
        costs = {name: mean(f.cost(r) for r in trials) for name, trials in captures.items()}
        lines += ["", title(frame, rate_name(rate), words)]
        for name, trials in captures.items():
            values = [costs[name], *with_ratios(costs[name], costs), mean(map(rec.received_pps, trials)),
                      mean(map(rec.loss_pct, trials)),
                      mean(rec.ratio(rec.get(r, "irq", "hard"), rec.carried(r)) for r in trials)]
            lines.append(row("  " + name, COST_COLUMNS, values) + mark(any(map(beyond_line, trials))))
    return lines


def rate_groups(f):
    """{(frame, conditions): {capture: {rate: trials}}} of the paced trials, if any."""
    groups = {}
    paced = [r for r in f.loads if r["spec"]["rate_pps"] is not None]
    for key, trials in grouped(paced, lambda r: around(f, r)).items():
        groups[key] = {name: grouped(sorted(of, key=rec.rate_order), lambda r: r["spec"]["rate_pps"])
                       for name, of in by_row(f, trials).items()}
    return {k: v for k, v in comparable(dict(sorted(groups.items()))).items() if any(len(r) > 1 for r in v.values())}


def rate_row(name, rates, limits, best):
    """Nothing lost at any rate: limit and ratios are at least these. Marked if that rate is beyond the line."""
    least = 0 if limits[0] is not None and limits[1] is None else None
    free = [r for trials in rates.values() for r in trials if limits[0] and beyond_line(r)
            and rec.get(r, "generator", "achieved_pps") <= limits[0]]
    return row("  " + name, RATE_COLUMNS, [*limits, *with_ratios(best[name], best)], least) + mark(free)


def rate_table(f):
    lines = head(RATE_COLUMNS, "capture")
    for (frame, words), captures in rate_groups(f).items():
        limits = {name: loss_limits(rates) for name, rates in captures.items()}
        best = {name: limit[0] for name, limit in limits.items()}
        lines += ["", title(frame, "", words)]
        lines += [rate_row(name, rates, limits[name], best) for name, rates in captures.items()]
    return lines


def tables(f):
    """(title, lines) of each table that this folder has."""
    found = []
    if cost_points(f):
        note = ["", WAYS] if any("gen.clone_skb" in words for _, words, _ in cost_points(f)) else []
        found.append(("Captures side by side: cost of a packet", cost_table(f) + note))
    if rate_groups(f):
        found.append(("Captures side by side: loss-free rate", [*rate_table(f), "", AT_LEAST]))
    return found
