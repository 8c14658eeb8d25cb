# SPDX-License-Identifier: GPL-2.0-or-later
"""Brackets that a search found beside a results folder, and which of them count."""

import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ANALYSIS = os.path.join(HERE, "..", "..", "harness", "analysis")
sys.path[:0] = [os.path.join(HERE, ".."), ANALYSIS, os.path.join(ANALYSIS, "tests")]
import bars  # noqa: E402
import fixture  # noqa: E402
import series  # noqa: E402
import knees  # noqa: E402

TRIAL = "testbed=lab capture=x generator=pktgen frame=64 rate=max count=20000 seed=1 senders=1 reader_cpu=1"


class Knees(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rxlab-test-")
        self.addCleanup(folder.cleanup)
        self.top = folder.name

    def found(self, name, lower=100000, upper=101000, trial=TRIAL, lab="a", goal=None):
        folder = os.path.join(self.top, "knees", name)
        os.makedirs(folder)
        with open(os.path.join(folder, "search.json"), "w", encoding="utf-8") as out:
            json.dump({"trial": trial, "goals": [{"goal": goal or {"loss": 0.0, "exceed": 0.0}, "lower_pps": lower,
                                                  "upper_pps": upper}]}, out)
        with open(os.path.join(folder, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(json.dumps({"testbed": {"identity": lab}}) + "\n")

    def knees(self):
        return knees.knees(os.path.join(self.top, "captures"), 64, "a")

    def test_none_where_nobody_searched(self):
        self.assertEqual(self.knees(), {})

    def test_only_of_the_same_lab_frame_and_plain_trial(self):
        self.found("libpcap")
        self.found("ykvm", upper=None)
        self.found("another lab", lab="b")
        self.found("large", trial=TRIAL.replace("frame=64", "frame=1518"))
        self.found("turned", trial=TRIAL + " set.gro=1")
        self.found("two senders", trial=TRIAL.replace("senders=1", "senders=2"))
        self.found("nothing", lower=None)
        self.found("some loss", goal={"loss": 0.005, "exceed": 0.5})
        os.makedirs(os.path.join(self.top, "knees", "interrupted"))
        self.assertEqual(self.knees(), {"libpcap": (100000, 101000), "ykvm": (100000, None)})

    def test_of_rows_where_nobody_set_anything_whatever_their_name(self):
        """A named set shows its knobs in its name and still matches its search; a row with the campaign's settings does not."""
        trials = [fixture.record(n, capture, rate=rate, knobs={"rx_usecs": usecs}, **settings)
                  for n, (capture, rate, usecs, settings) in enumerate((
                      ("null", 50000, "3", {}), ("null", 90000, "3", {}), ("libpcap", 50000, "3", {}),
                      ("interrupt-coalesced", 50000, "50", {}), ("ykvm", 50000, "3", {"buffers": "64"}),
                      ("ykvm", 90000, "3", {"buffers": "64"})))]
        os.makedirs(os.path.join(self.top, "captures"))
        with open(os.path.join(self.top, "captures", "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(fixture.lines(trials))
        for n, name in enumerate(("null", "interrupt-coalesced", "ykvm")):
            self.found(name, 60000 + 1000 * n, 61000 + 1000 * n, lab="00ff00ff00ff00ff")
        rows = {name: bar[3] for name, bar in bars.bars(series.Series(os.path.join(self.top, "captures")))}
        self.assertEqual(rows, {"null": "60.0 to 61.0", "interrupt-coalesced:rx_usecs=50": "61.0 to 62.0",
                                "libpcap": "≥ 50", "ykvm": "≥ 90"})

    def test_a_bracket_in_words(self):
        self.assertEqual(bars.searched((100000, 101040)), (100000, 100000, 101040, "100.0 to 101.0"))
        self.assertEqual(bars.searched((100000, None)), (100000, 100000, 100000, "≥ 100"))


if __name__ == "__main__":
    unittest.main()
