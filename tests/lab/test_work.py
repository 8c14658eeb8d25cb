# SPDX-License-Identifier: GPL-2.0-or-later
"""The consumer's work, the same for every capture with a reader; and the packet sockets' counts where they overflow."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, run, trial  # noqa: E402

RATE, COUNT, FRAME = 20000, 500, 128
MAGIC = "match:0xbe9be955"  # stands in every frame of pktgen's
CAPTURES = ("libpcap", "tpacket3", "recv", "recvmmsg", "ykvm")
WORKS = ("touch", "flow", MAGIC, "match:NEEDLE")
UNKNOWN = dict.fromkeys(("touched_bytes", "flows", "unclassified", "matches"))
FOUND = {
    "touch": {"name": "touch", "touched_bytes": COUNT * (FRAME - 4)},
    "flow": {"name": "flow", "flows": 2, "unclassified": 0},
    MAGIC: {"name": "match", "matches": COUNT},
    "match:NEEDLE": {"name": "match", "matches": 0},
}

WORKED = {(name, work): (*trial(name, FRAME, RATE, COUNT, work=work, gen_flows=2), "--instruments")
          for name in CAPTURES for work in WORKS}
PLAIN = {name: (*trial(name, FRAME, RATE, COUNT, gen_flows=2), "--instruments") for name in CAPTURES}
DERIVED = trial("interrupt-coalesced", FRAME, RATE, COUNT, base="recv", work=MAGIC)
# The softirq fills them while the reader waits for the same CPU.
TIGHT = [trial("tpacket3", 64, "max", 4000, block_bytes=4096, blocks=2),
         trial("recv", 64, "max", 4000, rcvbuf_bytes=4096), trial("recvmmsg", 64, "max", 4000, rcvbuf_bytes=4096)]

TRIALS = Trials([*WORKED.values(), *PLAIN.values(), DERIVED, *TIGHT])


def consumer(record):
    return record["cpu"]["instructions"]["consumer"]


class Work(LabTest):
    def test_each_capture_finds_the_same(self):
        for (name, work), words in WORKED.items():
            with self.subTest(f"{name} {work}"):
                record = TRIALS.record(words)
                self.assertEqual(record["ledger"]["delivered"], COUNT)
                self.assertEqual(record["capture"]["work"], {**UNKNOWN, **FOUND[work]})

    def test_work_costs_and_its_absence_does_not_show(self):
        """In the consumer's instructions: what the whole DUT does changes also by how often a reader is woken."""
        for name, words in PLAIN.items():
            plain = TRIALS.record(words)
            self.assertNotIn("work", plain["capture"])
            for work in ("touch", "flow", "match:NEEDLE"):
                with self.subTest(f"{name} {work}"):
                    self.assertGreater(consumer(TRIALS.record(WORKED[name, work])), consumer(plain) + 100 * COUNT)

    def test_a_derived_capture_hands_it_to_its_base(self):
        self.assertEqual(TRIALS.record(DERIVED)["capture"]["work"], {**UNKNOWN, **FOUND[MAGIC]})

    def test_what_cannot_be_is_refused(self):
        for words, wanted in (
            (trial("null", work="touch"), "null: work=touch: the kernel consumes the frames"),
            (trial("libpcap", work="match:"), "a pattern is 1 to 64 bytes"),
            (trial("libpcap", work="sleep"), "must be count, touch, flow or match:PATTERN"),
            (trial("libpcap", work="match:a b"), "value 'match:a b' is not"),
        ):
            with self.subTest(" ".join(words)):
                done = run(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(wanted, done.stderr)


class PacketSockets(LabTest):
    def test_drops_are_counted_and_balance(self):
        for words in TIGHT:
            with self.subTest(" ".join(words)):
                record = TRIALS.record(words)
                own = record["capture"]["own"]
                self.assertGreater(record["drops"]["capture"], 0)
                self.assertEqual(record["drops"]["consumer"], 0)
                self.assertEqual(record["ledger"]["unaccounted"], 0)
                self.assertEqual(own["received"], record["capture"]["received"])
                self.assertEqual(own["received"] + own["dropped"], record["nic"]["driver"])


if __name__ == "__main__":
    unittest.main()
