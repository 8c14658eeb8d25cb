# SPDX-License-Identifier: GPL-2.0-or-later
"""Searches in the lab: the known rates of ykvm and libpcap, with and without the model; killed and resumed, the same."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import RXLAB, LabTest, lost, parse, run  # noqa: E402

SEARCH = ("search", "--capture", "ykvm", "--frame", "64", "--goal", "loss=0,width=2%")
KNOWN, NEAR, WIDTH = 205900, 0.03, 0.02
LIBPCAP, TEETH = 121000, 0.05  # a search ends at the tooth of the knee that it meets: 116,500 to 125,400 were seen
RAGGED = 0.01  # the knee, by the phase (docs/noloss.md)
FILES = ("search.txt", "plan.jsonl", "trials.jsonl", "search.json")


def lines(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="ascii") as text:
            return text.readlines()
    except FileNotFoundError:
        return []


class Search(LabTest):
    whole = None  # the folder and the result of a search with the model, which more than one test looks at

    @classmethod
    def tearDownClass(cls):
        if Search.whole:
            shutil.rmtree(os.path.dirname(Search.whole[0]))
            Search.whole = None

    def with_model(self):
        if not Search.whole:
            out = os.path.join(tempfile.mkdtemp(prefix="rxlab-test-"), "out")
            Search.whole = out, None
            Search.whole = out, self.found(out, "--model")
        return Search.whole

    def found(self, out, *words, search=SEARCH):
        done = run(*search, "--out", out, "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def checked(self, out, result, known=KNOWN, near=NEAR):
        """The bounds are near the known rate and agree with the records."""
        goal = result["goals"][0]
        self.assertTrue(goal["regular"], result)
        self.assertLess(abs(goal["lower_pps"] / known - 1), near, result)
        self.assertLessEqual(1 - goal["lower_pps"] / goal["upper_pps"], WIDTH)
        records = [parse(line) for line in lines(out, "trials.jsonl")]
        self.assertEqual(len(records), result["trials"])
        loss = {record["spec"]["rate_pps"]: lost(record) for record in records}
        self.assertEqual(loss[goal["lower_pps"]], 0)
        self.assertTrue(all(share > 0 for rate, share in loss.items() if rate and rate >= goal["upper_pps"]), loss)
        plan = [json.loads(line) for line in lines(out, "plan.jsonl")]
        self.assertEqual([trial["id"] for trial in plan], [record["id"] for record in records])
        self.assertTrue(all(trial["reason"].startswith("goal 1 (loss 0 %): ") for trial in plan), plan)
        return goal

    def test_the_model_saves_trials_and_finds_the_same(self):
        out = os.path.join(self.folder(), "out")
        folders = {"--model": self.with_model(), "--no-model": (out, self.found(out, "--no-model"))}
        results = {option: result for option, (_, result) in folders.items()}
        goals = {option: self.checked(*found) for option, found in folders.items()}
        self.assertLess(results["--model"]["trials"], results["--no-model"]["trials"])
        self.assertIsNone(goals["--no-model"]["predicted"])
        # Both brackets are true, and would overlap if the knee were not ragged.
        least = max(goal["lower_pps"] for goal in goals.values())
        most = min(goal["upper_pps"] for goal in goals.values())
        self.assertLessEqual(least / most - 1, RAGGED, goals)

    def test_a_ragged_knee_is_found_too(self):
        """libpcap loses nothing at some rates above others at which it loses 2 %."""
        out = os.path.join(self.folder(), "out")
        words = [word.replace("ykvm", "libpcap") for word in SEARCH]
        goal = self.checked(out, self.found(out, "--model", search=words), LIBPCAP, TEETH)
        self.assertLess(abs(goal["predicted"]["pps"] / LIBPCAP - 1), TEETH, goal)

    def test_killed_and_resumed_it_is_the_same(self):
        whole, part = self.with_model()[0], os.path.join(self.folder(), "part")
        words = [RXLAB, *SEARCH, "--model", "--out", part]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as search:
            while search.poll() is None and not lines(part, "trials.jsonl"):
                time.sleep(0.05)
            search.send_signal(signal.SIGKILL)
        self.assertFalse(lines(part, "search.json"))
        for _ in range(100):  # its last trial holds the folder until it has seen that its parent is gone
            done = run(*SEARCH, "--model", "--out", part, "--resume")
            if "another rxlab" not in done.stderr:
                break
            time.sleep(0.1)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in FILES:
            self.assertEqual(lines(part, name), lines(whole, name), name)

    def test_the_sender_ends_it(self):
        """Beyond the sender's limit nothing is loss: the search says where that limit is."""
        done = run("search", "--capture", "null", "--frame", "64", "--count", "3000", "--no-model", "--min-rate", "400000",
                   "--max-rate", "500000", "--goal", "loss=0", "--out", os.path.join(self.folder(), "out"))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("are invalid: the sender achieved", done.stdout)
        self.assertNotIn("% lost", done.stderr)


if __name__ == "__main__":
    unittest.main()
