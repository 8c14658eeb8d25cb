# SPDX-License-Identifier: GPL-2.0-or-later
"""What perf costs: ratios of pairs, and trials that are no pair."""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import meter_cost  # noqa: E402
from rates import order_ranks  # noqa: E402

SCRIPT = os.path.join(HERE, "..", "meter_cost.py")


def record(sent=1000, run_ns=5000, unique=None, reader_ns=300):
    threads = {"sender0": {"run_ns": run_ns}, "reader": {"run_ns": reader_ns}}
    return {"meters": {"threads": threads}, "generator": {"sent": sent}, "capture": {"unique": unique}}


class Cost(unittest.TestCase):
    def test_fewer_pairs_than_asked_for_have_no_interval(self):
        self.assertIsNone(order_ranks(meter_cost.PAIRS_LEAST - 1))
        self.assertEqual(order_ranks(meter_cost.PAIRS_LEAST)[:2], (1, meter_cost.PAIRS_LEAST))

    def test_time_a_frame(self):
        self.assertEqual(meter_cost.per_frame(record()), {"sender0": 5.0})
        self.assertEqual(meter_cost.per_frame(record(unique=100)), {"sender0": 5.0, "reader": 3.0})
        self.assertEqual(meter_cost.per_frame(record(run_ns=None, unique=0)), {})

    def test_ratio_of_pairs(self):
        pairs = [({"sender0": 10.0 * r}, {"sender0": 10.0}) for r in (1.1, 0.9, 1.0, 1.3, 1.2, 0.8)]
        found = meter_cost.ratio_of(pairs, "sender0")
        self.assertEqual((found["ratio"], found["low"], found["high"], found["pairs"]), (1.05, 0.8, 1.3, 6))
        self.assertEqual(found["off_ns_per_frame"], 10.0)
        self.assertIsNone(meter_cost.ratio_of(pairs, "reader"))
        self.assertIsNone(meter_cost.ratio_of(pairs[1:], "sender0"))

    def test_usage(self):
        for words, wanted in (([], "--cost"), (["--cost", "--pairs", "3"], "must be 6 or more, not 3"),
                              (["--cost", "--pairs", "x"], "invalid")):
            done = subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(wanted, done.stderr)
        done = subprocess.run([sys.executable, SCRIPT, "--help"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, meter_cost.HELP))


if __name__ == "__main__":
    unittest.main()
