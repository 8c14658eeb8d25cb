# SPDX-License-Identifier: GPL-2.0-or-later
"""Trials and campaigns of a few frames through the program: between namespaces, where they can be made.

Who is not root runs the program in a user namespace of its own, where the machine allows that.
"""

import json
import os
import subprocess
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
RXLAB = os.environ.get("RXLAB") or os.path.join(TOP, "rxlab")
AS_ROOT = () if os.geteuid() == 0 else ("unshare", "-Ur")
TRIAL = ("trial", "--testbed", "netns", "--capture", "tpacket3", "--generator", "libnet", "--frame", "64", "--rate",
         "max", "--count", "150")
CAMPAIGN = """name: small
sweeps:
  - {testbed: netns, capture: [tpacket3, libpcap], generator: libnet, frame_bytes: 64, rate_pps: max, count: 150}
"""


def run(*words, **options):
    return subprocess.run([*AS_ROOT, RXLAB, *words], capture_output=True, text=True, timeout=120, **options)


@unittest.skipUnless(os.access(RXLAB, os.X_OK), "rxlab is not built")
class SmallTrials(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            rows = json.loads(run("list", "testbeds", "--json").stdout)
        except (OSError, ValueError) as reason:
            raise unittest.SkipTest(f"no user namespace here: {reason}") from None
        row = next(r for r in rows if r["name"] == "netns")
        if not row["runnable"]:
            raise unittest.SkipTest(f"testbed netns cannot run here: {row['reason']}")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def assert_balanced(self, record):
        """On a busy machine the last frames may come too late, and are lost then; never unaccounted."""
        self.assertEqual((record["status"], record["reason"]), ("ok", None))
        self.assertEqual(record["generator"]["sent"], 150)
        self.assertEqual(record["capture"]["unique"] + record["ledger"]["dropped"], 150)
        self.assertGreater(record["capture"]["unique"], 0)
        self.assertEqual(record["ledger"]["unaccounted"], 0)

    def test_a_trial_is_one_line(self):
        done = run(*TRIAL, "--side", os.path.join(self.folder, "side"))
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertEqual(done.stdout.count("\n"), 1)
        record = json.loads(done.stdout)
        self.assert_balanced(record)
        self.assertEqual(os.listdir(os.path.join(self.folder, "side")), [record["id"]])

    def test_a_trial_that_fails_says_why(self):
        words = [word.replace("tpacket3", "ykvm") for word in TRIAL]
        done = run(*words)
        self.assertEqual(done.returncode, 1, done)
        record = json.loads(done.stdout)
        self.assertEqual(record["status"], "failed")
        self.assertIn("/dev/ykvm", record["reason"])  # its module is not loaded here

    def test_a_campaign_fills_its_folder(self):
        path, out = os.path.join(self.folder, "c.yaml"), os.path.join(self.folder, "out")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CAMPAIGN)
        done = run("run", path, "--out", out)
        self.assertEqual(done.returncode, 0, done)
        with open(os.path.join(out, "trials.jsonl"), encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        self.assertEqual({r["capture"]["name"] for r in records}, {"tpacket3", "libpcap"})
        for record in records:
            self.assert_balanced(record)
        again = run("run", path, "--out", out, "--resume")
        self.assertEqual(again.returncode, 0, again)
        same = run("compare", out, out)
        self.assertEqual(same.returncode, 0, same)


if __name__ == "__main__":
    unittest.main()
