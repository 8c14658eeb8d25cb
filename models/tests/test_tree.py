# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that rxlab makes from stored records leave the tree clean: git ignores them, and tracks only the fixtures'."""
import os
import subprocess
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
MADE = ("predictions.tsv", "prediction-curves.tsv", "prediction-errors.txt", "summary.txt", "plots/captures.png",
        "side/lock")


def git(*words):
    return subprocess.run(["git", "-C", TOP, *words], capture_output=True, text=True, check=False)


@unittest.skipUnless(git("rev-parse", "--git-dir").returncode == 0, "no git repository")
class Tree(unittest.TestCase):
    def test_what_is_made_of_records_is_ignored(self):
        stored = {path.split("/")[1] for path in git("ls-files", "results/*/trials.jsonl").stdout.split()} - {"fixtures"}
        self.assertGreater(len(stored), 3)
        for folder in stored:
            for name in MADE:
                path = f"results/{folder}/{name}"
                self.assertEqual(git("check-ignore", "-q", path).returncode, 0, path)
                self.assertEqual(git("ls-files", path).stdout, "", path)

    def test_what_tests_compare_is_kept(self):
        for name in ("predictions.tsv", "prediction-errors.txt", "summary.txt"):
            self.assertTrue(git("ls-files", f"results/fixtures/{name}").stdout, name)


if __name__ == "__main__":
    unittest.main()
