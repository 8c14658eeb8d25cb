# SPDX-License-Identifier: GPL-2.0-or-later
"""The figure of one capture on several kernels: its rows in the versions' order, its stages whole."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from made import Folder, record  # noqa: E402  first: it finds the rest
import kernel_stages  # noqa: E402
import mkdat  # noqa: E402


def profiled(number, kernel, driver, **settings):
    r = record(number, "tpacket3", rate=None, **({"kernel": kernel} if kernel else {}), **settings)
    r["spec"].update(rate_pps=None, seed=1)
    r["generator"].update(achieved_pps=900000)
    r["cpu"]["instructions"] = {"driver": 1000 * driver, "softirq": 500000, "tap": 0, "other": 1000}
    return r


class Kernels(Folder):
    def test_versions_have_an_order(self):
        names = ["7.3", "6.12.107", "own", "6.2", "7.3~rc4", "6.12.9", "6.18-rt", "6.18"]
        self.assertEqual(sorted(names, key=kernel_stages.version_key),
                         ["own", "6.2", "6.12.9", "6.12.107", "6.18", "6.18-rt", "7.3~rc4", "7.3"])

    def test_a_row_a_kernel_and_a_column_a_stage(self):
        folder = self.folder([profiled(n, k, d) for n, (k, d) in enumerate((("6.12.1", 400), ("6.2.9", 300), (None, 200)))])
        drawn, troubles = mkdat.make(folder)
        self.assertIn("kernels", drawn)
        self.assertEqual(troubles, [])
        self.assertEqual(self.data(folder, "kernels.dat"), "# @\nown 200 500 1\n6.2.9 300 500 1\n6.12.1 400 500 1\n\n\n")
        lists = self.data(folder, "kernels.lists")
        self.assertIn("captures = 'driver softirq other'\n", lists)
        self.assertIn("n_kernels = 3\n", lists)

    def test_one_kernel_is_no_figure(self):
        folder = self.folder([profiled(1, "6.1.1", 300), record(2, "tpacket3", kernel="6.2.1")])
        self.assertNotIn("kernels", mkdat.make(folder)[0])


if __name__ == "__main__":
    unittest.main()
