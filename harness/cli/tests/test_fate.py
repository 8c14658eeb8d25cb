# SPDX-License-Identifier: GPL-2.0-or-later
"""rxlab fate: one packet's fate, out of a file as `rxlab trial --fates` writes it."""

import os
import subprocess
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
RXLAB = os.environ.get("RXLAB") or os.path.join(TOP, "rxlab")
FATES = """# rxlab fates 1, trial 0123456789abcdef: sender, first, last, fate, place, marks, source
0\t1\t5\tdelivered\t-\t-\tthe sink saw its number
0\t6\t6\tdelivered\t-\trepeated+late\tthe sink saw its number
0\t7\t90\tlost\tsoftnet\t-\tthe kernel freed it in enqueue_to_backlog, reason CPU_BACKLOG
0\t91\t92\tunknown\tfilter..capture\t-\tmore than one place may have lost it
0\t93\t93\tcorrupted\t-\t-\tthe sink saw it, not as it was sent
0\t94\t100\tunsent\t-\t-\tpktgen's result: it stopped before this one
1\t1\t100\tlost\tsender_tx\t-\tit was not on the wire
"""


@unittest.skipUnless(os.access(RXLAB, os.X_OK), "rxlab is not built")
class Fate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "fates")
        self.write(FATES)

    def write(self, text):
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(text)

    def fate(self, *words):
        return subprocess.run([RXLAB, "fate", *words], capture_output=True, text=True, timeout=60)

    def says(self, sentence, *words):
        done = self.fate(self.file, *words)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, sentence + "\n", ""))

    def refuses(self, status, text, *words):
        done = self.fate(*words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done)
        self.assertIn(text, done.stderr)

    def test_every_kind_of_fate_is_a_sentence(self):
        self.says("packet 5 of sender 0 was delivered (the sink saw its number)", "5")
        self.says("packet 6 of sender 0 was delivered (repeated+late) (the sink saw its number)", "6")
        self.says("packet 7 of sender 0 died at softnet (the kernel freed it in enqueue_to_backlog, "
                  "reason CPU_BACKLOG)", "7")
        self.says("packet 91 of sender 0 died at an unknown place of filter..capture (more than one place may have "
                  "lost it)", "91", "0")
        self.says("packet 93 of sender 0 came corrupted (the sink saw it, not as it was sent)", "93")
        self.says("packet 100 of sender 0 was never sent (pktgen's result: it stopped before this one)", "100")
        self.says("packet 100 of sender 1 died at sender_tx (it was not on the wire)", "100", "1")

    def test_packets_that_the_trial_had_not(self):
        self.refuses(1, "the trial had no packet 101 of sender 0", self.file, "101")
        self.refuses(1, "the trial had no packet 1 of sender 2", self.file, "1", "2")

    def test_files_that_are_none(self):
        self.write("# rxlab fates 1\n0\t1\t5\n")
        self.refuses(1, "not what 'rxlab trial --fates' writes: 0\t1\t5", self.file, "1")
        self.refuses(1, "/nonexistent", "/nonexistent", "1")

    def test_wrong_usage(self):
        self.refuses(2, "want FILE SEQ [SENDER]")
        self.refuses(2, "want FILE SEQ [SENDER]", self.file, "1", "0", "2")
        for word in ("0", "-1", "one", ""):
            self.refuses(2, f"'{word}' is no packet's number", self.file, word)
        self.refuses(2, "'first' is no sender's number", self.file, "1", "first")

    def test_help(self):
        done = self.fate("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith("usage: rxlab fate FILE SEQ"))


if __name__ == "__main__":
    unittest.main()
