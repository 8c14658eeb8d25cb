# SPDX-License-Identifier: GPL-2.0-or-later
"""adaptive-coalesced: rx_usecs follows the load, equal trials are equal, and what was there before is there again."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, run, trial  # noqa: E402


def adaptive(rate, count, **settings):
    return trial("adaptive-coalesced", 64, rate, count, **settings)


# The command of the issue that asked for it: without --generator, the first that has the law.
ON_OFF = adaptive(60000, 5000, base="libpcap", gen_arrivals="on-off")
SLOW = adaptive(8000, 800)
FAST = adaptive(120000, 12000)
NULL = adaptive(60000, 6000, base="null")
TRIALS = Trials((ON_OFF, SLOW, FAST, NULL))


def told(record, key):
    return float(record["knobs"]["adaptive-coalesced." + key])


class Adaptive(LabTest):
    def test_equal_trials_give_equal_records(self):
        record = TRIALS.record(ON_OFF)
        self.assertEqual((record["spec"]["generator"], record["knobs"]["base"]), ("txring", "libpcap"))
        self.assertEqual(run(*ON_OFF).stdout, TRIALS.line(ON_OFF))
        self.assertEqual((record["ledger"]["unaccounted"], record["ledger"]["dropped"]), (0, 0))

    def test_the_value_follows_the_load(self):
        """A slow load keeps the quick value; a fast one has the other after a look or two, and few interrupts."""
        slow, fast = TRIALS.record(SLOW), TRIALS.record(FAST)
        self.assertEqual((told(slow, "mean_usecs"), told(slow, "switches")), (10, 0))
        self.assertGreater(told(fast, "mean_usecs"), 30)
        self.assertGreaterEqual(told(fast, "switches"), 1)
        self.assertGreater(slow["irq"]["hard"] / slow["generator"]["sent"], 0.95)
        self.assertLess(fast["irq"]["hard"] / fast["generator"]["sent"], 0.35)
        self.assertTrue(all(r["knobs"]["rx_usecs"] is None for r in (slow, fast)))

    def test_any_base(self):
        record = TRIALS.record(NULL)
        self.assertEqual((record["status"], record["ledger"]["dropped"]), ("ok", 0))
        self.assertGreater(told(record, "switches"), 0)

    def test_what_nobody_else_may_move(self):
        for settings, why in (({"rx_usecs": 50}, "it moves rx_usecs by itself"),
                              ({"base": "interrupt-coalesced"}, "both set rx_usecs"),
                              ({"base": "ykvm-zc"}, "gives the interface to a driver of its own")):
            done = run(*adaptive(60000, 1000, **settings))
            self.assertEqual((done.returncode, done.stdout), (2, ""), settings)
            self.assertIn(why, done.stderr)


if __name__ == "__main__":
    unittest.main()
