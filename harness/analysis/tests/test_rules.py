# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that C has too: both languages give the answers of results/fixtures/rules.json. Its other readers are
harness/runner/tests/interference_test.c, models/tests/rules_test.c and harness/search/tests/search_rules_test.c."""
import glob
import json
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import conditions  # noqa: E402
import fixture  # noqa: E402
import native  # noqa: E402
import rates  # noqa: E402
import records as rec  # noqa: E402
from interference import disturbed  # noqa: E402
from table import grouped  # noqa: E402

with open(os.path.join(fixture.FOLDER, "rules.json"), encoding="utf-8") as _text:
    RULES = json.load(_text)


def trial(row):
    return {"spec": {"rate_pps": row["rate_pps"]}, "ledger": {"delivered": row["carried"]},
            "generator": {"sent": row["sent"], "achieved_pps": row["achieved_pps"]}}


class Rules(unittest.TestCase):
    def test_interference(self):
        for case in RULES["interference"]:
            with self.subTest(case["name"]):
                self.assertEqual(disturbed(case["record"]), case["disturbed"])

    def ladder(self, case):
        trials = sorted(map(trial, case["trials"]), key=rec.rate_order)
        return grouped(trials, lambda r: r["spec"]["rate_pps"])

    def test_loss_free_rate(self):
        for case in RULES["loss_free"]:
            with self.subTest(case["name"]):
                self.assertEqual(rates.loss_limits(self.ladder(case)), (case["free_pps"], case["bad_pps"]))

    def test_loss_free_rate_in_a_block(self):
        """There each rate stands once, and the order is that of what was achieved; 0 is none."""
        for case in RULES["loss_free"]:
            trials = sorted(map(trial, case["trials"]), key=rec.rate_order)
            achieved = [native.offered(r) for r in trials]
            if achieved == sorted(achieved) and len(self.ladder(case)) == len(trials):
                with self.subTest(case["name"]):
                    self.assertEqual(native.loss_free(trials, native.asked_rates(trials)), case["free_pps"] or 0)

    def test_variant(self):
        for case in RULES["variant"]:
            self.assertEqual(conditions.variant({"spec": case["spec"], "knobs": case["knobs"]}), case["variant"])


class Names(unittest.TestCase):
    """Which settings are of the trial and which are knobs of the machine stands in C's tables too."""

    def words(self, pattern, *path):
        found = glob.glob(os.path.join(ROOT, *path), recursive=True)
        self.assertEqual(len(found), 1, found)
        with open(found[0], encoding="utf-8") as text:
            return set(re.findall(pattern, text.read(), re.M))

    def test_settings_of_every_trial(self):
        known = self.words(r'^#define \w+_KEY "(\w+)"', "harness", "record", "settings.h")
        self.assertGreater(len(known), 4)
        self.assertEqual(known - set(conditions.TRIAL) - set(conditions.KNOBS), {conditions.LABEL})

    def test_knobs(self):
        known = self.words(r'^\t\{ "(\w+)",', "harness", "**", "knobs.c")
        self.assertGreater(len(known), 10)
        self.assertEqual(known - set(conditions.KNOBS), set())


if __name__ == "__main__":
    unittest.main()
