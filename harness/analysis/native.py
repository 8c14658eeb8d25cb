# SPDX-License-Identifier: GPL-2.0-or-later
"""Campaigns on the wall clock: medians over blocks with nonparametric intervals, ratios within blocks, the A/A pair.

The unit is the trial. Each trial runs once in each block (a campaign's `blocks`; the seed is the block's number), in
random order, so what drifts meets all rows alike. A ratio is taken inside a block, and then the median over blocks.

The interval of a median is that of two order statistics, whatever the distribution: of n sorted values the r-th from
below and from above hold the median with probability 1 - 2 P(B < r), B binomial (n, 1/2). The narrowest one of at least
95 % is given; with less than 6 values there is none.

Rules of a disturbed trial, fixed before any is run: its sender waited for a CPU, or a hypervisor took CPUs away, for
more than DISTURBED of the time in which it was sent; or its reader did, for more than READER_LATE where it
sleeps, as each wake-up has a wait of its own. It is shown, counted, and no part of a median.
"""

from itertools import combinations
from math import comb, inf

import records as rec
from table import cell, grouped

LEVEL = 0.95
DISTURBED = 0.05
READER_LATE = 0.25
YARDSTICKS = ("tpacket3", "af-xdp")
LABEL = "label"
SPIN = "spin_usecs"
NAME_WIDTH = 38
CELL_WIDTH = 28
RATIO_WIDTH = 24
TITLES = ("loss-free, kpps", "received at max, kpps", "reader, CPU ns/packet")
NOT_OWN = (LABEL, SPIN, "work")


def median(values):
    known = sorted(v for v in values if v is not None)
    half = len(known) // 2
    if not known:
        return None
    return known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2


def order_ranks(n):
    """(r, s, coverage): the r-th and the s-th least of n values, from 1, hold the median; None where none do."""
    outside, best = 0, None
    for r in range(1, n // 2 + 1):
        outside += comb(n, r - 1)  # of 2 ** n: fewer than r values below the median
        coverage = 1 - 2 * outside / 2 ** n
        if coverage >= LEVEL:
            best = (r, n + 1 - r, coverage)
    return best


def interval(values):
    """(low, high) of the median, or None."""
    known = sorted(v for v in values if v is not None)
    ranks = order_ranks(len(known))
    return (known[ranks[0] - 1], known[ranks[1] - 1]) if ranks else None


def waits_ns(record):
    """{who: ns kept from a CPU}: the reader, the sender that waited longest, the busiest CPU's steal. Unknown is 0 here."""
    meters = record.get("meters") or {}
    threads = {name: (of or {}).get("wait_ns") or 0 for name, of in (meters.get("threads") or {}).items()}
    return {"sender": max([ns for name, ns in threads.items() if name.startswith("sender")], default=0),
            "reader": threads.get("reader", 0),
            "steal": max((ns or 0 for ns in (meters.get("time") or {}).get("steal_ns") or []), default=0)}


def disturbed(record):
    """Who was kept from a CPU for too long, or None."""
    took = rec.get(record, "generator", "duration_ns")
    spins = record["spec"]["set"].get(SPIN, "0") != "0"
    for who, ns in waits_ns(record).items():
        if took and ns > (READER_LATE if who == "reader" and not spins else DISTURBED) * took:
            return who
    return None


def block(record):
    return record["spec"]["seed"]


def row_name(record):
    """The capture with the settings that are its own."""
    own = [f"{k}={v}" for k, v in sorted(record["spec"]["set"].items())
           if k not in NOT_OWN and not k.startswith("gen.")]
    return " ".join([record["spec"]["capture"], *own])


def label(record):
    return record["spec"]["set"].get(LABEL)


def loss_free(trials, rates):
    """The greatest rate offered in one block without loss, if nothing was lost at any lower one either; 0: there is none.

    Unknown where a trial at one of the rates asked for is not among these and could have changed that.
    """
    best, limit = 0, None
    for r in sorted(trials, key=lambda r: rec.get(r, "generator", "achieved_pps")):
        if rec.carried(r) != rec.get(r, "generator", "sent"):
            limit = rec.get(r, "generator", "achieved_pps")
            break
        best = rec.get(r, "generator", "achieved_pps")
    there = set(map(rec.rate_order, trials))
    if limit is None and max(rates) not in there:
        return None
    # What a sender reaches unpaced is the end: a paced rate beyond it is invalid in every block.
    return None if any(rate < (limit or best) for rate in rates - there) else best


def asked_rates(trials):
    return set(map(rec.rate_order, trials))


def loss_free_rates(blocks, rates=None):
    """{block: loss_free()} of a row's {block: trials}; the rates asked for are theirs unless told."""
    rates = rates or asked_rates(r for of in blocks.values() for r in of)
    return {b: loss_free(of, rates) for b, of in blocks.items()}


def at_max(trials):
    return median(rec.received_pps(r) for r in trials if r["spec"]["rate_pps"] is None)


def cpu_ns(trials, rates):
    """The reader's CPU time for each packet, at the highest rate asked for in any block."""
    return median(rec.reader_ns(r) for r in trials if rec.rate_order(r) == max(rates))


def undisturbed(records):
    return [r for r in records if r["status"] == "ok" and not disturbed(r)]


def with_interval(values, scale, decimals, blocks=None):
    """ "1,234 [1,200 to 1,300] n=6", the interval where there is one; n where not all blocks have a value."""
    known = [v for v in values if v is not None]
    if not known:
        return "-"
    shown = [median(known), *(interval(known) or ())]
    texts = [f"{v / scale:,.{decimals}f}" for v in shown]
    return (texts[0] + (f" [{texts[1]} to {texts[2]}]" if texts[1:] else "")
            + (f" n={len(known)}" if blocks not in (None, len(known)) else ""))


def ratio(ours, theirs):
    """Of rates without loss, of which 0 is none; two of those do not compare."""
    if ours is None or theirs is None or not ours and not theirs:
        return None
    return ours / theirs if theirs else inf


def ratios_in_blocks(ours, theirs):
    """Of {block: value}: value over value in each block that has both; None elsewhere."""
    return [ratio(ours[b], theirs.get(b)) for b in ours]


def yardstick(rows, name):
    """The first row of that capture."""
    return next((row for row in rows if row.split()[0] == name), None)


def table_line(name, n, cells, ratios):
    return " ".join([f"{name:{NAME_WIDTH}} {n:>3}", *(f"{c:>{CELL_WIDTH}}" for c in cells),
                     *(f"{c:>{RATIO_WIDTH}}" for c in ratios)])


def table_head():
    return table_line("capture", "n", TITLES, [f"of {y}" for y in YARDSTICKS])


def rows_table(records):
    trials = grouped(sorted(records, key=rec.sort_key), row_name)
    rates = {name: asked_rates(of) for name, of in trials.items()}
    rows = {name: grouped(undisturbed(of), block) for name, of in trials.items()}
    free = {name: loss_free_rates(blocks, rates[name]) for name, blocks in rows.items()}
    lines = [table_head()]
    for name, blocks in rows.items():
        cells = [(free[name].values(), 1e3), ([at_max(of) for of in blocks.values()], 1e3),
                 ([cpu_ns(of, rates[name]) for of in blocks.values()], 1)]
        of = [ratios_in_blocks(free[name], free.get(yardstick(rows, y), {})) for y in YARDSTICKS]
        lines.append(table_line(name, cell(len(blocks), 3, 0),
                                [with_interval(values, scale, 0, len(blocks)) for values, scale in cells],
                                [with_interval(values, 1, 2, len(blocks)) for values in of]))
    return lines


def pair_line(name, pair):
    """What the campaign sees between two labels of one trial: their ratio should be 1."""
    one, other = ({block(r): rec.received_pps(r) for r in undisturbed(of)} for of in pair)
    ratios = [v for v in ratios_in_blocks(one, other) if v is not None]
    limits = interval(ratios)
    if limits is None:
        verdict = "too few blocks for an interval"
    elif limits[0] <= 1 <= limits[1]:
        verdict = "no difference shown, as it must be"
    else:
        verdict = "WARNING: a difference where there is none; smaller ones in the tables mean nothing"
    return f"A/A pair, {name}: ratio {with_interval(ratios, 1, 3)}, {len(ratios)} blocks: {verdict}"


def pairs(records):
    """Trials that are told apart by their label only: [(name, (trials, trials))]."""
    def alike(r):
        s = r["spec"]
        return (row_name(r), s["generator"], s["frame_bytes"], s["rate_pps"], s["count"], s["senders"], s["reader_cpu"],
                *sorted((k, v) for k, v in s["set"].items() if k != LABEL))

    found = []
    for key, trials in grouped(records, alike).items():
        sides = grouped([r for r in trials if label(r)], label)
        for one, other in combinations(sorted(sides), 2):
            words = "" if len(sides) == 2 else f", {one} to {other}"
            found.append((f"{key[0]}, {key[2]} bytes{words}", (sides[one], sides[other])))
    return found


def unknown_waits(records):
    """How many trials the rules could not look at: their kernel does not tell, or the sender is no thread of ours."""
    def known(r):
        threads = (r.get("meters") or {}).get("threads") or {}
        return all((threads.get(name) or {}).get("wait_ns") is not None for name in ("sender0", "reader"))

    return sum(r["status"] == "ok" and not known(r) for r in records)


def disturbed_line(records):
    who = grouped([r for r in records if r["status"] == "ok" and disturbed(r)], disturbed)
    words = ", ".join(f"{len(of)} by waits of the {name}" for name, of in sorted(who.items())) or "none"
    invalid, unknown = sum(r["status"] == "invalid" for r in records), unknown_waits(records)
    share = (sum(map(len, who.values())) + invalid) / len(records)
    note = f"; WARNING: waits of {unknown} unknown, which no rule can judge" if unknown else ""
    note += "; WARNING: more than 10 %, run it on a quieter machine" if share > 0.1 else ""
    return (f"disturbed (a CPU waited for, more than {100 * DISTURBED:.0f} % of the time; by a reader that sleeps, "
            f"{100 * READER_LATE:.0f} %): {words}; "
            f"invalid: {invalid}; of {len(records)}{note}")


def group_of(r):
    """What rows of one table have in common: (frame, generator, spin, other conditions that are not the capture's)."""
    spec = r["spec"]
    words = [f"{k}={spec[k]}" for k in ("senders", "reader_cpu") if spec[k] != 1]
    words += [f"{k}={v}" for k, v in sorted(spec["set"].items()) if k == "work" or k.startswith("gen.")]
    return spec["frame_bytes"], spec["generator"], spec["set"].get(SPIN, "0"), " ".join(words)


def heading(key):
    frame, generator, spin, words = key
    reader = "sleeps at once" if spin == "0" else f"looks {spin} us before it sleeps"
    return f"{frame} bytes, {generator}, reader {reader}" + (f", {words}" if words else "")


def tables(records):
    """(title, lines): of a wall-clock campaign in blocks; nothing for any other."""
    if any(r["testbed"]["clock"] != "wall" for r in records):
        return []
    blocks = {block(r) for r in records}
    if len(blocks) < 2:
        return []

    lines = [f"{len(blocks)} blocks; medians with intervals of at least 95 % (order statistics, 6 values and more)",
             disturbed_line(records)]
    lines += [pair_line(name, pair) for name, pair in pairs(records)]
    for group, of in sorted(grouped([r for r in records if not label(r)], group_of).items()):
        lines += ["", heading(group), *rows_table(of)]
    lines += ["", "loss-free: the greatest rate offered without loss, none lost at a lower one; ratios are of it, in one block.",
              "0: at the lowest rate too. n=: so many blocks where a disturbed or invalid trial could have said otherwise.",
              "reader: at the highest rate. Unpaced, a row is offered what it leaves its sender, on the same CPU."]
    return [("Wall clock: captures over blocks", lines)]
