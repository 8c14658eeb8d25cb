# SPDX-License-Identifier: GPL-2.0-or-later
"""Size by size, of what records of mixes say; what is unknown of one size is unknown of their sum."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import sizes  # noqa: E402
from fixture import record  # noqa: E402


def mixed(*of):
    r = record(1, frame=361.83, rate=12000)
    r["spec"].update(frame="64:1,594:1", pkt_size=None)
    r["ledger"]["sizes"] = [{"frame_bytes": size, "sent": sent, "received": received} for size, sent, received in of]
    return r


class Sizes(unittest.TestCase):
    def test_bits_a_second(self):
        r = mixed((64, 500, 500), (594, 500, 250))
        self.assertEqual(sizes.bits_per_second(r, "sent"), 8 * (64 + 594) * 500 / 10e-3)
        self.assertEqual(sizes.bits_per_second(r), 8 * (64 * 500 + 594 * 250) / 10e-3)
        self.assertIsNone(sizes.bits_per_second(mixed((64, 500, None), (594, 500, 250))))
        self.assertIsNone(sizes.bits_per_second(record(1)))

    def test_table(self):
        records = [record(1), mixed((64, 1700, 1700), (594, 300, None), (1518, 1000, 250))]
        self.assertEqual(sizes.trials(records), records[1:])
        lines = list(sizes.table(sizes.trials(records), lambda r: "frame=" + r["spec"]["frame"]))
        self.assertEqual(lines[1], "libpcap frame=64:1,594:1, 12,000 pps, seed 1: 12,000 pps and 1,444.0 Mbit/s sent, "
                                   "- Mbit/s received")
        self.assertEqual([line.split() for line in lines[2:]], [["64", "1,700", "1,700", "0.000"], ["594", "300", "-", "-"],
                                                                ["1518", "1,000", "250", "75.000"]])


if __name__ == "__main__":
    unittest.main()
