# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/run.sh: counts, filter, side by side or alone, and what a test may not leave behind."""

import os
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
ROOMS = ("harness/tests", "generators", "capture-impls", "models", "kmod", "plots", "tests")
FILE = """{mark}
import os, time, unittest
class T(unittest.TestCase):
    def test_it(self):
        {body}
"""
# Notes when it begins and ends, in a log that the tests share.
TELLS = """log = os.open(os.environ["LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(log, b"+")
        time.sleep(1)
        os.write(log, b"-")"""


class RunTests(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.top = os.path.join(holder.name, "tree")
        self.log = os.path.join(holder.name, "log")
        for room in ROOMS:
            os.makedirs(os.path.join(self.top, room))
        for name in ("run.sh", "one.sh"):
            shutil.copy(os.path.join(TOP, "tests", name), os.path.join(self.top, "tests"))

    def put(self, name, body, mark=""):
        with open(os.path.join(self.top, "harness/tests", f"test_{name}.py"), "w", encoding="utf-8") as out:
            out.write(FILE.format(body=body, mark=mark))

    def git(self):
        for words in (("init", "-q"), ("add", "-A"),
                      ("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-q", "-m", "t")):
            subprocess.run(["git", *words], cwd=self.top, check=True, capture_output=True)

    def run_sh(self, *words):
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LOG": self.log}
        done = subprocess.run(["sh", "tests/run.sh", *words], cwd=self.top, env=env, capture_output=True, text=True,
                              timeout=60)
        return done.returncode, done.stdout, done.stderr

    def ends(self, wanted, *words):
        status, out, _ = self.run_sh(*words)
        self.assertEqual((out.splitlines()[-1], status), (wanted, 0 if " 0 failed" in wanted else 1), out)
        return out

    def test_counts_and_filter(self):
        self.put("good", "pass")
        self.put("bad", "self.fail('for a reason')")
        self.put("skips", "self.skipTest('not here')")
        self.git()
        self.assertIn("for a reason", self.ends("2 passed, 1 failed, 1 skipped", "fast"))
        self.assertRegex(self.ends("2 passed, 0 failed, 0 skipped", "fast", "_good"), r"test_good.* s, CPU +\d+\.\d s\n")
        status, _, said = self.run_sh("fast", "nothing-like-this")
        self.assertEqual(status, 2)
        self.assertIn("'nothing-like-this'", said)
        self.assertEqual(self.run_sh("quick")[0], 2)

    def test_what_is_left_in_the_tree(self):
        self.put("litters", "os.mknod('harness/litter')")
        self.git()
        self.assertIn("harness/litter", self.ends("1 passed, 1 failed, 0 skipped", "fast"))

    def test_a_tracked_file_that_is_changed(self):
        self.put("changes", "with open('tests/one.sh', 'a') as out: out.write('#')")
        self.git()
        with open(os.path.join(self.top, "tests/one.sh"), "a", encoding="utf-8") as out:
            out.write("# changed before the tests, too\n")
        self.assertIn("tests/one.sh", self.ends("1 passed, 1 failed, 0 skipped", "fast"))

    def test_what_is_left_in_tmpdir(self):
        self.put("litters", "os.mknod(os.path.join(os.environ['TMPDIR'], 'litter'))")
        self.git()
        self.assertIn("litter\n", self.ends("2 passed, 1 failed, 0 skipped", "fast"))

    def test_no_repository(self):
        self.put("good", "pass")
        env_ceiling = {"GIT_CEILING_DIRECTORIES": os.path.dirname(self.top)}
        os.environ.update(env_ceiling)
        self.addCleanup(lambda: [os.environ.pop(key) for key in env_ceiling])
        self.assertIn("skipped (fatal: not a git repository", self.ends("1 passed, 0 failed, 1 skipped", "fast"))

    def test_side_by_side_or_alone(self):
        for mark, wanted in (("", "++--"), ("# runs alone: it wants to", "+-+-")):
            with self.subTest(mark=mark):
                self.put("a", TELLS, mark)
                self.put("b", TELLS, mark)
                self.run_sh("fast")
                with open(self.log, encoding="utf-8") as log:
                    self.assertEqual(log.read(), wanted)
                os.remove(self.log)


if __name__ == "__main__":
    unittest.main()
