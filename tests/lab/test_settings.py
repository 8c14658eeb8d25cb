# SPDX-License-Identifier: GPL-2.0-or-later
"""The DUT's knobs as settings of any capture: one ground for all, each has a counted effect, an explicit setting wins."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, run, trial  # noqa: E402

CAPTURES = ("null", "libpcap", "tpacket3", "recv", "af-xdp", "ykvm", "kcap")
COUNT = 4000
GROUND = {name: trial(name, 64, 60000, 1000) for name in CAPTURES}
PLAIN = trial("tpacket3", 64, 60000, COUNT)
TURNED = {words: trial("tpacket3", 64, 60000, COUNT, **words_of) for words, words_of in (
    ("gro", {"gro": 1}), ("rx_usecs", {"rx_usecs": 250}), ("threaded", {"threaded": 1}), ("rps_cpus", {"rps_cpus": 2}))}
ALL = trial("libpcap", 64, 60000, 1000, rx_ring=512, rx_usecs=250, gro=1, netdev_budget=64, netdev_budget_usecs=16000,
            netdev_max_backlog=500, dev_weight=32, busy_poll=20, busy_read=10, rps_cpus=2, napi_defer_hard_irqs=1,
            gro_flush_timeout=10000, threaded=1, channels=1)
NAMED = trial("napi-tuned", 64, 60000, 1000, netdev_budget=300)
OVER = trial("interrupt-coalesced", 64, 60000, 1000, base="napi-tuned")
REJECTS = {name: trial(name, 64, 50000, 2000, filter="udp port 9", **{"gen.flows": 8})
           for name in ("libpcap", "libpcap-immediate", "tpacket2", "fanout", "recv", "ykvm", "ykvm-zc", "pf_zerocopy")}

TRIALS = Trials([*GROUND.values(), PLAIN, *TURNED.values(), ALL, NAMED, OVER, *REJECTS.values()])


def knobs():
    return {row["name"] for row in json.loads(run("list", "settings", "DUT", "--json").stdout)}


class Settings(LabTest):
    def knobs_of(self, words):
        return {name: value for name, value in TRIALS.record(words)["knobs"].items() if name in knobs()}

    def test_the_ground_is_the_same_for_every_capture(self):
        ground = self.knobs_of(GROUND["null"])
        self.assertEqual(set(ground), knobs())
        self.assertEqual(ground["gro"], "0")
        for name in CAPTURES:
            self.assertEqual(self.knobs_of(GROUND[name]), ground, name)

    def test_what_is_asked_for_holds(self):
        record = TRIALS.record(ALL)
        self.assertEqual((record["status"], record["ledger"]["unaccounted"]), ("ok", 0))
        asked = {name: value for name, value in record["spec"]["set"].items()}
        self.assertEqual({name: record["knobs"][name] for name in asked}, asked)

    def test_each_changes_something_that_is_counted(self):
        plain = TRIALS.record(PLAIN)
        turned = {name: TRIALS.record(words) for name, words in TURNED.items()}
        for name, record in turned.items():
            self.assertEqual((record["status"], record["ledger"]["unaccounted"]), ("ok", 0), name)

        def cost(record):
            return record["cpu"]["busy_ns"]

        self.assertGreater(cost(turned["gro"]), 1.05 * cost(plain))
        self.assertLess(turned["rx_usecs"]["irq"]["hard"], plain["irq"]["hard"] / 2)
        self.assertGreater(turned["threaded"]["irq"]["switches"], 2 * plain["irq"]["switches"])
        self.assertGreater(cost(turned["rps_cpus"]), 1.1 * cost(plain))

    def test_a_hand_wins_and_the_record_says_so(self):
        record = TRIALS.record(NAMED)
        self.assertEqual((record["knobs"]["netdev_budget"], record["knobs"]["napi-tuned.netdev_budget"]), ("300", "600"))
        self.assertEqual(record["knobs"]["napi_defer_hard_irqs"], "2")
        self.assertNotIn("napi-tuned.napi_defer_hard_irqs", record["knobs"])

    def test_a_set_over_a_set_turns_both(self):
        got = TRIALS.record(OVER)["knobs"]
        self.assertEqual((got["base"], got["rx_usecs"], got["netdev_budget"]), ("libpcap", "50", "600"))

    def test_what_a_filter_rejects_is_counted_and_nothing_else_is_missing(self):
        for name, words in REJECTS.items():
            with self.subTest(name):
                record = TRIALS.record(words)
                self.assertEqual(record["spec"]["set"]["filter"], "udp port 9")
                self.assertEqual((record["ledger"]["delivered"], record["drops"]["filter"]), (250, 1750))
                self.assertEqual(record["ledger"]["unaccounted"], 0)


if __name__ == "__main__":
    unittest.main()
