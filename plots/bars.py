# SPDX-License-Identifier: GPL-2.0-or-later
"""Data of the figure `captures`: a row a capture at the smallest frame, its loss-free rate and the cost of a packet."""

import native
import ratios
import records as rec


def middle(values):
    """(value, low, high) over blocks or seeds: the median with its interval, or else with least and most."""
    known = [v for v in values if v is not None]
    return (native.median(known), *(native.interval(known) or (min(known), max(known)))) if known else None


def free_in_blocks(rates, wall):
    """Loss-free rates: one a block on the wall clock, 0 if even its lowest lost; one for all seeds on the virtual, None."""
    if not wall:
        return [ratios.loss_free_pps(rates)]
    blocks = native.grouped([r for trials in rates.values() for r in trials], native.block)
    return list(native.loss_free_rates(blocks).values())


def limited(rates):
    """Was something lost at a rate above? Else the true limit is higher."""
    return any(rec.carried(r) != rec.get(r, "generator", "sent") for trials in rates.values() for r in trials)


def bar(f, name, frame):
    """(rate, low, high, words, cost, low, high) of a row, in kpps and ns or instructions; None what is unknown."""
    rates = {g[0]["spec"]["rate_pps"]: g for g in f.curve(name, frame)}
    free = middle(free_in_blocks(rates, f.wall))
    cost = middle([f.cost(r) for r in list(rates.values())[-1]])
    if free is None and cost is None:
        return None
    words = "-" if free is None else ("" if limited(rates) else "≥\u00a0") + f"{free[0] / 1e3:,.0f}"
    return (*([v / 1e3 for v in free] if free else (None,) * 3), words, *(cost or (None,) * 3))


def bars(f):
    """[(name, bar)] at the smallest frame, the fastest first."""
    if not f.frames():
        return []
    found = [(name, bar(f, name, f.frames()[0])) for name in f.series()]
    return sorted([(name, b) for name, b in found if b], key=lambda row: -(row[1][0] or 0))
