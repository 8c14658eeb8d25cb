# SPDX-License-Identifier: GPL-2.0-or-later
"""Campaigns on the wall clock: medians over blocks with nonparametric intervals, ratios within blocks, the A/A pair.

The unit is the trial. Each trial runs once in each block (a campaign's `blocks`; the seed is the block's number), in
random order, so what drifts meets all rows alike. A ratio is taken inside a block, and then the median over blocks.
Which trials are disturbed: interference.py; medians and their intervals: rates.py.
"""

from itertools import combinations
from math import inf

import records as rec
from conditions import LABEL, Conditions, yardstick
from interference import DISTURBED, READER_LATE, SPIN, disturbed
from rates import climb, interval, lost, median
from table import cell, grouped

YARDSTICKS = ("tpacket3", "af-xdp")
NAME_WIDTH = 38
CELL_WIDTH = 28
RATIO_WIDTH = 24
TITLES = ("loss-free, kpps", "received at max, kpps", "reader, CPU ns/packet")


def block(record):
    return record["spec"]["seed"]


def label(record):
    return record["spec"]["set"].get(LABEL)


def offered(r):
    return rec.get(r, "generator", "achieved_pps")


def loss_free(trials, rates):
    """The greatest rate offered in one block without loss, if nothing was lost at any lower one either; 0: there is none.

    Unknown where a trial at one of the rates asked for is not among these and could have changed that.
    """
    steps = sorted(trials, key=offered)
    free, bad, _ = climb([not lost(r) for r in steps])
    best, limit = 0 if free is None else offered(steps[free]), None if bad is None else offered(steps[bad])
    there = set(map(rec.rate_order, trials))
    if limit is None and max(rates) not in there:
        return None
    # A sender's unpaced rate is its limit: a paced rate beyond it is invalid in every block.
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
    """The ratio of two loss-free rates; 0 means no such rate, and two of those cannot be compared."""
    if ours is None or theirs is None or not ours and not theirs:
        return None
    return ours / theirs if theirs else inf


def ratios_in_blocks(ours, theirs):
    """The ratio in each block that has both values; None elsewhere."""
    return [ratio(ours[b], theirs.get(b)) for b in ours]


def table_line(name, n, cells, ratios):
    return " ".join([f"{name:{NAME_WIDTH}} {n:>3}", *(f"{c:>{CELL_WIDTH}}" for c in cells),
                     *(f"{c:>{RATIO_WIDTH}}" for c in ratios)])


def table_head():
    return table_line("capture", "n", TITLES, [f"of {y}" for y in YARDSTICKS])


def rows_table(records, conditions):
    trials = grouped(sorted(records, key=rec.sort_key), conditions.row)
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


def blind(limits):
    """What such an interval means for the tables: smaller differences cannot be seen."""
    share = 100 * max(1 - limits[0], limits[1] - 1)
    return f"; a difference below {share:.1f} % cannot be seen here" if share >= 0.05 else ""


def pair_line(name, pair):
    """The difference between two labels of one trial: their ratio should be 1."""
    one, other = ({block(r): rec.received_pps(r) for r in undisturbed(of)} for of in pair)
    ratios = [v for v in ratios_in_blocks(one, other) if v is not None]
    limits = interval(ratios)
    if limits is None:
        verdict = "too few blocks for an interval"
    elif limits[0] <= 1 <= limits[1]:
        verdict = f"no difference shown, as it must be{blind(limits)}"
    else:
        verdict = "WARNING: a difference where there is none; smaller ones in the tables mean nothing"
    return f"A/A pair, {name}: ratio {with_interval(ratios, 1, 3)}, {len(ratios)} blocks: {verdict}"


def pairs(records, conditions):
    """Trials that differ only in their label: [(name, (trials, trials))]."""
    def alike(r):
        s = r["spec"]
        return conditions.row(r), conditions.words(r, (LABEL,)), s["frame_bytes"], s["rate_pps"] or 0, s["count"]

    found = []
    for key, trials in grouped(records, alike).items():
        sides = grouped([r for r in trials if label(r)], label)
        for one, other in combinations(sorted(sides), 2):
            words = "" if len(sides) == 2 else f", {one} to {other}"
            found.append((f"{key[0]}, {key[2]} bytes{words}", (sides[one], sides[other])))
    return found


def unknown_waits(records):
    """How many trials the rules could not judge: their kernel lacks the counters, or the sender is no thread of ours."""
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


def group_of(r, conditions):
    """What rows of one table share: (frame, generator, spin, all else but the capture and its own settings)."""
    spec = r["spec"]
    around = [w for w in conditions.around(r, (SPIN,)).split(" ") if w and not w.startswith("generator=")]
    return spec["frame_bytes"], spec["generator"], spec["set"].get(SPIN, "0"), " ".join(around)


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
    conditions = Conditions(records)
    lines = [f"{len(blocks)} blocks; medians with intervals of at least 95 % (order statistics, 6 values and more)",
             disturbed_line(records)]
    lines += [pair_line(name, pair) for name, pair in pairs(records, conditions)]
    rows = [r for r in records if not label(r)]
    for group, of in sorted(grouped(rows, lambda r: group_of(r, conditions)).items()):
        lines += ["", heading(group), *rows_table(of, conditions)]
    lines += ["", "loss-free: the greatest rate offered without loss, none lost at a lower one; ratios are of it, in one block.",
              "0: at the lowest rate too. n=: so many blocks where a disturbed or invalid trial could have said otherwise.",
              "reader: at the highest rate. Unpaced, a row is offered what it leaves its sender, on the same CPU."]
    return [("Wall clock: captures over blocks", lines)]
