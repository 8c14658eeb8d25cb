# SPDX-License-Identifier: GPL-2.0-or-later
"""Conformance: every row of the capture table that the lab can run opens, captures and closes."""

import functools
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import PLACES, LabTest, Trials, run, trial  # noqa: E402

# Far below any knee, and so few that no ring overflows even if nobody reads.
RATE, COUNT = 20000, 200
# Delivers nothing by design: where to start a new one.
EMPTY = {"skeleton"}


# Rings that cannot hold what comes: the capture counts what it has no room for.
SMALL = [trial("af-xdp", 64, "max", 4000, frames=64), trial("af-xdp", 64, "max", 4000, frames=64, mode="skb"),
         trial("tpacket2", 64, "max", 4000, frames=16), trial("libpcap-immediate", 64, "max", 4000, buffer_bytes=65536),
         trial("fanout", 64, "max", 4000, spread="lb", blocks=2, block_bytes=4096),
         trial("io-uring", 64, "max", 4000, rcvbuf_bytes=4096, buffers=16), trial("bpf-ringbuf", 64, "max", 4000, ring_bytes=4096),
         trial("bpf-perfbuf", 64, "max", 4000, ring_bytes=4096), trial("nflog", 64, "max", 4000, rcvbuf_bytes=4096),
         trial("ykvm-xdp", 64, "max", 4000, slots=64), trial("ykvm-xdp", 64, "max", 4000, slots=64, overwrite=0)]
NO_ZEROCOPY = trial("af-xdp", 64, RATE, COUNT, mode="zerocopy")


@functools.cache
def captures():
    rows = json.loads(run("list", "captures", "--json").stdout)
    return [row["name"] for row in rows if "lab" in row["testbeds"]]


@functools.cache
def trials():
    return Trials([*(trial(name, 64, RATE, COUNT) for name in captures()), *SMALL])


class Captures(LabTest):
    def records(self):
        return {name: trials().record(trial(name, 64, RATE, COUNT)) for name in captures()}

    def test_table_has_what_is_needed(self):
        self.assertLessEqual({"null", "xdp-count", "libpcap", "libpcap-immediate", "tpacket2", "tpacket3", "fanout",
                              "recv", "recvmmsg", "io-uring", "bpf-ringbuf", "bpf-perfbuf", "nflog", "af-xdp", "ykvm", "ykvm-xdp", "kcap", "napi-tuned",
                              "interrupt-coalesced", "adaptive-coalesced", "skeleton"},
                             set(captures()))

    def test_each_opens_captures_and_closes(self):
        for name, record in self.records().items():
            with self.subTest(name):
                self.assertEqual((record["status"], record["reason"]), ("ok", None))
                self.assertEqual(record["capture"]["name"], name)
                self.assertEqual(record["generator"]["sent"], COUNT)
                self.assertEqual(record["nic"]["wire"], COUNT)
                self.assertEqual(record["nic"]["accepted"], COUNT)

    def test_each_delivers_every_frame_once(self):
        for name, record in self.records().items():
            if name in EMPTY:
                continue
            with self.subTest(name):
                self.assertEqual(record["ledger"], {"offered": COUNT, "delivered": COUNT, "dropped": 0,
                                                    "unaccounted": 0})
                self.assertIn(record["capture"]["duplicates"], (0, None))
                self.assertIn(record["capture"]["corrupted"], (0, None))

    def test_what_a_full_ring_drops_is_counted_by_the_capture(self):
        for one in SMALL:
            record = trials().record(one)
            with self.subTest(one):
                self.assertEqual(record["status"], "ok")
                self.assertGreater(record["drops"]["capture"], 0)
                self.assertEqual(record["ledger"]["unaccounted"], 0)
                self.assertEqual((record["capture"]["duplicates"], record["capture"]["corrupted"]), (0, 0))

    def test_zero_copy_that_the_driver_does_not_offer_is_said_in_the_plan(self):
        done = run(*NO_ZEROCOPY)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("af-xdp with mode=zerocopy cannot run on kernel 6.1", done.stderr)

    def test_what_a_capture_does_not_count_is_unknown(self):
        own = self.records()["skeleton"]["capture"]["own"]
        self.assertEqual(own, {"received": None, "dropped": None, "if_dropped": None})

    def test_frames_that_vanish_are_unaccounted(self):
        """The skeleton reads nothing and counts nothing: no place may be blamed for it."""
        record = self.records()["skeleton"]
        self.assertEqual(record["ledger"], {"offered": COUNT, "delivered": 0, "dropped": 0, "unaccounted": COUNT})
        self.assertEqual(record["nic"]["driver"], COUNT)
        self.assertEqual(record["drops"], {**dict.fromkeys(PLACES, 0), "capture": None, "consumer": None})
        self.assertIsNone(record["latency_ns"])


if __name__ == "__main__":
    unittest.main()
