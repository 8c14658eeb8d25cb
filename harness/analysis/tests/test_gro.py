# SPDX-License-Identifier: GPL-2.0-or-later
"""README's second table: a row a capture, pairs that differ in GRO alone."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import gro  # noqa: E402


def record(capture, rate, on, busy, delivered, **settings):
    return {"spec": {"capture": capture, "frame_bytes": 64, "generator": "pktgen", "rate_pps": rate, "seed": 1,
                     "set": {"gro": str(on), **settings}},
            "status": "ok", "knobs": {"gro": str(on)}, "capture": {}, "drops": {}, "cpu": {"busy_ns": busy},
            "generator": {"sent": 1000, "achieved_pps": 1000}, "ledger": {"delivered": delivered}}


class Gro(unittest.TestCase):
    def test_a_row_has_both_ways(self):
        rows = gro.table([record("ykvm", 50, 0, 1000000, 1000), record("ykvm", 50, 1, 1250000, 1000),
                          record("ykvm", None, 0, 5, 800), record("ykvm", None, 1, 5, 600)])
        self.assertEqual(rows[2:], ["| ykvm | 1,000 | 1,250 | +25.0 % | 800 | 600 | -25.0 % |"])

    def test_what_differs_in_more_than_gro_is_no_pair(self):
        rows = gro.table([record("ykvm", 50, 0, 1000000, 1000), record("ykvm", 50, 1, 1250000, 1000, buffers="64"),
                          record("null", 50, 0, 1000000, 1000)])
        self.assertEqual(rows[2:], [])

    def test_rows_are_in_the_order_of_captures_and_lack_what_was_not_measured(self):
        rows = gro.table([record(name, 50, on, 1000000, 1000) for name in ("ykvm", "null") for on in (0, 1)])
        self.assertEqual(rows[2:], ["| null | 1,000 | 1,000 | +0.0 % | - | - | - |",
                                    "| ykvm | 1,000 | 1,000 | +0.0 % | - | - | - |"])


if __name__ == "__main__":
    unittest.main()
