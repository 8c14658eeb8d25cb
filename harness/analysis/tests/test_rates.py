# SPDX-License-Identifier: GPL-2.0-or-later
"""Means, medians and their intervals, the loss-free rate and the line's, over numbers made by hand."""
import itertools
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import fixture  # noqa: E402
import rates  # noqa: E402


class Intervals(unittest.TestCase):
    def test_ranks_of_published_tables(self):
        # e.g. n = 6: 1 - 2 / 2 ** 6; n = 10, ranks 2 and 9: 1 - 2 (1 + 10) / 2 ** 10
        for n, ranks, percent in ((6, (1, 6), 96.9), (10, (2, 9), 97.9), (15, (4, 12), 96.5), (20, (6, 15), 95.9),
                                  (30, (10, 21), 95.7)):
            r, s, coverage = rates.order_ranks(n)
            self.assertEqual((r, s), ranks)
            self.assertAlmostEqual(100 * coverage, percent, 1)

    def test_few_values_have_no_interval(self):
        for n in range(6):
            self.assertIsNone(rates.order_ranks(n))
        self.assertIsNone(rates.interval([1, 2, 3, 4, 5, None]))

    def test_interval_by_hand(self):
        values = [14, 3, 8, 1, 9, 22, 4, 5, 30, 7]  # sorted: 1 3 4 5 7 8 9 14 22 30
        self.assertEqual(rates.interval(values), (3, 22))
        self.assertEqual(rates.median(values), 7.5)
        self.assertEqual(rates.median([3, 1, None, 2]), 2)
        self.assertIsNone(rates.median([None]))

    def test_interval_covers_as_often_as_it_says(self):
        """All 2^n ways in which n values can lie below or above the true median, one by one."""
        for n in (6, 9, 12):
            k, _, coverage = rates.order_ranks(n)
            held = sum(k <= sum(below) <= n - k for below in itertools.product((0, 1), repeat=n))
            self.assertEqual(held / 2 ** n, coverage)
            self.assertGreaterEqual(coverage, 0.95)
            narrower = sum(k + 1 <= sum(below) <= n - k - 1 for below in itertools.product((0, 1), repeat=n))
            self.assertLess(narrower / 2 ** n, 0.95)

    def test_means_are_of_what_is_known(self):
        self.assertEqual((rates.mean([1, None, 3]), rates.mean([None])), (2, None))
        self.assertEqual(rates.spread([4, None, 1]), (2.5, 1, 4))
        self.assertEqual(rates.spread([]), (None, None, None))
        self.assertEqual(rates.middle([3, 1, None, 8]), (3, 1, 8))
        self.assertEqual(rates.middle([9, 1, 3, 4, 7, 6]), (5, 1, 9))
        self.assertIsNone(rates.middle([None]))


class LossFree(unittest.TestCase):
    def test_climb(self):
        for verdicts, found in (([], (None, None, False)), ([True, True], (1, None, False)),
                                ([False, True], (None, 0, True)), ([True, False, False], (0, 1, False))):
            self.assertEqual(rates.climb(verdicts), found)

    def test_an_unknown_loss_is_no_rate_without_loss(self):
        unknown = fixture.record(1)
        unknown["ledger"]["delivered"] = None
        self.assertTrue(rates.lost(unknown))
        self.assertEqual(rates.loss_limits({100000: [unknown]}), (None, 100000))


class Line(unittest.TestCase):
    def test_a_gigabit_carries(self):
        for frame, pps in ((64, 1488095), (512, 234962), (1518, 81274)):
            self.assertEqual(int(rates.line_rate_pps(fixture.record(1, frame=frame))), pps)

    def test_beyond_it(self):
        self.assertFalse(rates.beyond_line(fixture.record(1, frame=1518, rate=81274)))
        self.assertTrue(rates.beyond_line(fixture.record(1, frame=1518, rate=81275)))
        self.assertFalse(rates.beyond_line(fixture.record(1, rate=319000)))

    def test_a_veth_and_frames_of_many_sizes_have_none(self):
        netns, mix = fixture.record(1, frame=1518), fixture.record(2, frame=1518, **{"gen.pcap": "0" * 64})
        netns["testbed"]["name"] = "netns"
        self.assertEqual((rates.line_rate_pps(netns), rates.line_rate_pps(mix)), (None, None))
        self.assertFalse(rates.beyond_line(netns) or rates.beyond_line(mix))


if __name__ == "__main__":
    unittest.main()
