# SPDX-License-Identifier: GPL-2.0-or-later
"""harness/compare_reference.sh: records beside those of results/reference."""
import os
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
REFERENCE = os.path.join("results", "reference")


class Beside(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.out = os.path.join(holder.name, "out")
        shutil.copytree(os.path.join(TOP, REFERENCE), self.out)

    def change(self, name, old, new):
        path = os.path.join(self.out, name)
        with open(path, encoding="utf-8") as text:
            before = text.read()
        self.assertIn(old, before)
        with open(path, "w", encoding="utf-8") as text:
            text.write(before.replace(old, new, 1))

    def beside(self):
        done = subprocess.run(["sh", "harness/compare_reference.sh", self.out, REFERENCE], cwd=TOP, capture_output=True, text=True)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def test_the_same_records(self):
        self.assertEqual(self.beside(), (0, f"every record is that of {REFERENCE}", ""))

    def test_another_record_of_the_same_lab_fails(self):
        self.change("trials.jsonl", '"delivered":', '"delivered":1')
        status, out, err = self.beside()
        self.assertEqual(status, 1)
        self.assertIn("1 different", out)
        self.assertIn("ledger.delivered", out)
        self.assertIn("a trial depended on this machine", err)

    def test_another_lab_is_named(self):
        self.change("manifest.json", '"kernel": "', '"kernel": "7.')
        self.change("manifest.json", '"identity": "', '"identity": "f')
        status, out, err = self.beside()
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"another lab than that of results/reference: f[0-9a-f]{16}, kernel 7\.")

    def test_nothing_of_another_campaign(self):
        self.change("campaign.yaml", "count:", "count: ")
        self.assertEqual(self.beside(), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
