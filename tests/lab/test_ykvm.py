# SPDX-License-Identifier: GPL-2.0-or-later
"""ykvm's rings and their parameters: policies, chains, members, memory, waking; every frame is accounted for."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, run, trial  # noqa: E402

ROWS = ("ykvm", "ykvm-tap", "ykvm-user")
COUNT = 500
# All frames of these come: far below any knee.
CALM = {
    "the newest dropped": trial("ykvm", 64, 20000, COUNT, overwrite=0),
    "chains": trial("ykvm", 1518, 20000, COUNT, overwrite=0, buffer_bytes=256),
    "cut to a buffer": trial("ykvm", 1518, 20000, COUNT, buffer_bytes=256),
    "snap length": trial("ykvm-tap", 1518, 20000, COUNT, snaplen=58),
    "woken by count": trial("ykvm", 64, 20000, COUNT, wake_frames=32, wake_usecs=2000),
    "busy": trial("ykvm", 64, 20000, COUNT, busy_usecs=100),
    "stamped": trial("ykvm-tap", 64, 20000, COUNT, stamp=1),
    "members": (*trial("ykvm", 64, 20000, COUNT, members=4), "--senders", "2"),
    "members tapping": (*trial("ykvm-tap", 64, 20000, COUNT, members=2, overwrite=0), "--senders", "2"),
    "huge pages": trial("ykvm-user", 64, 20000, COUNT, huge_pages=1),
    "huge pages, the newest dropped": trial("ykvm-user", 1518, 20000, COUNT, huge_pages=1, overwrite=0),
    "chains in user memory": trial("ykvm-user", 1518, 20000, COUNT, overwrite=0, buffer_bytes=512),
}
# A ring that is too short for the rate.
SHORT = {(row, overwrite): trial(row, 64, "max", 4000, buffers=64, overwrite=overwrite)
         for row in ROWS for overwrite in (0, 1)}
GRO = trial("ykvm", 64, 20000, COUNT, gro=1)
TRIALS = Trials([*CALM.values(), *SHORT.values(), GRO])


class Ykvm(LabTest):
    def test_every_frame_comes_once(self):
        for name, words in CALM.items():
            with self.subTest(name):
                record = TRIALS.record(words)
                self.assertEqual(record["ledger"], {"offered": COUNT, "delivered": COUNT, "dropped": 0,
                                                    "unaccounted": 0})
                capture = record["capture"]
                self.assertEqual((capture["corrupted"], capture["duplicates"]), (0, 0))

    def test_a_short_ring_loses_and_says_so(self):
        for (row, overwrite), words in SHORT.items():
            with self.subTest(row, overwrite=overwrite):
                record = TRIALS.record(words)
                self.assertEqual(record["ledger"]["unaccounted"], 0)
                self.assertGreater(record["drops"]["capture"], 0)
                self.assertEqual(record["capture"]["own"]["dropped"], record["drops"]["capture"])
                self.assertEqual(record["knobs"]["buffers"], "64")

    def test_waking_by_count_saves_work(self):
        alone = TRIALS.record(CALM["the newest dropped"])
        batched = TRIALS.record(CALM["woken by count"])
        self.assertLess(batched["cpu"]["busy_ns"], alone["cpu"]["busy_ns"] * 0.8)
        self.assertGreater(batched["latency_ns"]["p50"], alone["latency_ns"]["p50"])

    def test_gro_is_off_unless_asked_for(self):
        self.assertEqual(TRIALS.record(CALM["the newest dropped"])["knobs"]["gro"], "0")
        self.assertEqual(TRIALS.record(GRO)["knobs"]["gro"], "1")

    def test_huge_pages_are_reserved(self):
        # 4096 buffers and 64 spares of 2048 bytes
        self.assertEqual(TRIALS.record(CALM["huge pages"])["knobs"]["nr_hugepages"], "5")

    def test_huge_pages_that_the_kernel_did_not_give(self):
        # 32768 buffers and 64 spares of 16 KiB: as much as the guest's whole memory
        out = run(*trial("ykvm-user", huge_pages=1, buffers=32768, buffer_bytes=16384)).stdout
        self.assertRegex(out, r"nr_hugepages: 257 asked for, the kernel gave \d+\"")

    def test_what_cannot_be_is_refused_before_a_trial(self):
        for words, message in (
            (trial("ykvm", buffers=100), "ykvm: buffers=100: not a power of two"),
            (trial("ykvm", buffer_bytes=300), "ykvm: buffer_bytes=300: not a power of two"),
        ):
            with self.subTest(message):
                done = run(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(message, done.stderr)

    def test_what_only_the_module_knows_is_refused_by_it(self):
        words = trial("ykvm-user", huge_pages=1, overwrite=0, buffers=64)
        self.assertIn("must be a multiple", run(*words).stdout)


if __name__ == "__main__":
    unittest.main()
