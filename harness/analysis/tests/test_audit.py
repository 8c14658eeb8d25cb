# SPDX-License-Identifier: GPL-2.0-or-later
"""Verdicts on captures' own statistics, on records where the truth is known, and docs/audit.md against its records."""

import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import audit  # noqa: E402
import fixture  # noqa: E402

STORED = os.path.join(TOP, "results", "audit")


def record(number, own, nic=0, ring=0, capture="libpcap", **keys):
    """Of 1,000 frames some are lost in the NIC and some behind the driver; own: (received, dropped, if_dropped)."""
    got = fixture.SENT - nic - ring
    r = fixture.record(number, capture, delivered=got, **keys)
    r["nic"].update(accepted=fixture.SENT - nic, driver=fixture.SENT - nic)
    r["drops"].update(nic_no_descriptor=nic, capture=own[1])
    r["capture"]["own"] = dict(zip(("received", "dropped", "if_dropped"), own))
    r["capture"]["foreign"] = 0
    return r


class Verdicts(unittest.TestCase):
    def verdicts(self, r):
        return {key: s["verdict"] for key, s in audit.score(r)["statements"].items()}

    def test_one_counter_of_one_trial(self):
        for said, truth, dropped, wanted in ((10, 10, 5, "correct"), (0, 0, 0, "correct"), (9, 10, 5, "under"),
                                             (15, 10, 5, "double"), (14, 10, 5, "over"), (11, 10, 0, "over"),
                                             (11, 10, None, "over"), (None, 10, 5, "unknown"),
                                             (10, None, 5, "unknown")):
            with self.subTest(f"{said} of {truth}"):
                self.assertEqual(audit.verdict(said, truth, dropped), wanted)

    def test_regimes_come_from_the_ledger(self):
        for nic, ring, wanted in ((0, 0, "nothing lost"), (9, 0, "NIC"), (0, 9, "ring"), (9, 9, "NIC and ring")):
            # What the capture says has no part in it.
            self.assertEqual(audit.regime_of(record(1, (1, 2, 3), nic, ring)), wanted)

    def test_counted_as_received_and_dropped(self):
        r = record(1, (1000, 300, 0), ring=300)
        self.assertEqual(self.verdicts(r), {"received": "double", "dropped": "correct", "if_dropped": "correct",
                                            "loss": "correct"})
        self.assertEqual(audit.score(r)["statements"]["received"],
                         {"said": 1000, "truth": 700, "off": 300, "verdict": "double"})

    def test_loss_that_nobody_counts(self):
        self.assertEqual(self.verdicts(record(1, (600, 0, 0), nic=400)),
                         {"received": "correct", "dropped": "correct", "if_dropped": "under", "loss": "under"})
        self.assertEqual(self.verdicts(record(1, (600, 100, 400), nic=400)),
                         {"received": "correct", "dropped": "over", "if_dropped": "correct", "loss": "over"})

    def test_what_is_not_told_is_unknown(self):
        self.assertEqual(self.verdicts(record(1, (None, None, None), nic=400)),
                         dict.fromkeys(("received", "dropped", "if_dropped", "loss"), "unknown"))
        self.assertEqual(self.verdicts(record(1, (600, 0, None), nic=400))["loss"], "under")

    def test_packet_statistics_are_scored_as_the_kernel_gives_them(self):
        statements = audit.score(record(1, (700, 300, None), ring=300, capture="tpacket3"))["statements"]
        self.assertEqual((statements["received"]["verdict"], statements["tp_packets"]["verdict"]),
                         ("correct", "double"))
        self.assertEqual(statements["tp_packets"]["said"], 1000)
        self.assertNotIn("tp_packets", audit.score(record(1, (700, 300, None), ring=300))["statements"])

    def test_foreign_frames_reach_the_reader_too(self):
        r = record(1, (1002, 0, 0))
        r["capture"]["foreign"] = 2
        r["nic"].update(wire=1002, accepted=1002, driver=1002)
        self.assertEqual(set(self.verdicts(r).values()), {"correct"})

    def test_without_a_reader_the_nic_is_asked(self):
        r = record(1, (580, 0, None), nic=400, capture="kcap")
        r["capture"].update(received=580, unique=None)  # its own word, which is not taken
        self.assertEqual(audit.score(r)["statements"]["received"],
                         {"said": 580, "truth": 600, "off": -20, "verdict": "under"})

    def test_of_several_trials_the_worst_stands(self):
        def of(*verdicts, truth=5):
            return audit.overall([{"verdict": v, "truth": truth} for v in verdicts])

        self.assertEqual(of("correct", "under", "double"), "under")
        self.assertEqual(of("correct", "over", "double"), "double")
        self.assertEqual(of("correct", "over"), "over")
        self.assertEqual(of("correct", "correct"), "correct")
        self.assertEqual(of("unknown"), "unknown")
        self.assertEqual(of("correct", "correct", truth=0), "no trial")


class Command(unittest.TestCase):
    maxDiff = None

    def main(self, *words):
        return fixture.main(audit, *words)

    def folder(self, records):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        with open(os.path.join(holder.name, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(fixture.lines(records))
        return holder.name

    def test_trials_of_a_regime_are_shown_by_the_one_that_is_off_most(self):
        folder = self.folder([record(1, (1000, 100, 0), ring=100), record(2, (1000, 300, 0), ring=300),
                              record(3, (1000, 0, 0)), fixture.failed(4), record(5, (9, 9, 9), status="invalid")])
        status, out, err = self.main(folder, "--json")
        self.assertEqual((status, err), (0, ""))
        found = json.loads(out)
        self.assertEqual((len(found["trials"]), found["not_ok"]), (3, 2))
        received = found["captures"]["libpcap"]["counters"]["received"]
        self.assertEqual((received["verdict"], received["regimes"]["ring"]["off"]), ("double", 300))
        self.assertEqual(received["regimes"]["nothing lost"]["verdict"], "correct")
        self.assertIn("+300 of 700 (ring)", self.main(folder)[1])
        self.assertIn("| libpcap | received (`ps_recv`) | 1,000 / 1,000 |  | 1,000 / 700 double |  |",
                      self.main(folder, "--markdown")[1])

    def test_messages(self):
        self.assertEqual(self.main("--help")[0], 0)
        self.assertEqual(self.main("--json", "--markdown")[0], 2)
        self.assertEqual(self.main("a", "--jobs", "2")[0], 2)
        status, out, err = self.main("/nonexistent")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("/nonexistent/trials.jsonl", err)
        self.assertIn("no trial to score", self.main(self.folder([fixture.failed(1)]))[2])


class Document(unittest.TestCase):
    maxDiff = None

    def test_it_is_what_the_command_prints(self):
        with open(os.path.join(TOP, "docs", "audit.md"), encoding="utf-8") as text:
            self.assertEqual(text.read(), "\n".join(audit.markdown(audit.audit(STORED))) + "\n")

    def test_every_capture_met_every_regime_that_it_can(self):
        found = audit.audit(STORED)
        for capture, of in found["captures"].items():
            with self.subTest(capture):
                # The NIC's ring is theirs, or they have none.
                ringless = capture in (*audit.KERNEL_CONSUMES, "ykvm-zc", "pf_zerocopy")
                regimes = {"nothing lost", "NIC"} if ringless else set(audit.REGIMES.values())
                # Its way through netfilter is slower than its reader: where its socket is full, the NIC's ring is, too.
                self.assertEqual(set(of["regimes"]), regimes - ({"ring"} if capture == "nflog" else set()))

    def test_its_ledgers_balance(self):
        found = audit.audit(STORED)
        self.assertEqual(([t["unaccounted"] for t in found["trials"] if t["unaccounted"]], found["not_ok"]), ([], 0))


if __name__ == "__main__":
    unittest.main()
