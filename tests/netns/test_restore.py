# SPDX-License-Identifier: GPL-2.0-or-later
"""What a killed trial left altered on this machine is put back: by `rxlab restore`, and by the next trial."""

import fcntl
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import RXLAB, command  # noqa: E402

HUGE_PAGES = "/proc/sys/vm/nr_hugepages"


def huge_pages():
    with open(HUGE_PAGES, encoding="ascii") as text:
        return int(text.read())


def huge_pages_set(number):
    with open(HUGE_PAGES, "w", encoding="ascii") as text:
        text.write(str(number))


@unittest.skipUnless(os.access(HUGE_PAGES, os.W_OK), "huge pages are not ours to reserve here")
class Restore(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rxlab-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.before = huge_pages()
        self.addCleanup(huge_pages_set, self.before)
        huge_pages_set(self.before + 1)
        if huge_pages() != self.before + 1:
            self.skipTest("this machine has no room for one huge page")
        self.path = os.path.join(self.folder, "undo-abcdef")
        with open(self.path, "w", encoding="ascii") as text:
            text.write(f"file\t{HUGE_PAGES}\t{self.before}\n")

    def rxlab(self, *words):
        return subprocess.run([RXLAB, *words], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "RXLAB_JOURNAL": self.folder})

    def test_by_the_command(self):
        done = self.rxlab("restore")
        self.assertEqual((done.returncode, done.stdout), (0, f"{HUGE_PAGES}: {self.before} again\n"), done)
        self.assertEqual(huge_pages(), self.before)
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual(self.rxlab("restore").stdout, "nothing to put back\n")

    def test_not_while_its_trial_runs(self):
        with open(self.path, encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.assertEqual(self.rxlab("restore").stdout, "nothing to put back\n")
        self.assertEqual(huge_pages(), self.before + 1)

    def test_by_the_next_trial(self):
        done = self.rxlab(*command("null", "null", 64, 1000, 10))
        self.assertIn(f"put back after a trial that was ended: {HUGE_PAGES}: {self.before} again\n", done.stderr)
        self.assertEqual((done.returncode, huge_pages(), os.listdir(self.folder)), (0, self.before, []), done)

    def test_what_cannot_be_undone_is_said(self):
        with open(self.path, "a", encoding="ascii") as text:
            text.write("file\t/proc/sys/no/such/thing\t1\n")
        done = self.rxlab("restore")
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("/proc/sys/no/such/thing: cannot write 1", done.stderr)
        self.assertEqual(huge_pages(), self.before)
        self.assertEqual(self.rxlab(*command("null", "null", 64, 1000, 10)).returncode, 1)


if __name__ == "__main__":
    unittest.main()
