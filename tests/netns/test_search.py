# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""Searches at wall clock: results agree with the records, a sender that is the limit ends them, --resume."""

import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "harness", "analysis")]
import native  # noqa: E402
from netns import SCHEMA, NetnsTest, interfaces, run, schema, spaces, until  # noqa: E402

WIDTH, SECONDS = 0.2, 0.1
MOST = 200  # of trials; a search that does not end has 1,000


def share_lost(record):
    return 1 - record["ledger"]["delivered"] / record["ledger"]["offered"]


class Search(NetnsTest):
    def setUp(self):
        super().setUp()
        self.out = os.path.join(self.side, "out")
        self.before = spaces(), interfaces()

    def tearDown(self):
        until(lambda: spaces() <= self.before[0], "end of the namespaces")
        self.assertEqual(interfaces(), self.before[1])

    def search(self, capture, generator, *words):
        done = run("search", "--testbed", "netns", "--capture", capture, "--generator", generator, "--frame", "64",
                   "--duration", str(SECONDS), "--goal", f"loss=0,width={WIDTH}", "--out", self.out, "--json", *words)
        self.assertIn(done.returncode, (0, 1), done)
        found = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if found["goals"][0]["regular"] else 1)
        return found, found["goals"][0]

    def records(self):
        with open(os.path.join(self.out, "trials.jsonl"), encoding="ascii") as lines:
            return [schema.parse(line, "trials.jsonl", SCHEMA) for line in lines]

    def checked(self, found, goal):
        """The bounds agree with the records; a result without bounds gives a reason."""
        records = self.records()
        self.assertEqual(len(records), found["trials"])
        self.assertLess(len(records), MOST)
        at = {}
        for r in records:
            if r["status"] == "ok" and not native.disturbed(r):
                self.assertEqual(r["ledger"]["unaccounted"], 0, r)
                at.setdefault(r["spec"]["rate_pps"], []).append(r)
        if goal["regular"]:
            self.assertLessEqual(1 - goal["lower_pps"] / goal["upper_pps"], WIDTH)
            self.assertTrue(any(map(share_lost, at.get(goal["upper_pps"], at.get(None, [])))), at.keys())
        else:
            self.assertTrue(goal["reason"])
        if goal["lower_pps"] in at:
            self.assertEqual([share_lost(r) for r in at[goal["lower_pps"]]][:2], [0, 0])
        elif goal["lower_pps"]:
            self.assertLessEqual(goal["lower_pps"], min(r["generator"]["achieved_pps"] for r in at[None]))

    def test_bounds_are_those_of_the_records(self):
        for capture, generator in (("tpacket3", "txring"), ("recv", "txring"), ("ykvm-xdp", "xdp-live")):
            with self.subTest(capture=capture):
                self.needs(generator)
                self.out = os.path.join(self.side, capture)
                self.checked(*self.search(capture, generator))

    def test_a_sender_above_its_first_guess_ends_the_search(self):
        self.needs("xdp-live")
        found, goal = self.search("xdp-count", "xdp-live")
        self.checked(found, goal)
        whole = [r for r in self.records() if r["status"] == "ok" and r["spec"]["rate_pps"] is None]
        if "as fast as the sender goes" in (goal["reason"] or ""):
            self.assertGreaterEqual(whole[-1]["generator"]["duration_ns"], SECONDS * 0.99e9)

    def test_resumed_when_done_it_asks_for_nothing(self):
        first, _ = self.search("recv", "txring")
        before = self.records()
        again, _ = self.search("recv", "txring", "--resume")
        self.assertEqual((again, self.records()), (first, before))


if __name__ == "__main__":
    unittest.main()
