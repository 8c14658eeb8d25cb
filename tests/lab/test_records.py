# SPDX-License-Identifier: GPL-2.0-or-later
"""What a record says, for each capture of the quick campaign: below its knee, and where it is overloaded."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import PLACES, LabTest, Trials, lost, run, trial  # noqa: E402

CAPTURES = ("null", "libpcap", "ykvm", "napi-tuned", "interrupt-coalesced")
BELOW_KNEE = 60000
# What the machine has when nothing is set, and what each derived capture sets.
MACHINE = {"rx_ring": "256", "rx_usecs": "3", "gro": "0", "netdev_budget": "300", "netdev_budget_usecs": "8000",
           "dev_weight": "64", "napi_defer_hard_irqs": "0", "gro_flush_timeout": "0", "threaded": "0",
           "netdev_max_backlog": "1000", "rps_cpus": "0", "busy_poll": "0", "busy_read": "0", "channels": "1", "rss": "1",
           "adaptive_rx": None, "rx_frames": None, "nic": "chip"}
NAPI = {"netdev_budget": "600", "napi_defer_hard_irqs": "2", "gro_flush_timeout": "20000"}
KNOBS = {
    "null": {}, "libpcap": {}, "ykvm": {"buffers": "4096"},
    "napi-tuned": {**NAPI, "base": "libpcap"},
    "interrupt-coalesced": {"rx_usecs": "50", "base": "libpcap"},
}

ACCEPTANCE = trial("libpcap", 64, "max", 60000)
RARE, OFTEN = (trial("interrupt-coalesced", 64, 20000, 4000, rx_usecs=usecs) for usecs in (250, 50))
ON_YKVM = {name: trial(name, 64, BELOW_KNEE, 4000, base="ykvm") for name in ("napi-tuned", "interrupt-coalesced")}
SMALL = {(name, rate): trial(name, 64, rate) for name in CAPTURES for rate in (BELOW_KNEE, "max")}
LARGE = {(name, frame, rate): trial(name, frame, rate, 4000)
         for name in ("null", "libpcap", "ykvm") for frame in (512, 1518) for rate in (BELOW_KNEE, "max")}
BUFFER = trial("libpcap", 64, BELOW_KNEE, 2000, buffer_bytes=262144)
TWO_SETTINGS = trial("interrupt-coalesced", 64, BELOW_KNEE, 2000, rx_ring=512, rx_usecs=100)

TRIALS = Trials([ACCEPTANCE, RARE, OFTEN, *ON_YKVM.values(), *SMALL.values(), *LARGE.values(), BUFFER, TWO_SETTINGS])


class Records(LabTest):
    def each(self, check):
        """check(record) of every record of this file, each as a subtest. Parsed, so of a valid schema."""
        for words in TRIALS.wanted:
            with self.subTest(" ".join(words)):
                check(TRIALS.record(words))

    def test_status_is_ok(self):
        def check(record):
            self.assertEqual((record["status"], record["reason"]), ("ok", None))

        self.each(check)

    def test_every_frame_is_accounted_for(self):
        def check(record):
            ledger = record["ledger"]
            self.assertEqual(ledger["unaccounted"], 0)
            self.assertEqual(ledger["offered"], record["generator"]["sent"])
            self.assertEqual(ledger["offered"], ledger["delivered"] + ledger["dropped"])
            self.assertEqual(ledger["dropped"], sum(record["drops"][place] or 0 for place in PLACES))
            self.assertEqual(record["generator"]["sent"], record["spec"]["count"])

        self.each(check)

    def test_wire_carries_what_was_sent(self):
        def check(record):
            nic, drops = record["nic"], record["drops"]
            self.assertEqual(nic["wire"], record["generator"]["sent"])
            self.assertEqual(nic["wire"] - nic["accepted"], drops["nic_no_descriptor"])
            self.assertEqual(nic["accepted"] - nic["driver"], drops["nic_other"])
            self.assertEqual(nic["first_drop"] is None, drops["nic_no_descriptor"] == 0)

        self.each(check)

    def test_nothing_is_doubled_reordered_or_damaged(self):
        def check(record):
            capture = record["capture"]
            # Without a consumer nobody checks the frames: unknown, not 0.
            wanted = None if capture["name"] == "null" else 0
            for what in ("duplicates", "reordered", "corrupted", "foreign"):
                self.assertEqual(capture[what], wanted, what)
            if wanted == 0:
                self.assertEqual(capture["unique"], capture["received"])
            self.assertEqual(capture["received"], record["ledger"]["delivered"])

        self.each(check)

    def test_captures_own_counts_agree(self):
        def check(record):
            own, capture = record["capture"]["own"], record["capture"]
            base = record["knobs"].get("base", capture["name"])
            self.assertEqual(own["dropped"], record["drops"]["capture"])
            if base == "libpcap":  # its count of received frames has the dropped ones in it
                self.assertEqual(own["received"], capture["received"] + own["dropped"])
                self.assertEqual(own["received"], record["nic"]["driver"])
            elif base == "ykvm":  # and this one what lay in the ring at the end
                self.assertEqual(own["received"], capture["received"] + record["drops"]["consumer"])
            else:
                self.assertEqual(own["received"], record["nic"]["driver"])

        self.each(check)

    def test_instruments_outside_agree_with_the_guest(self):
        def check(record):
            cpu = record["cpu"]
            self.assertGreater(cpu["busy_ns"], 100 * record["nic"]["accepted"])
            self.assertLess(cpu["busy_ns"], cpu["total_ns"])
            self.assertTrue(0.2 <= cpu["dut_share"] <= 0.3, cpu)
            self.assertGreater(record["irq"]["polls"], 0)
            self.assertGreater(record["irq"]["hard"], 0)
            self.assertGreater(record["irq"]["switches"], 0)

        self.each(check)

    def test_latency_is_ordered(self):
        def check(record):
            latency = record["latency_ns"]
            if record["capture"]["name"] == "null":
                self.assertIsNone(latency)
                return
            self.assertEqual(latency["n"], record["capture"]["unique"])
            ordered = [latency[key] for key in ("p50", "p90", "p99", "p99_9", "max")]
            self.assertEqual(ordered, sorted(ordered))
            self.assertGreater(latency["p50"], 0)
            self.assertLessEqual(latency["mean"], latency["max"])

        self.each(check)

    def test_nothing_is_lost_below_the_knee(self):
        for name in CAPTURES:
            with self.subTest(name):
                record = TRIALS.record(SMALL[name, BELOW_KNEE])
                self.assertEqual(record["ledger"]["delivered"], 10000)
                self.assertEqual(record["ledger"]["dropped"], 0)

    def test_overload_loses(self):
        for name in CAPTURES:
            with self.subTest(name):
                record = TRIALS.record(SMALL[name, "max"])
                self.assertGreater(record["ledger"]["dropped"], 0)
                self.assertGreater(record["ledger"]["delivered"], 0)
                self.assertIsNone(record["spec"]["rate_pps"])

    def test_frame_sizes(self):
        for (name, frame, rate), words in LARGE.items():
            with self.subTest(" ".join(words)):
                record = TRIALS.record(words)
                self.assertEqual((record["spec"]["frame_bytes"], record["spec"]["pkt_size"]), (frame, frame - 4))
                self.assertEqual(lost(record) > 0, rate == "max")

    def test_knobs_are_as_read_back(self):
        for name in CAPTURES:
            with self.subTest(name):
                self.assertEqual(TRIALS.record(SMALL[name, "max"])["knobs"], {**MACHINE, **KNOBS[name]})
        knobs = TRIALS.record(TWO_SETTINGS)["knobs"]
        self.assertEqual((knobs["rx_ring"], knobs["rx_usecs"]), ("512", "100"))

    def test_settings_stand_in_the_record(self):
        self.assertEqual(TRIALS.record(BUFFER)["spec"]["set"], {"buffer_bytes": "262144"})
        self.assertEqual(TRIALS.record(TWO_SETTINGS)["spec"]["set"], {"rx_ring": "512", "rx_usecs": "100"})

    def test_acceptance_line(self):
        record = TRIALS.record(ACCEPTANCE)
        self.assertEqual(record["ledger"]["offered"], 60000)
        self.assertGreater(record["ledger"]["dropped"], 0)
        self.assertEqual(record["ledger"]["unaccounted"], 0)

    def test_coalescing_spares_interrupts(self):
        rare, often = TRIALS.record(RARE), TRIALS.record(OFTEN)
        self.assertEqual((rare["knobs"]["rx_usecs"], often["knobs"]["rx_usecs"]), ("250", "50"))
        self.assertTrue(1 / 5 <= rare["irq"]["hard"] / often["irq"]["hard"] <= 1 / 3, (rare["irq"], often["irq"]))

    def test_derived_captures_work_on_ykvm(self):
        for name, words in ON_YKVM.items():
            with self.subTest(name):
                record = TRIALS.record(words)
                self.assertEqual((record["knobs"]["base"], record["knobs"]["buffers"]), ("ykvm", "4096"))
                self.assertEqual(record["capture"]["name"], name)
                self.assertEqual(record["ledger"]["delivered"], 4000)

    def test_unknown_settings_are_refused(self):
        for words, wanted in (
            (trial("libpcap", rx_usecs=5), "rx_usecs"),
            (trial("ykvm", base="libpcap"), "base"),
            (trial("interrupt-coalesced", base="nosuch"), "nosuch"),
            (trial("interrupt-coalesced", base="interrupt-coalesced"), "interrupt-coalesced"),
            (trial("interrupt-coalesced", rx_usecs=100001), "rx_usecs=100001"),
            (trial("libpcap", gen_nosuch=1), "gen.nosuch"),
        ):
            with self.subTest(" ".join(words)):
                done = run(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(wanted, done.stderr)


if __name__ == "__main__":
    unittest.main()
