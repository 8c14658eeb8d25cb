# SPDX-License-Identifier: GPL-2.0-or-later
"""rxlab audit in the lab: a small campaign of its own, run and scored; the same folder scored again gives the same."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, records, run  # noqa: E402

CAMPAIGN = """\
name: small-audit
defaults: {testbed: lab, generator: pktgen, count: 3000, seed: 1, frame_bytes: 1518, work: "match:NEEDLE"}
sweeps:
  - {capture: libpcap, rate_pps: [40000, max], set: {buffer_bytes: 65536}}
  - {capture: recv, rate_pps: [40000, max], set: {rcvbuf_bytes: 16384}}
"""


class Audit(LabTest):
    def test_verdicts_in_each_regime(self):
        folder = self.folder()
        campaign, out = os.path.join(folder, "small.yaml"), os.path.join(folder, "out")
        with open(campaign, "w", encoding="utf-8") as text:
            text.write(CAMPAIGN)
        done = run("audit", "--campaign", campaign, "--out", out, "--jobs", "2", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.check_trials(found, {r["id"]: r for r in records(out)})
        self.check_libpcap(found["captures"]["libpcap"]["counters"])
        self.assertEqual({k: c["verdict"] for k, c in found["captures"]["recv"]["counters"].items()},
                         {"received": "correct", "tp_packets": "double", "dropped": "correct",
                          "if_dropped": "unknown", "loss": "under"})
        again = run("audit", out, "--json")
        self.assertEqual((again.returncode, again.stdout), (0, done.stdout), again.stderr)

    def check_trials(self, found, stored):
        self.assertEqual((found["not_ok"], len(found["trials"])), (0, 4))
        for trial in found["trials"]:
            drops = stored[trial["id"]]["drops"]
            self.assertEqual(trial["unaccounted"], 0)
            self.assertEqual(trial["regime"], {(0, 0): "nothing lost", (1, 0): "NIC", (0, 1): "ring",
                                               (1, 1): "NIC and ring"}[
                drops["nic_no_descriptor"] > 0, drops["capture"] > 0])

    def check_libpcap(self, counters):
        regimes = counters["received"]["regimes"]
        self.assertIn("ring", regimes)
        self.assertIn("NIC and ring", regimes)
        self.assertEqual({k: c["verdict"] for k, c in counters.items()},
                         {"received": "double", "dropped": "correct", "if_dropped": "under", "loss": "under"})
        # Some frames are counted both as received and as dropped: those are the surplus.
        self.assertEqual(regimes["ring"]["off"], counters["dropped"]["regimes"]["ring"]["truth"])

    def test_a_campaign_that_cannot_run(self):
        done = run("audit", "--campaign", "/nonexistent.yaml")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("/nonexistent.yaml", done.stderr)


if __name__ == "__main__":
    unittest.main()
