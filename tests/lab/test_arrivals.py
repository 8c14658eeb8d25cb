# SPDX-License-Identifier: GPL-2.0-or-later
"""Arrivals other than constant: repeatable, checked against the times that were drawn, and with an effect on the DUT."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, lost, parse, run, trial  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "netns"))
from test_generators import pcap  # noqa: E402


def drawn(law, capture="recv", rate=63000, count=20000, **settings):
    return (*trial(capture, 64, rate, count, gen_arrivals=law, **settings), "--generator", "txring")


LAWS = {law: drawn(law) for law in ("constant", "poisson", "on-off")}
TOO_FAST = drawn("poisson", "null", 150000, 8000)
TRIALS = Trials((*LAWS.values(), TOO_FAST))


class Arrivals(LabTest):
    def test_equal_trials_give_equal_records(self):
        words = drawn("poisson", "libpcap", 80000, 5000)
        first, second = run(*words), run(*words)
        self.assertEqual(first.returncode, 0, first)
        self.assertEqual(first.stdout, second.stdout)
        other = parse(run(*words, "--seed", "2").stdout)
        self.assertNotEqual(other["generator"], parse(first.stdout)["generator"])

    def test_the_sender_keeps_the_law(self):
        wanted = {"constant": (0, 0.05), "poisson": (0.85, 1.1), "on-off": (20, 100)}
        for law, words in LAWS.items():
            with self.subTest(law):
                record = TRIALS.record(words)
                schedule = record["generator"]["schedule"]
                self.assertLessEqual(wanted[law][0], schedule["scv"])
                self.assertLessEqual(schedule["scv"], wanted[law][1])
                self.assertLessEqual(schedule["late_ns"]["p99"], 30000)
                self.assertEqual(record["ledger"]["unaccounted"], 0)

    def test_the_law_is_felt(self):
        """One mean rate, just below the knee: equal gaps lose nothing, others do."""
        losses = {law: lost(TRIALS.record(words)) for law, words in LAWS.items()}
        self.assertEqual(losses["constant"], 0)
        self.assertGreater(losses["poisson"], 0.05)
        self.assertGreater(losses["on-off"], 0.05)

    def test_a_sender_that_cannot_keep_the_law_makes_the_trial_invalid(self):
        record = parse(TRIALS.line(TOO_FAST))
        self.assertEqual(record["status"], "invalid")
        self.assertIn("squared variation", record["reason"])
        self.assertLess(record["generator"]["schedule"]["scv"], 0.8 * record["generator"]["schedule"]["scv_asked"])

    def test_libnets_own_socket_is_no_captures(self):
        """It hears all interfaces: other frames that it saw were once counted as rejected by a filter."""
        record = parse(run(*trial("libpcap", 64, 30000, 3000), "--generator", "libnet").stdout)
        self.assertEqual((record["status"], record["drops"]["filter"]), ("ok", 0), record)
        self.assertEqual((record["ledger"]["delivered"], record["ledger"]["unaccounted"]), (3000, 0))

    def test_bunches_are_single_arrivals(self):
        record = parse(run(*drawn("constant", "libpcap", 40000, 4000, gen_bunch=8)).stdout)
        self.assertEqual((record["status"], record["capture"]["unique"]), ("ok", 4000), record)
        self.assertLess(record["generator"]["schedule"]["scv"], 0.1)

    def test_a_file_goes_into_the_guest(self):
        with tempfile.TemporaryDirectory(prefix="rxlab-test-") as folder:
            path = pcap(os.path.join(folder, "a.pcap"), [20, 50, 30] * 300)
            times = (*drawn("trace", "libpcap", "own", 900, gen_trace=path),)
            frames = (*trial("libpcap", 1518, "own", 3000, gen_pcap=path), "--generator", "replay")
            for words in (times, frames):
                first, second = run(*words), run(*words)
                self.assertEqual(first.returncode, 0, first)
                self.assertEqual(first.stdout, second.stdout)
                record = parse(first.stdout)
                self.assertEqual(record["capture"]["unique"], record["spec"]["count"])
                self.assertEqual(record["capture"]["corrupted"], 0)
                self.assertLessEqual(abs(record["spec"]["rate_pps"] - 30000), 20)


if __name__ == "__main__":
    unittest.main()
