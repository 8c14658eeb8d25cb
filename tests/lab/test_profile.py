# SPDX-License-Identifier: GPL-2.0-or-later
# runs first: it takes longest
"""Instruments outside the guest: they change nothing in it, and every instruction of the DUT has an owner."""

import json
import os
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, parse, run, trial  # noqa: E402

COUNT = 4000
ON = ("--instruments",)
MEMORY = ("--instruments=memory",)
# Below the knee and overloaded; and a reader on a CPU of its own, whose work counts too.
WANTED = (trial("null", 64, "max", COUNT), trial("libpcap", 64, "max", COUNT), trial("libpcap", 1518, 60000, COUNT),
          trial("ykvm", 64, "max", COUNT), (*trial("ykvm", 64, 100000, COUNT), "--reader-cpu", "2"),
          trial("recv", 64, 40000, COUNT), trial("ykvm-zc", 64, "max", COUNT), trial("kcap", 64, "max", COUNT))
TRIALS = Trials([(*words, *more) for words in WANTED for more in ((), ON, MEMORY)])


def without(line):
    """A record less what the instruments add to it."""
    record = json.loads(line)
    stages = record["cpu"].pop("instructions")
    return json.dumps(record, separators=(",", ":")) + "\n", stages


class Instruments(LabTest):
    def test_records_differ_by_their_own_field_alone(self):
        for words in WANTED:
            with self.subTest(" ".join(words)):
                TRIALS.record(words)
                plain = TRIALS.line(words)
                self.assertNotIn("instructions", plain)
                for more in (ON, MEMORY):
                    if without(TRIALS.line((*words, *more)))[0] != plain and "ykvm-zc" in words:
                        # About one of its records in 70 is another one, instruments or not: docs/lab.md, known fault.
                        self.assertEqual(without(run(*words, *more).stdout)[0], run(*words).stdout)
                        continue
                    self.assertEqual(without(TRIALS.line((*words, *more)))[0], plain)

    def test_stages_sum_to_the_time_outside_idle(self):
        for words in WANTED:
            record = TRIALS.record((*words, *ON))
            with self.subTest(" ".join(words)):
                stages = record["cpu"]["instructions"]
                self.assertEqual(sum(stages.values()), record["cpu"]["busy_ns"])
                on, memory = (without(TRIALS.line((*words, *more))) for more in (ON, MEMORY))
                if "ykvm-zc" not in words or on[0] == memory[0]:  # docs/lab.md, known fault
                    self.assertEqual(on[1], memory[1])

    def test_most_of_it_is_named(self):
        """A library or kernel whose functions have no stage would show here."""
        for words in WANTED:
            record = TRIALS.record((*words, *ON))
            with self.subTest(" ".join(words)):
                # More of a trial's fixed cost has no stage, and ykvm-zc's frames cost little.
                self.assertLess(record["cpu"]["instructions"]["other"], 0.08 * record["cpu"]["busy_ns"] + 40000)

    def test_stages_know_captures_apart(self):
        null, libpcap, _, ykvm, *_ = (TRIALS.record((*words, *ON)) for words in WANTED)
        for record in (libpcap, ykvm):
            for stage in ("tap", "library", "consumer"):
                per = record["cpu"]["instructions"][stage] / record["nic"]["accepted"]
                self.assertGreater(per, 10, (record["spec"]["capture"], stage))
        for stage in ("tap", "library"):
            self.assertLess(null["cpu"]["instructions"][stage], 0.001 * null["cpu"]["busy_ns"])
        driver = [r["cpu"]["instructions"]["driver"] / r["nic"]["accepted"] for r in (null, libpcap, ykvm)]
        self.assertLess(max(driver), 1.02 * min(driver), "one driver costs one price, whoever captures")


class Profiles(LabTest):
    def profile(self, *words):
        done = run("profile", *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        return done.stdout


class Sink(Profiles):
    """What the sink costs is in every capture's figure."""

    MOST = 30  # instructions a frame
    SOURCES = ("harness/sink/sink.h", "harness/sink/sink.c", "harness/util/histogram.h", "harness/util/clock.h")
    # A batch of one frame each; many in a batch; half of the frames missing, and below the knee; two senders.
    TRIALS = (("recv", "max"), ("recvmmsg", "max"), ("libpcap", "max"), ("ykvm", "100000"), ("tpacket3", "50000"))

    def sink_of(self, *words):
        """Instructions a frame that the sink took, inlined or not."""
        found = json.loads(self.profile(*words, "--count", "8000", "--json"))["profiles"][0]
        self.assertEqual(found["record"]["capture"]["unique"], found["record"]["ledger"]["delivered"])
        mine = sum(row["instructions"] for row in found["owners"]
                   if any(row["owner"].endswith(f"({source})") for source in self.SOURCES))
        return mine / found["record"]["capture"]["unique"]

    def test_it_costs_at_most_30_instructions_a_frame(self):
        for capture, rate in self.TRIALS:
            with self.subTest(capture):
                cost = self.sink_of("--capture", capture, "--frame", "64", "--rate", rate)
                self.assertLessEqual(cost, self.MOST)
                self.assertGreater(cost, 15, "the check itself was not found")

    def test_with_two_senders_too(self):
        cost = self.sink_of("--capture", "libpcap", "--frame", "64", "--rate", "max", "--senders", "2")
        self.assertLessEqual(cost, self.MOST)


class Profile(Profiles):

    def test_twice_gives_equal_bytes(self):
        words = ("--capture", "libpcap", "--frame", "64", "--rate", "50000", "--count", "2000", "--json")
        lines = [self.profile(*words) for _ in range(2)]
        self.assertEqual(*lines)
        profile = json.loads(lines[0])["profiles"][0]
        for key in ("instructions", "loaded", "stored"):
            self.assertEqual(sum(row[key] for row in profile["owners"]),
                             sum(row[key] for row in profile["stages"].values()), key)
        self.assertEqual(sum(row["instructions"] for row in profile["owners"]), profile["record"]["cpu"]["busy_ns"])
        self.assertTrue(any(row["owner"] == "tpacket_rcv" for row in profile["owners"][:5]))
        parse(json.dumps(profile["record"]) + "\n")

    def test_copies(self):
        """Into the kernel's ring, or out of a socket's buffer: one copy of each frame. Nobody captures: none."""
        wanted = {"null": 0, "libpcap": 1, "recv": 1, "ykvm": 1}
        for capture, copies in wanted.items():
            found = json.loads(self.profile("--capture", capture, "--copies", "--count", str(COUNT), "--json"))
            self.assertAlmostEqual(found["copies"][0]["copies_per_frame"], copies, delta=0.1, msg=capture)

    def test_modules_that_a_capture_loads_have_names(self):
        wanted = {"kcap": "kcap_hook_frame [kcap]", "ykvm-zc": "zc_ring_poll [ykvm_zc]",
                  "pf_zerocopy": "zc_ring_poll [ykvm_zc]"}
        for capture, owner in wanted.items():
            with self.subTest(capture):
                found = json.loads(self.profile("--capture", capture, "--count", str(COUNT), "--json"))["profiles"][0]
                self.assertIn(owner, [row["owner"] for row in found["owners"][:8]])
                self.assertNotIn("(bpf)", [row["owner"] for row in found["owners"]])

    def test_chart_of_two(self):
        path = os.path.join(self.folder(), "chart.svg")
        said = self.profile("--capture", "libpcap", "--compare", "null", "--count", "2000", "--svg", path)
        self.assertIn("tpacket_rcv", said)
        with open(path, encoding="utf-8") as text:
            chart = text.read()
        xml.etree.ElementTree.fromstring(chart)
        self.assertIn("tpacket_rcv", chart)

    def test_what_cannot_run_says_so_once(self):
        done = run("profile", "--capture", "nosuch")
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("nosuch")), (2, "", 1), done)


if __name__ == "__main__":
    unittest.main()
