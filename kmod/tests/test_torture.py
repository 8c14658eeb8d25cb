# SPDX-License-Identifier: GPL-2.0-or-later
# runs first: it takes longest
"""ring_torture.c, two threads on one ring under either policy: as it is, and under the sanitizers; ring_fuzz.c."""

import os
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
CC = os.environ.get("CC") or "gcc"
SECONDS = ("2", "10")  # the second where the machine is so busy that the first is too short


def run(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)


@unittest.skipUnless(shutil.which(CC), f"no {CC} here")
class Torture(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def build(self, source, *flags):
        program = os.path.join(self.folder, "program")
        words = ("-std=gnu17", "-D_GNU_SOURCE", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-I" + TOP)
        return program, run(CC, *words, *flags, "-o", program, source, "-lpthread")

    def torture(self, *flags):
        program, built = self.build(os.path.join(HERE, "ring_torture.c"), *flags)
        self.assertEqual(built.returncode, 0, built.stdout)
        for policy in ("oldest", "newest"):
            for seconds in SECONDS:
                done = run(program, seconds, policy)
                if "too short" not in done.stdout:
                    break
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertNotIn("Sanitizer", done.stdout)

    def need_sanitizer(self, kind):
        """Its flag. Skips where the compiler has no such sanitizer, or where what it builds does not start."""
        empty = os.path.join(self.folder, "empty.c")
        with open(empty, "w", encoding="utf-8") as source:
            source.write("int main(void) { return 0; }\n")
        flag = "-fsanitize=" + kind
        program, built = self.build(empty, flag)
        if built.returncode != 0:
            self.skipTest(f"{CC} cannot build with {flag}")
        for _ in range(5):  # where memory lies is drawn anew each time
            if run(program).returncode != 0:
                self.skipTest(f"programs built with {flag} do not start on this kernel")
        return flag

    def test_plain(self):
        self.torture()

    def test_thread_sanitizer(self):
        self.torture(self.need_sanitizer("thread"))

    def test_address_sanitizer(self):
        self.torture(self.need_sanitizer("address,undefined"))

    def test_fuzz(self):
        flag = self.need_sanitizer("address,undefined")
        program, built = self.build(os.path.join(HERE, "ring_fuzz.c"), flag)
        self.assertEqual(built.returncode, 0, built.stdout)
        done = run(program, "5000")
        self.assertEqual((done.returncode, done.stdout), (0, "5000 inputs\n"))


if __name__ == "__main__":
    unittest.main()
