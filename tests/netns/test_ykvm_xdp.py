# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""ykvm-xdp: the end of a burst arrives, both ways of copying leave every byte as it was, a sleeper is woken."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import NetnsTest, command  # noqa: E402

PUBLISHED = 32  # frames at a time


class YkvmXdp(NetnsTest):
    def whole(self, words, count):
        record = self.measured(words)
        self.assertEqual(record["ledger"]["unaccounted"], 0, record)
        self.assertEqual(record["drops"]["consumer"], 0, record)
        self.assertEqual(record["capture"]["corrupted"], 0, record)
        self.assertEqual(record["capture"]["unique"] + record["drops"]["capture"], count, record)
        return record

    def test_end_of_a_burst(self):
        self.needs("xdp-live")
        for settings in ({}, {"spin_usecs": 200}, {"spin_usecs": 100000}, {"wake_usecs": 0}, {"overwrite": 0}):
            for count in (1, PUBLISHED - 1, PUBLISHED + 1, 10 * PUBLISHED + 7):
                with self.subTest(count=count, **settings):
                    record = self.whole(command("ykvm-xdp", "xdp-live", rate="max", count=count, **settings), count)
                    self.assertEqual(record["capture"]["unique"], count, record)

    def test_every_byte_of_short_and_long_frames(self):
        self.needs("xdp-live")
        for frame in (64, 65, 68, 128, 1518):
            with self.subTest(frame=frame):
                self.whole(command("ykvm-xdp", "xdp-live", frame=frame, verify=1), 20000)

    def test_a_full_ring_is_counted(self):
        self.needs("xdp-live")
        for overwrite in (0, 1):
            with self.subTest(overwrite=overwrite):
                record = self.whole(command("ykvm-xdp", "xdp-live", rate="max", count=200000, slots=64,
                                            overwrite=overwrite, work="match:NEEDLE"), 200000)
                self.assertGreater(record["drops"]["capture"], 0, record)


if __name__ == "__main__":
    unittest.main()
