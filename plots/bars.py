# SPDX-License-Identifier: GPL-2.0-or-later
"""Data of the figure `captures`: a row a capture at the smallest frame, its loss-free rate and the cost of a packet.

A rate is a bracket on the virtual clock: the highest one up to which nothing was lost, and the first at which something
was, by a search of that capture where there is one beside the folder (knees.py), and else by the campaign's own rates; on
the wall clock the median over blocks with its interval. The cost is of the rate that most rows share; a row that lacks
that rate says at which one it is.
"""

import knees
import native
import rates as rules
from conditions import topology
from series import rate_word
from table import grouped


def in_blocks(of):
    """Of {rate: trials}: the median of the blocks' loss-free rates with its interval, in words too."""
    blocks = grouped([r for trials in of.values() for r in trials], native.block)
    free = rules.middle(native.loss_free_rates(blocks).values())
    if free is None:
        return None
    least = not any(rules.lost(r) for trials in of.values() for r in trials)
    return (*free, ("≥ " if least else "") + f"{free[0] / 1e3:,.0f}")


def bracket(of):
    """Of {rate: trials}: (loss-free, the same, first with a loss, in words); 0 where the lowest rate lost already."""
    free, bad = rules.loss_limits(of)
    if free is None and bad is None:
        return None
    if free is None:
        return 0, 0, bad, f"below {bad / 1e3:,.0f}"
    if bad is None:
        return free, free, free, f"≥ {free / 1e3:,.0f}"
    return free, free, bad, f"{free / 1e3:,.0f} to {bad / 1e3:,.0f}"


def cost_words(f, value, rate, usual):
    if value is None:
        return "-"
    if f.wall and round(value) == 0:
        return "no reader"
    return f"{value:,.0f}" + ("" if rate == usual else ", unpaced" if rate is None else f", at {rate_word(rate)}")


def cost_of(f, of, usual):
    """(cost, low, high, words, whether at the usual rate), or else at the row's highest."""
    rate = usual if usual in of else next(reversed(of))
    found = rules.middle([f.cost(r) for r in of[rate]]) or (None,) * 3
    return (*found, cost_words(f, found[0], rate, usual), int(rate == usual))


def searched(knee):
    """The same of a search."""
    lower, upper = knee
    if upper is None:
        return lower, lower, lower, f"≥ {lower / 1e3:,.0f}"
    return lower, lower, upper, f"{lower / 1e3:,.1f} to {upper / 1e3:,.1f}"


def as_searched(f, name):
    """The capture of this row where nobody set anything, as the searches have it (knees.plain()); else None. The row's name
    may still have words: of knobs that the capture turns by itself."""
    spec = f.first[name]["spec"]
    return None if spec["set"] or topology(spec) or not f.of_usual_sender(name) else spec["capture"]


def free_of(f, name, of, found):
    knee = found.get(as_searched(f, name))
    if knee:
        return searched(knee)
    return (in_blocks if f.wall else bracket)(of) or (None, None, None, "-")


def bar(f, name, frame, usual, found=()):
    """(rate, low, high, words, cost, low, high, words, usual) of a row, in kpps and ns or instructions; None what is
    unknown and where the row has no trial of this size."""
    of = f.asked(name, frame)
    if not of:
        return None
    free = free_of(f, name, of, found)
    cost = cost_of(f, of, usual)
    if free[0] is None and cost[0] is None:
        return None
    return (*(None if v is None else v / 1e3 for v in free[:3]), free[3], *cost)


def usual_rate(f):
    shared = f.common_rates(f.frames()[0]) if f.frames() else None
    return shared[1] if shared else None


def bars(f):
    """[(name, bar)] at the smallest frame, the fastest first; rows of other senders below the rest, not among them."""
    if not f.frames():
        return []
    usual = usual_rate(f)
    near = {} if f.wall else knees.knees(f.path, f.frames()[0], f.all[0]["testbed"]["identity"])
    found = [(name, bar(f, name, f.frames()[0], usual, near)) for name in f.series()]
    return sorted([(name, b) for name, b in found if b],
                  key=lambda row: (not f.of_usual_sender(row[0]), -(row[1][0] or 0), -(row[1][2] or 0)))
