# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""kill -9 while a campaign or search runs on the testbed netns: only whole records are left, and both can be resumed."""

import os
import shutil
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kill import KillTest  # noqa: E402
from netns import GENERATORS, SCHEMA, run, schema, until  # noqa: E402

CAMPAIGN = """name: killed
defaults: {{testbed: netns, generator: {generator}, frame_bytes: 64, rate_pps: 20000, count: 10000}}
sweeps:
  - capture: [tpacket3, af-xdp, ykvm-xdp]
"""


class Many(KillTest):
    """What a killed program wrote is whole, and --resume goes on from there."""

    def setUp(self):
        super().setUp()
        self.out = os.path.join(self.side, "out")

    def records(self):
        with open(os.path.join(self.out, "trials.jsonl"), encoding="utf-8") as lines:
            return [schema.parse(line, "trials.jsonl", SCHEMA) for line in lines]

    def campaign(self, generator="txring"):
        path = os.path.join(self.side, "c.yaml")
        with open(path, "w", encoding="ascii") as text:
            text.write(CAMPAIGN.format(generator=generator))
        return "run", path, "--out", self.out

    def search(self):
        return ("search", "--testbed", "netns", "--generator", "txring", "--capture", "tpacket3", "--frame", "64",
                "--count", "2000", "--min-rate", "10000", "--max-rate", "20000", "--goal", "loss=50%,width=40%",
                "--no-model", "--out", self.out)

    def second(self, process):
        """The process of a trial when another one has been recorded."""
        lines = os.path.join(self.out, "trials.jsonl")
        until(lambda: os.path.exists(lines) and os.path.getsize(lines), "a record")
        return self.trial_process(process)

    def kill_and_resume(self, words, phase):
        process = self.popen(*words)
        pid = self.second(process) if phase == "second" else self.reach(phase, process)
        process.kill()
        self.gone(process, pid)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        done = run(*words, *(["--resume"] if os.path.exists(self.out) else []))
        self.nothing_left()
        return done

    def test_a_campaign(self):
        for phase in ("started", "probe", "namespaces", "sending", "second"):
            for generator in GENERATORS if phase == "sending" else ("txring",):
                with self.subTest(phase=phase, generator=generator):
                    self.needs(generator)
                    shutil.rmtree(self.out, ignore_errors=True)
                    done = self.kill_and_resume(self.campaign(generator), phase)
                    self.assertEqual(done.returncode, 0, done)
                    self.assertEqual(sorted(r["spec"]["capture"] for r in self.records()), ["af-xdp", "tpacket3", "ykvm-xdp"])
                    self.assertTrue(all(r["status"] in ("ok", "invalid") for r in self.records()))

    def test_a_campaigns_trial(self):
        process = self.popen(*self.campaign())
        pid = self.reach("sending", process)
        os.kill(pid, signal.SIGKILL)
        self.gone(process, pid)
        self.assertEqual(process.returncode, 1)
        failed = [r["reason"] for r in self.records() if r["status"] == "failed"]
        self.assertEqual((len(self.records()), failed), (3, ["the trial's process was ended by signal 9 (Killed)"]))
        self.assertEqual(run(*self.campaign(), "--resume").returncode, 0)
        self.assertNotIn("failed", [r["status"] for r in self.records()])

    def test_a_search(self):
        for phase in ("started", "probe", "namespaces", "sending", "second"):
            with self.subTest(phase=phase):
                shutil.rmtree(self.out, ignore_errors=True)
                done = self.kill_and_resume(self.search(), phase)
                self.assertIn(done.returncode, (0, 1), done)  # a busy machine may have no regular bounds
                self.assertIn("loss 50 %", done.stdout)
                self.assertGreater(len(self.records()), 0)


if __name__ == "__main__":
    unittest.main()
