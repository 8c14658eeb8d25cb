# SPDX-License-Identifier: GPL-2.0-or-later
"""Mixes of frame sizes: repeatable, what was asked left the sender, and every size is accounted for."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, records, run, trial  # noqa: E402

IMIX = "64:7,594:4,1518:1"


def mixed(capture, rate, *more, frame="imix", count=1200, **settings):
    return (*trial(capture, frame, rate, count, **settings), *more)


LOSSLESS = mixed("libpcap", 50000, rx_usecs=100)
IN_TURN = mixed("ykvm", 50000, "--generator", "txring")
LOSSY = mixed("recv", "max")
NULL = mixed("null", 50000)
CHECKED = mixed("libpcap", 50000, "--senders", "2", verify=1)
TRIALS = Trials((LOSSLESS, IN_TURN, LOSSY, NULL, CHECKED))


def by_size(record, key):
    return [size[key] for size in record["ledger"]["sizes"]]


class Mix(LabTest):
    def test_equal_trials_give_equal_records_however_the_mix_is_written(self):
        words = [word if word != "imix" else "1518:2,594:8,64:14" for word in LOSSLESS]
        self.assertEqual(run(*words).stdout, TRIALS.line(LOSSLESS))

    def test_every_size_is_accounted_for(self):
        for words in (LOSSLESS, IN_TURN, LOSSY, CHECKED):
            with self.subTest(" ".join(words)):
                record = TRIALS.record(words)
                self.assertEqual((record["spec"]["frame"], record["spec"]["frame_bytes"]), (IMIX, 361.83))
                self.assertEqual(sum(by_size(record, "sent")), record["ledger"]["offered"])
                self.assertEqual(sum(by_size(record, "received")), record["ledger"]["delivered"])
                self.assertEqual((record["ledger"]["unaccounted"], record["capture"]["corrupted"]), (0, 0))

    def test_sizes_as_asked(self):
        """pktgen draws them, by whole percents of its table: within six sigma. In turn they are exact."""
        self.assertEqual(by_size(TRIALS.record(IN_TURN), "sent"), [700, 400, 100])
        for share, sent in zip((0.58, 0.33, 0.09), by_size(TRIALS.record(LOSSLESS), "sent")):
            self.assertAlmostEqual(sent, 1200 * share, delta=6 * (1200 * share * (1 - share)) ** 0.5)

    def test_losses_and_consumers_in_the_kernel(self):
        record = TRIALS.record(LOSSY)
        self.assertTrue(all(size["received"] < size["sent"] for size in record["ledger"]["sizes"]), record["ledger"])
        self.assertEqual(by_size(TRIALS.record(NULL), "received"), [None, None, None])

    def test_bits_a_second(self):
        record = TRIALS.record(IN_TURN)
        bits = sum(8 * size["frame_bytes"] * size["sent"] for size in record["ledger"]["sizes"])
        self.assertEqual(record["generator"]["achieved_bps"], round(bits * 1e9 / record["generator"]["duration_ns"]))

    def test_what_cannot_be_sent_is_said_before_the_lab_starts(self):
        for frame, more, why in (("64:0,594:1", (), "weight '0' must be 1 to 1000"),
                                 ("64:200,594:1", (), "less than 1 % of the frames"),
                                 ("imix", ("--set", "gen.burst=2"), "gen.burst: repeats frames of one size")):
            done = run(*mixed("null", 50000, *more, frame=frame))
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 2), done)  # and where the help is
            self.assertIn(why, done.stderr)

    def test_search_and_tune(self):
        folder = self.folder()
        done = run("tune", "--capture", "libpcap", "--frame", "imix", "--rate", "60000", "--count", "600", "--over",
                   "rx_usecs=0,250", "--trials", "8", "--confirm", "1", "--no-model", "--out", os.path.join(folder, "tune"),
                   "--json", "--least", "irq")
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(json.loads(done.stdout)["rates"])
        done = run("search", "--capture", "null", "--frame", "imix", "--count", "600", "--no-model", "--min-rate", "400000",
                   "--goal", "loss=0,width=20%", "--out", os.path.join(folder, "search"))
        self.assertIn(done.returncode, (0, 1), done)
        for name in ("tune", "search"):
            found = records(os.path.join(folder, name))
            self.assertTrue(found and all(r["spec"]["frame"] == IMIX and r["status"] == "ok" for r in found), found)


if __name__ == "__main__":
    unittest.main()
