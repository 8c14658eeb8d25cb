# SPDX-License-Identifier: GPL-2.0-or-later
"""Trials of a mix of frame sizes, size by size."""

import records as rec


def of(record):
    return (record["ledger"] or {}).get("sizes", [])


def trials(records):
    return [r for r in records if of(r)]


def bits_per_second(record, which="received"):
    """Of the frames with FCS, sent or received, over the time of sending; None where that is unknown."""
    ns = rec.get(record, "generator", "duration_ns")
    if not of(record) or not ns or any(size[which] is None for size in of(record)):
        return None
    return sum(8 * size["frame_bytes"] * size[which] for size in of(record)) * 1e9 / ns


def lost_pct(size):
    """Of one size; duplicates do not make up for lost frames of another, and are not told apart from this one's."""
    if size["received"] is None or not size["sent"]:
        return None
    return 100 * (size["sent"] - size["received"]) / size["sent"]


def number(value, form="{:,.0f}"):
    return "-" if value is None else form.format(value)


def megabits(record, which):
    bits = bits_per_second(record, which)
    return None if bits is None else bits / 1e6


def table(records, words):
    """A line a size of each trial. words: record -> what distinguishes it."""
    yield f"{'size':>6} {'sent':>10} {'received':>10} {'lost, %':>8}"
    for r in records:
        yield (f"{r['spec']['capture']} {words(r)}".rstrip() + f", {rec.asked_rate(r)} pps, seed {r['spec']['seed']}: "
               f"{number(rec.get(r, 'generator', 'achieved_pps'))} pps and {number(megabits(r, 'sent'), '{:,.1f}')} Mbit/s "
               f"sent, {number(megabits(r, 'received'), '{:,.1f}')} Mbit/s received")
        for size in of(r):
            yield (f"{size['frame_bytes']:>6} {number(size['sent']):>10} {number(size['received']):>10} "
                   f"{number(lost_pct(size), '{:.3f}'):>8}")
