# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""An exploration at wall clock: blocks, the A/A pair, and knobs that a veth has not."""

import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from netns import NetnsTest, interfaces, run, spaces, until  # noqa: E402

CONFIRM = 2


class Tune(NetnsTest):
    def test_blocks_and_a_pair(self):
        self.needs("txring")
        before, out = (spaces(), interfaces()), os.path.join(self.side, "out")
        done = run("tune", "--testbed", "netns", "--capture", "tpacket3", "--generator", "txring", "--frame", "64", "--rate",
                   "20000", "--count", "1000", "--over", "threaded=0,1", "--over", "retire_ms=1,10", "--over", "rx_usecs=0,10",
                   "--least", "delay", "--trials", "16", "--confirm", str(CONFIRM), "--out", out, "--json")
        until(lambda: spaces() <= before[0], "end of the namespaces")
        self.assertEqual(interfaces(), before[1])
        if done.returncode == 1 and "the default has no result" in done.stderr:
            self.skipTest("this machine was too busy for six trials in a row")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual([row["what"] for row in found["left"]], ["rx_usecs"])
        self.assertIn("no interrupts", found["left"][0]["why"])
        points = found["rates"][0]["points"]
        self.assertEqual(sum(p["twin"] for p in points), 1)
        with open(os.path.join(out, "plan.jsonl"), encoding="ascii") as lines:
            plan = [json.loads(line) for line in lines]
        twins = [p for p in plan if "set.label=aa" in p["trial"]]
        self.assertGreaterEqual(len(twins), 1)
        self.assertTrue(all("A/A" in p["reason"] for p in twins))
        blocks = [int(p["reason"].rsplit("block ", 1)[1]) for p in plan if "block " in p["reason"]]
        self.assertEqual(blocks, sorted(blocks))
        self.assertGreaterEqual(max(blocks), CONFIRM)

    def test_interrupts_of_a_veth_are_no_wish(self):
        self.needs("txring")
        done = run("tune", "--testbed", "netns", "--capture", "tpacket3", "--generator", "txring", "--frame", "64", "--rate",
                   "20000", "--count", "1000", "--over", "threaded=0,1", "--least", "irq", "--trials", "8", "--out",
                   os.path.join(self.side, "out"))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("irq of capture tpacket3 is not known on testbed netns", done.stderr)


if __name__ == "__main__":
    unittest.main()
