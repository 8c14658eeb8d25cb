# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs in python: a pipe that nobody reads ends them silently, and a file is written whole or not at all."""
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import cli  # noqa: E402

NOLOSS, AUDIT = (os.path.join(ROOT, "results", name) for name in ("noloss", "audit"))


def programs():
    found = glob.glob(os.path.join(ROOT, "harness", "analysis", "*.py")) + glob.glob(os.path.join(ROOT, "plots", "*.py"))
    for path in found:
        with open(path, encoding="utf-8") as text:
            if "__main__" in (source := text.read()):
                yield os.path.relpath(path, ROOT), source


class Pipes(unittest.TestCase):
    def test_each_program_begins_in_the_one_place(self):
        named = dict(programs())
        self.assertGreater(len(named), 8)
        for path, source in named.items():
            self.assertRegex(source, r'if __name__ == "__main__":\n    (cli\.)?run\(main\)\n$', path)

    def test_a_pipe_that_closes_ends_them_silently(self):
        for script, *words in (("rescore.py", NOLOSS), ("latency.py", NOLOSS, "--json"), ("audit.py", AUDIT)):
            command = [sys.executable, os.path.join(HERE, "..", script), *words]
            read, write = os.pipe()
            os.close(read)  # nobody reads from the start
            done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
            os.close(write)
            self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, ""), script)


class Full(unittest.TestCase):
    def test_what_takes_no_more_is_said(self):
        for script, *words in (("rescore.py", NOLOSS), ("latency.py", NOLOSS, "--json"), ("audit.py", AUDIT),
                               ("summary.py", AUDIT)):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([sys.executable, os.path.join(HERE, "..", script), *words], stdout=full,
                                      stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr),
                             (1, "rxlab: cannot write to stdout: No space left on device\n"), script)


class Reasons(unittest.TestCase):
    def test_no_number_of_pythons(self):
        with self.assertRaises(OSError) as caught:
            open("/nonexistent/file", encoding="utf-8")
        self.assertEqual(cli.reason(caught.exception), "/nonexistent/file: No such file or directory")
        self.assertEqual(cli.reason(ValueError("as it is")), "as it is")


class Replace(unittest.TestCase):
    def test_whole_or_not_at_all(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a")
            cli.replace(path, lambda out: out.write("first"))
            with self.assertRaises(re.error):
                cli.replace(path, lambda out: out.write(re.compile("(").pattern))
            with open(path, encoding="utf-8") as text:
                self.assertEqual(text.read(), "first")
            self.assertEqual(os.listdir(folder), ["a"])


if __name__ == "__main__":
    unittest.main()
