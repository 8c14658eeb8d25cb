# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures beside each other under equal conditions of one run: cost of a frame, loss-free rate, and their ratios."""

import records as rec
from table import grouped, head, mean, row

YARDSTICKS = ("tpacket3", "libpcap")
COST_COLUMNS = [("CPU", "/pkt", 8, 0), *[("of", name, 9, 3) for name in YARDSTICKS], ("", "received", 9, 0),
                ("", "loss %", 7, 2), ("irq", "/pkt", 6, 2)]
RATE_COLUMNS = [("loss-free", "up to pps", 10, 0), ("loss at", "pps", 8, 0),
                *[("of", name, 9, 2) for name in YARDSTICKS]]
AT_LEAST = "loss at -: nothing was lost at any rate tried, so the limit and its ratios are at least these."
WAYS = "gen.clone_skb repeats frames: numbers are not checked then, and the sink does less for each."


def loss_free_pps(rates):
    """The highest rate up to which no trial lost a frame; None when there is none."""
    return loss_limits(rates)[0]


def loss_limits(rates):
    """That rate, and the first one above it, at which something was lost; None when there is none."""
    best = None
    for trials in rates.values():
        pps = mean(rec.get(r, "generator", "achieved_pps") for r in trials)
        if any(rec.carried(r) != rec.get(r, "generator", "sent") for r in trials):
            return best, pps
        best = pps
    return best, None


def comparable(groups):
    """Of {conditions: {capture: ...}} those in which a yardstick stands beside another capture."""
    return {k: v for k, v in groups.items() if len(v) > 1 and any(name in v for name in YARDSTICKS)}


def by_capture(trials):
    return grouped(sorted(trials, key=lambda r: (rec.capture_rank(rec.capture_under(r).split()[0]),
                                                 rec.capture_under(r))), rec.capture_under)


def title(frame, rate, words):
    return f"{frame} bytes{rate}{', ' + words if words else ''}"


def rate_name(rate):
    return ", max" if rate is None else f", {rate:,} pps"


def with_ratios(values, of):
    return [rec.ratio(values, of.get(name)) for name in YARDSTICKS]


def cost_points(f):
    """Trials by (frame, conditions, rate): of each frame and conditions the lowest rate and the unpaced."""
    shown = {}
    for (frame, words), trials in grouped(f.loads, lambda r: (r["spec"]["frame_bytes"], rec.conditions(r))).items():
        rates = grouped(sorted(trials, key=rec.rate_order), lambda r: r["spec"]["rate_pps"])
        for rate in dict.fromkeys([next(iter(rates)), next(reversed(rates))]):
            shown[frame, words, rate] = by_capture(rates[rate])
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
            lines.append(row("  " + name, COST_COLUMNS, values))
    return lines


def rate_groups(f):
    """{(frame, conditions): {capture: {rate: trials}}} of the paced trials, where rates were tried at all."""
    groups = {}
    paced = [r for r in f.loads if r["spec"]["rate_pps"] is not None]
    for key, trials in grouped(paced, lambda r: (r["spec"]["frame_bytes"], rec.conditions(r))).items():
        groups[key] = {name: grouped(sorted(of, key=rec.rate_order), lambda r: r["spec"]["rate_pps"])
                       for name, of in by_capture(trials).items()}
    return {k: v for k, v in comparable(dict(sorted(groups.items()))).items() if any(len(r) > 1 for r in v.values())}


def rate_table(f):
    lines = head(RATE_COLUMNS, "capture")
    for (frame, words), captures in rate_groups(f).items():
        limits = {name: loss_limits(rates) for name, rates in captures.items()}
        best = {name: limit[0] for name, limit in limits.items()}
        lines += ["", title(frame, "", words)]
        lines += [row("  " + name, RATE_COLUMNS, [*limits[name], *with_ratios(best[name], best)]) for name in captures]
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
