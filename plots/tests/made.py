# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders of made-up records and predictions, for the tests of data and figures."""
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "harness", "analysis"),
                os.path.join(HERE, "..", "..", "harness", "analysis", "tests")]
import fixture  # noqa: E402


def record(number, capture="libpcap", frame=64, rate=100000, delivered=1000, us=50, **settings):
    return fixture.record(number, capture, frame, rate, delivered, {"rx_usecs": str(us)}, **settings)


COLUMNS = ("id", "role", "dd1k_pps", "dd1k_loss_pct", "mm1k_loss_pct", "cost", "irq_per_s", "latency_ns",
           "dd1k_loss_low_pct", "dd1k_loss_high_pct", "irq_timer_per_s", "irq_gap_per_s", "latency_timer_ns",
           "latency_gap_ns", "rho", "err_dd1k_loss_pp", "err_null_loss_pp", "err_dd1k_pps_pct", "variant")


class Folder(unittest.TestCase):
    def folder(self, records, predictions=()):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        with open(os.path.join(holder.name, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(fixture.lines(records))
        if predictions:
            with open(os.path.join(holder.name, "predictions.tsv"), "w", encoding="utf-8") as out:
                rows = [(*row, *["nan"] * (len(COLUMNS) - len(row))) for row in (COLUMNS, *predictions)]
                out.writelines("\t".join(map(str, row)) + "\n" for row in rows)
        return holder.name

    def data(self, folder, name):
        with open(os.path.join(folder, "plots", name), encoding="utf-8") as text:
            return text.read()


def wall(number, capture, block, rate, delivered=1000, status="ok", **settings):
    r = fixture.record(number, capture, 64, rate, delivered, status=status, seed=block, **settings)
    r["testbed"].update(name="netns", clock="wall")
    r["spec"].update(generator="xdp-live", rate_pps=rate if rate < 900000 else None)
    r["generator"].update(achieved_pps=rate + 1000 * block)
    r["cpu"].update(reader={"user_ns": 100000, "system_ns": 100000 * block})
    return r


def native_campaign():
    """Six blocks: af-xdp loses at 900,000, ykvm-xdp never; one of its trials in the last block is invalid and not counted."""
    trials = []
    for b in range(1, 7):
        trials += [wall(100 * b + 1, "af-xdp", b, 500000), wall(100 * b + 2, "af-xdp", b, 900000, 900),
                   wall(100 * b + 3, "ykvm-xdp", b, 500000), wall(100 * b + 5, "af-xdp", b, 900000, 100, label="a"),
                   wall(100 * b + 4, "ykvm-xdp", b, 900000, 1000 if b < 6 else 0, "ok" if b < 6 else "invalid"),
                   wall(100 * b + 6, "af-xdp", b, 900000, 800, spin_usecs="50")]
    return trials
