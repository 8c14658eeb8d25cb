# SPDX-License-Identifier: GPL-2.0-or-later
"""The manuals are sound mdoc, where mandoc is there to say so."""

import glob
import os
import shutil
import subprocess
import unittest

YKVM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ykvm")
PAGES = sorted(glob.glob(os.path.join(YKVM, "*", "*.[37]")))


@unittest.skipUnless(shutil.which("mandoc"), "no mandoc here")
class Manuals(unittest.TestCase):
    def test_there_are_some(self):
        self.assertEqual([os.path.basename(page) for page in PAGES], ["ykvm.3", "ykvm-pcap.7"])

    def test_mandoc_has_nothing_to_say(self):
        done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", *PAGES], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
