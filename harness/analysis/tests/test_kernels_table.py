# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of docs/kernels.md: a row a capture, a column a kernel, oldest first."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import kernels_table  # noqa: E402


def record(capture, kernel, rate, busy, delivered, frame=64, status="ok", **settings):
    settings = {**settings, **({"kernel": kernel} if kernel else {})}
    return {"spec": {"capture": capture, "frame_bytes": frame, "rate_pps": rate, "set": settings}, "status": status, "capture": {},
            "nic": {"accepted": 1000}, "cpu": {"busy_ns": busy}, "generator": {"sent": 1000}, "ledger": {"delivered": delivered}}


class Tables(unittest.TestCase):
    def test_a_column_a_kernel_and_changes_beyond_layout_are_bold(self):
        lines = list(kernels_table.text_of([
            record("libpcap", "6.12.118-deb13", None, 2200000, 900), record("libpcap", "5.10.262-46", None, 1990000, 1000),
            record("libpcap", None, None, 2000000, 990), record("af-xdp", "6.12.118-deb13", None, 500000, 1000, mode="zerocopy"),
            record("libpcap", "7.3.4-deb13", None, None, None, status="failed")]))
        self.assertEqual(lines[0], "| 64 bytes | 5.10.262-46 | own | 6.12.118-deb13 | 7.3.4-deb13 |")
        self.assertEqual(lines[2:], [
            "| libpcap | 1,990 / 1,000 | 2,000 / 990 | **2,200** / 900 | failed |",
            "| af-xdp mode=zerocopy | - | - | 500 / 1,000 | - |", "", "No paced trial."])

    def test_losses_of_paced_trials_are_named(self):
        found = [record("recv", None, 25000, 5, 1000), record("recv", "7.3.4-deb13", 25000, 5, 960, frame=1518)]
        self.assertEqual(kernels_table.losses(found), "At 25,000 packets/s 1 of 2 trials lost no frame; "
                         "recv, 1518 bytes, 7.3.4-deb13: 40.")
        self.assertEqual(kernels_table.losses(found[:1]), "At 25,000 packets/s 1 of 1 trials lost no frame.")

    def test_what_is_unknown_is_no_zero(self):
        self.assertEqual(kernels_table.cell(record("kcap", None, None, None, None), 5.0), "- / -")


if __name__ == "__main__":
    unittest.main()
