# SPDX-License-Identifier: GPL-2.0-or-later
"""Several interrupt CPUs: queues, RSS, RPS, a reader for each ring; each CPU of the DUT keeps its part of the clock."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, lost, run, trial  # noqa: E402

SHARE = 0.25
TWO = {"channels": 2, "gen_flows": 64}
RINGS = {**TWO, "members": 2, "spread": "queue"}
CALM = trial("ykvm", 64, 120000, 4000, **RINGS)
# Frames that cost the sender little, so that it can offer more than one CPU of the DUT carries.
FAST = {**RINGS, "gen_clone_skb": 8}
BOTH = trial("ykvm", 64, 360000, 12000, **FAST)
ONE = trial("ykvm", 64, 360000, 12000, **FAST, rss="off")
FANOUT = trial("fanout", 64, 60000, 3000, **TWO)
SKEWED = trial("tpacket3", 64, 60000, 3000, **TWO, rss="0:1")
HANDED_ON = trial("tpacket3", 64, 60000, 3000, **TWO, rss="off", rps_cpus=4)
TRIALS = Trials([CALM, BOTH, ONE, FANOUT, SKEWED, HANDED_ON])

REFUSED = (
    (trial("ykvm", channels=5), "channels=5"),
    (trial("ykvm", channels="many"), "channels=many"),
    (trial("ykvm", rss="off"), "one queue"),
    (trial("ykvm", channels=2, rss="1:2:3"), "rss=1:2:3"),
    (trial("ykvm", channels=2, rss="0:0"), "no queue"),
    (trial("ykvm", rps_cpus=1), "sender"),
    (trial("ykvm", rps_cpus=40), "rps_cpus=40"),
    (trial("ykvm-zc", channels=2), "driver of its own"),
    (trial("recv", channels=2, fault="stall"), "fault=stall"),
    (trial("ykvm", members=2, spread="chance"), "spread=chance"),
    ((*trial("null", channels=2), "--testbed", "netns"), "netns"),
)


def each(record, key):
    return [cpu[key] for cpu in record["cpu"]["each"]]


class Topology(LabTest):
    def test_two_queues_are_two_cpus_work(self):
        record = TRIALS.record(CALM)
        self.assertEqual(record["ledger"], {"offered": 4000, "delivered": 4000, "dropped": 0, "unaccounted": 0})
        self.assertEqual((record["knobs"]["channels"], record["knobs"]["rss"]), ("2", "64:64"))
        self.assertEqual(each(record, "cpu"), [1, 2])
        for key in ("busy_ns", "interrupts"):
            self.assertGreater(min(each(record, key)), 0.5 * max(each(record, key)), key)
        self.assertEqual(sum(each(record, "busy_ns")), record["cpu"]["busy_ns"])
        self.assertEqual(sum(each(record, "interrupts")), record["irq"]["hard"])

    def test_two_carry_what_one_cannot(self):
        self.assertEqual(lost(TRIALS.record(BOTH)), 0)
        self.assertGreater(lost(TRIALS.record(ONE)), 0.3)
        self.assertEqual(TRIALS.record(ONE)["ledger"]["unaccounted"], 0)

    def test_a_cpu_is_as_fast_whoever_is_awake(self):
        for words in TRIALS.wanted:
            record = TRIALS.record(words)
            with self.subTest(words):
                self.assertAlmostEqual(record["cpu"]["dut_share"], SHARE, delta=0.0015)
                for share in each(record, "share"):
                    self.assertAlmostEqual(share or SHARE, SHARE, delta=0.004)

    def test_members_are_read_beside_each_other(self):
        record = TRIALS.record(FANOUT)
        self.assertEqual(record["ledger"]["delivered"] + record["ledger"]["dropped"], 3000)
        self.assertEqual((record["ledger"]["unaccounted"], record["capture"]["duplicates"]), (0, 0))
        self.assertGreater(min(each(record, "busy_ns")), 0.5 * max(each(record, "busy_ns")))

    def test_rss_by_weights(self):
        record = TRIALS.record(SKEWED)
        first, second = each(record, "interrupts")
        self.assertEqual(record["knobs"]["rss"], "0:128")
        self.assertLess(first, second / 10)
        self.assertEqual(record["ledger"]["unaccounted"], 0)

    def test_rps_hands_frames_on(self):
        record = TRIALS.record(HANDED_ON)
        first, second = each(record, "interrupts")
        self.assertEqual((record["knobs"]["rss"], record["knobs"]["rps_cpus"]), ("128:0", "4"))
        self.assertLess(second, first / 10)
        self.assertGreater(each(record, "busy_ns")[1], TRIALS.record(SKEWED)["cpu"]["each"][0]["busy_ns"] * 5)
        self.assertEqual(record["ledger"]["unaccounted"], 0)

    def test_the_same_bytes_on_a_busy_machine(self):
        for _ in range(os.cpu_count() or 1):
            spinner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            self.addCleanup(spinner.wait)
            self.addCleanup(spinner.kill)
        for words in (CALM, ONE):
            again = run(*words)
            self.assertEqual((again.returncode, again.stdout), (0, TRIALS.line(words)))

    def test_wrong_settings_are_refused_when_planned(self):
        for words, said in REFUSED:
            with self.subTest(words):
                done = run(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(said, done.stderr.splitlines()[0])


if __name__ == "__main__":
    unittest.main()
