# SPDX-License-Identifier: GPL-2.0-or-later
"""DPDK has the lab's NIC: what it costs a frame, what it loses, and that it too gives the same bytes."""

import functools
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, run, trial  # noqa: E402

UNPACED = trial("dpdk", 64, "max", 4000)
# The frames are there when the reader begins: batches of 64. What a trial costs without frames is the same in both.
BACKLOG = {count: trial("dpdk", 64, "max", count, fault="stall", ring=4096) for count in (1000, 4000)}
SMALL = trial("dpdk", 64, "max", 4000, fault="stall", ring=64)
LEFT = trial("dpdk", 64, 20000, 400, fault="leave:100")


@functools.cache
def trials():
    return Trials([UNPACED, *BACKLOG.values(), SMALL, LEFT])


def work(record):
    """Instructions of the DUT's CPU without the polls that found nothing."""
    polls = record["capture"]["polls"]
    return record["cpu"]["busy_ns"] - polls["empty"] * polls["empty_ns"]


class Dpdk(LabTest):
    def test_every_frame_unpaced(self):
        record = trials().record(UNPACED)
        self.assertEqual(record["ledger"], {"offered": 4000, "delivered": 4000, "dropped": 0, "unaccounted": 0})
        self.assertEqual(record["capture"]["own"], {"received": 4000, "dropped": None, "if_dropped": 0})
        self.assertEqual(record["capture"]["reordered"], 0)
        self.assertEqual(record["knobs"]["driver"], "uio_pci_generic")
        self.assertIsNone(record["nic"]["driver"])

    def test_the_same_trial_gives_the_same_bytes(self):
        self.assertEqual(run(*UNPACED).stdout, trials().line(UNPACED))

    def test_the_reader_never_sleeps(self):
        record = trials().record(UNPACED)
        polls = record["capture"]["polls"]
        self.assertGreater(polls["all"], polls["empty"])
        self.assertGreater(polls["empty"], 0)
        self.assertLess(polls["empty_ns"], 300)
        self.assertGreater(record["cpu"]["busy_ns"], work(record))
        self.assertGreater(work(record), 0)

    def test_instructions_a_frame(self):
        few, many = (trials().record(BACKLOG[count]) for count in (1000, 4000))
        self.assertEqual((few["ledger"]["delivered"], many["ledger"]["delivered"]), (1000, 4000))
        self.assertLessEqual((work(many) - work(few)) / 3000, 200)

    def test_what_finds_no_descriptor_dies_in_the_nic(self):
        record = trials().record(SMALL)
        self.assertGreater(record["drops"]["nic_no_descriptor"], 0)
        self.assertEqual(record["drops"]["nic_no_descriptor"] + record["ledger"]["delivered"], 4000)
        self.assertEqual(record["ledger"]["unaccounted"], 0)
        self.assertIsNone(record["drops"]["capture"])

    def test_what_nobody_reads_is_left(self):
        record = trials().record(LEFT)
        self.assertEqual(record["ledger"], {"offered": 400, "delivered": 100, "dropped": 300, "unaccounted": 0})
        self.assertEqual(record["drops"]["consumer"], 300)

    def test_a_ring_that_the_nic_does_not_take(self):
        done = run(*trial("dpdk", 64, 20000, 200, ring=65))
        self.assertEqual(done.returncode, 1)
        self.assertIn("DPDK: 0000:00:", done.stdout)
        self.assertIn("cannot make its receive ring", done.stdout)


if __name__ == "__main__":
    unittest.main()
