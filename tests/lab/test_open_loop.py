# SPDX-License-Identifier: GPL-2.0-or-later
"""The DUT does not influence the sender, and its speed is the same under every load."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, lost, trial  # noqa: E402

CAPTURES = ("null", "libpcap", "ykvm")
RATES = (60000, 120000, 160000, 230000, 250000)
GRID = {(name, rate): trial(name, 64, rate) for name in CAPTURES for rate in RATES}
# Long enough (1 s) for the drivers' watchdogs to show; with the most CPUs that a topology has.
LONG = (*trial("null", 64, 20000, 20000), "--reader-cpu", "2")
TRIALS = Trials([*GRID.values(), LONG])


def within(values, tolerance):
    return max(values) <= min(values) * (1 + tolerance)


class OpenLoop(LabTest):
    def record(self, name, rate):
        return TRIALS.record(GRID[name, rate])

    def test_sender_achieves_what_was_asked(self):
        for name, rate in GRID:
            with self.subTest(capture=name, rate=rate):
                achieved = self.record(name, rate)["generator"]["achieved_pps"]
                self.assertLessEqual(abs(achieved - rate), 0.005 * rate, achieved)

    def test_sender_is_the_same_whatever_captures(self):
        for rate in RATES:
            with self.subTest(rate=rate):
                achieved = [self.record(name, rate)["generator"]["achieved_pps"] for name in CAPTURES]
                self.assertTrue(within(achieved, 0.005), achieved)

    def test_dut_s_driver_does_not_stop_the_sender(self):
        self.assertLess(TRIALS.record(LONG)["generator"]["gaps_ns"]["max"], 150000)

    def test_dut_has_the_same_speed_under_any_overload(self):
        shares = {key: self.record(*key)["cpu"]["dut_share"] for key in GRID if lost(self.record(*key)) > 0}
        self.assertGreaterEqual(len(shares), 5, "too few trials are overloaded to tell")
        self.assertTrue(within(shares.values(), 0.02), shares)

    def test_dut_has_the_same_speed_near_the_knee(self):
        shares = {key: self.record(*key)["cpu"]["dut_share"] for key in GRID if key[1] >= 120000}
        self.assertTrue(within(shares.values(), 0.02), shares)

    def test_loss_grows_with_the_rate(self):
        for name in CAPTURES:
            with self.subTest(name):
                losses = [lost(self.record(name, rate)) for rate in RATES]
                self.assertEqual(losses, sorted(losses))
                self.assertEqual(losses[0], 0)
                self.assertGreater(losses[-1], 0.1)


if __name__ == "__main__":
    unittest.main()
