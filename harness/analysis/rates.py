# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules for rates and repeated trials: each stands here and nowhere else in python.

The rule of a loss-free rate stands in C too (models/loss_free.c); results/fixtures/rules.json holds both to it. The
interval of a median is that of two order statistics, whatever the distribution: of n sorted values the r-th from below
and from above hold the median with probability 1 - 2 P(B < r), B binomial (n, 1/2). The narrowest one of at least 95 %
is given; with less than 6 values there is none.
"""

from math import comb

import records as rec

LEVEL = 0.95
FRAME_GAP_BYTES = 20  # of Ethernet, between two frames: preamble, start and gap
LINE_BITS = {"lab": 10 ** 9}  # of the NIC that a testbed stands for: the lab's 82576; a veth has none


def mean(values):
    """Of what is known; None when nothing is."""
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def median(values):
    """Of what is known; None when nothing is."""
    known = sorted(v for v in values if v is not None)
    half = len(known) // 2
    if not known:
        return None
    return known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2


def order_ranks(n, level=LEVEL):
    """(r, s, coverage): the median lies between the r-th and s-th lowest of n values, from 1; None if n is too small."""
    outside, best = 0, None
    for r in range(1, n // 2 + 1):
        outside += comb(n, r - 1)  # of 2 ** n: fewer than r values below the median
        coverage = 1 - 2 * outside / 2 ** n
        if coverage >= level:
            best = (r, n + 1 - r, coverage)
    return best


def interval(values):
    """(low, high) of the median, or None."""
    known = sorted(v for v in values if v is not None)
    ranks = order_ranks(len(known))
    return (known[ranks[0] - 1], known[ranks[1] - 1]) if ranks else None


def spread(values):
    """(mean, lowest, highest) of the known values, over seeds."""
    known = [v for v in values if v is not None]
    return (mean(known), min(known), max(known)) if known else (None, None, None)


def middle(values):
    """(median, low, high) over blocks: its interval, else lowest and highest; None if nothing is known."""
    known = [v for v in values if v is not None]
    return (median(known), *(interval(known) or (min(known), max(known)))) if known else None


def lost(record):
    """Whether a frame did not reach the consumer. Unknown counts as lost, so that no rate is called loss-free by mistake."""
    return rec.carried(record) is None or rec.carried(record) != rec.get(record, "generator", "sent")


def achieved_pps(trials):
    """The mean rate that the senders of these trials achieved."""
    return mean(rec.get(r, "generator", "achieved_pps") for r in trials)


def climb(verdicts):
    """Of the rates from the lowest up, whether each passes: (index of the last one before the first that does not,
    index of that one, whether a higher one passes again). None where there is no such rate.
    """
    bad = verdicts.index(False) if False in verdicts else None
    last = (len(verdicts) if bad is None else bad) - 1
    return (last if last >= 0 else None), bad, bad is not None and any(verdicts[bad:])


def loss_limits(rates):
    """Of {rate asked: trials}, lowest first: the highest rate up to which no trial lost a frame, and the first at which
    one did, pps as achieved; None where there is none.
    """
    steps = list(rates.values())
    free, bad, _ = climb([not any(map(lost, trials)) for trials in steps])
    return tuple(None if at is None else achieved_pps(steps[at]) for at in (free, bad))


def loss_free_pps(rates):
    return loss_limits(rates)[0]


def line_rate_pps(record):
    """Line rate of this trial's frames, pps; None without a line, or with frames of many sizes."""
    spec = record["spec"]
    bits = LINE_BITS.get(record["testbed"]["name"])
    if bits is None or "gen.pcap" in spec["set"]:
        return None
    return bits / 8 / (spec["frame_bytes"] + FRAME_GAP_BYTES)


def beyond_line(record):
    """Whether the sender was faster than a real NIC's line, a limit that the lab's NIC does not have."""
    line, pps = line_rate_pps(record), rec.get(record, "generator", "achieved_pps")
    return line is not None and pps is not None and pps > line
