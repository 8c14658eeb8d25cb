# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""A small campaign at wall clock: blocks in turn, the A/A pair reported, its figures drawn."""

import json
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import NetnsTest, run  # noqa: E402

TEXT = """name: small
blocks: 2
defaults: {testbed: netns, generator: xdp-live, frame_bytes: 64, rate_pps: max, count: 100000}
sweeps:
  - capture: [tpacket3, ykvm-xdp]
  - {capture: ykvm-xdp, set: {spin_usecs: 200}}
  - {capture: tpacket3, set: {label: [a, b]}}
"""


class Campaign(NetnsTest):
    def test_blocks_pair_and_figures(self):
        self.needs("xdp-live")
        path, out = os.path.join(self.side, "small.yaml"), os.path.join(self.side, "out")
        with open(path, "w", encoding="utf-8") as file:
            file.write(TEXT)
        done = run("run", path, "--out", out)
        self.assertEqual(done.returncode, 0, done)
        with open(os.path.join(out, "trials.jsonl"), encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        self.assertEqual([r["spec"]["seed"] for r in records], [1] * 5 + [2] * 5)
        for r in records:
            self.assertEqual(r["ledger"]["unaccounted"], 0, r)
            self.assertLessEqual({"reader", "sender0"}, set(r["meters"]["threads"]))
        text = run("report", out).stdout
        self.assertIn("Wall clock: captures over blocks", text)
        self.assertIn("A/A pair, tpacket3, 64 bytes: ratio", text)
        if shutil.which("gnuplot"):
            done = run("plot", out)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
