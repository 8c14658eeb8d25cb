# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults injected on purpose, each by the kernel's own means: ledger and fates name every one, to the packet."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import PLACES, LabTest, parse, run, trial  # noqa: E402

COUNT = 2000
RATE = 50000
RING = 256
QUOTA = 64  # frames of one NAPI poll
FIRST, LAST = 101, 200
RANGE = f"{FIRST}-{LAST}"


def fates(path):
    """Fate, place and marks of each number, 1 at [1]; and each line's numbers."""
    found = [None]
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            _, first, last, fate, place, marks, _ = line.rstrip("\n").split("\t")
            assert int(first) == len(found), line
            found += [(fate, place, marks)] * (int(last) - int(first) + 1)
    return found


def numbers(found, *wanted):
    """Which numbers have this fate, place and marks; fewer words match more."""
    return [seq for seq, fate in enumerate(found) if fate and fate[:len(wanted)] == wanted]


def span(first, last):
    return list(range(first, last + 1))


class Planted(LabTest):
    def inject(self, capture, fault, count=COUNT, status="ok", rate=RATE, **settings):
        """Runs the trial; its record and the fates of its frames."""
        self.path = os.path.join(self.folder(), "fates")
        done = run(*trial(capture, 64, rate, count, fault=fault, **settings), "--fates", self.path)
        record = parse(done.stdout)
        self.assertEqual((record["status"], done.returncode), (status, 0 if status == "ok" else 1), done)
        if status == "ok":
            self.assertEqual(record["ledger"]["unaccounted"], 0, record)
        found = fates(self.path)
        self.assertEqual(len(found), count + 1)
        return record, found

    def lost_there(self, record, found, place, wanted):
        """These numbers died there, nothing else died anywhere, and the ledger says the same."""
        self.assertEqual(numbers(found, "lost", place), wanted)
        self.assertEqual(len(numbers(found, "delivered")), len(found) - 1 - len(wanted))
        for other in PLACES:
            self.assertIn(record["drops"][other], (len(wanted),) if other == place else (0, None), other)
        self.assertEqual(record["ledger"]["delivered"], len(found) - 1 - len(wanted))

    def say(self, seq):
        return run("fate", self.path, str(seq)).stdout

    def test_never_sent(self):
        record, found = self.inject("tpacket3", f"unsent:1901-{COUNT}", status="invalid")
        self.assertIn("sent 1900 of 2000 frames", record["reason"])
        self.assertEqual(numbers(found, "unsent"), span(1901, COUNT))
        self.assertEqual((record["ledger"]["offered"], record["ledger"]["dropped"]), (1900, 0), "that is no loss")
        self.assertIn("packet 1901 of sender 0 was never sent", self.say(1901))

    def test_sender(self):
        record, found = self.inject("tpacket3", f"swallow:{RANGE}", status="invalid", gen_queue=1)
        self.assertIn("100 frames were sent but never reached", record["reason"])
        self.lost_there(record, found, "sender_tx", span(FIRST, LAST))

    def test_nic_without_descriptor(self):
        """The DUT does not look at its NIC: the ring takes what it has room for, and that is all."""
        record, found = self.inject("tpacket3", "stop")
        kept = record["ledger"]["delivered"]
        self.assertIn(kept, range(RING - 16, RING + 2 * 16))
        self.lost_there(record, found, "nic_no_descriptor", span(kept + 1, COUNT))
        self.assertEqual(record["nic"]["first_drop"], kept + 1)

    def test_xdp(self):
        for capture in ("tpacket3", "recv"):
            with self.subTest(capture):
                record, found = self.inject(capture, f"xdp:{RANGE}")
                self.lost_there(record, found, "xdp", span(FIRST, LAST))

    def test_backlog(self):
        """Of each poll's frames the queue takes its length and one more."""
        length, count = 16, 240
        record, found = self.inject("tpacket3", f"backlog:{length}", count=count)
        wanted = [seq for seq in span(1, count) if (seq - 1) % QUOTA > length]
        self.lost_there(record, found, "softnet", wanted)
        self.assertIn("CPU_BACKLOG", self.say(wanted[0]))

    def test_socket_filter(self):
        for capture in ("tpacket3", "recv", "libpcap"):
            with self.subTest(capture):
                record, found = self.inject(capture, f"filter:{RANGE}")
                self.lost_there(record, found, "filter", span(FIRST, LAST))

    def test_ring_of_a_stalled_reader(self):
        settings = {"tpacket3": {"blocks": 2, "block_bytes": 65536}, "libpcap": {"buffer_bytes": 131072},
                    "recv": {"rcvbuf_bytes": 65536}}
        for capture, more in settings.items():
            with self.subTest(capture):
                record, found = self.inject(capture, "stall", **more)
                kept = record["ledger"]["delivered"]
                self.assertTrue(0 < kept < COUNT, kept)
                self.lost_there(record, found, "capture", span(kept + 1, COUNT))

    def test_consumer_that_leaves(self):
        for capture in ("tpacket3", "recv"):
            with self.subTest(capture):
                record, found = self.inject(capture, "leave:700", count=1200)
                self.lost_there(record, found, "consumer", span(701, 1200))
                self.assertIn("died at consumer", self.say(701))

    def test_two_places_in_one_trial(self):
        """The queue of a reader that left runs over: what it took dies in it, what it did not take at its door."""
        record, found = self.inject("recv", "leave:700", count=COUNT)
        drops = record["drops"]
        self.assertGreater(drops["capture"], 0)
        self.assertEqual(numbers(found, "lost", "consumer"), span(701, 700 + drops["consumer"]))
        self.assertEqual(numbers(found, "lost", "capture"), span(701 + drops["consumer"], COUNT))

    def test_flipped_bits(self):
        """Only whoever looks at every byte finds them."""
        record, found = self.inject("tpacket3", f"flip:{RANGE}", gen_queue=1, verify=1)
        self.assertEqual(numbers(found, "corrupted"), span(FIRST, LAST))
        self.assertEqual((record["capture"]["corrupted"], record["capture"]["unique"]), (100, COUNT - 100))
        record, found = self.inject("tpacket3", f"flip:{RANGE}", gen_queue=1)
        self.assertEqual(len(numbers(found, "delivered")), COUNT)
        self.assertEqual(record["capture"]["corrupted"], 0)

    def test_every_byte_of_sound_frames_is_as_sent(self):
        for capture, frame in (("libpcap", 1518), ("recv", 64)):
            record = parse(run(*trial(capture, frame, 20000, 500, verify=1, gen_flows=7)).stdout)
            self.assertEqual((record["capture"]["corrupted"], record["capture"]["unique"]), (0, 500), record)

    def test_swapped(self):
        record, found = self.inject("tpacket3", f"swap:{RANGE}", gen_queue=1)
        self.assertEqual(numbers(found, "delivered", "-", "late"), span(FIRST, LAST)[::2])
        self.assertEqual((record["capture"]["reordered"], record["ledger"]["delivered"]), (50, COUNT))

    def test_repeated(self):
        record, found = self.inject("tpacket3", "repeat", rate=20000, status="invalid", gen_queue=1)
        self.assertIn("4000 frames on the wire, 2000 were sent", record["reason"])
        self.assertEqual(numbers(found, "delivered", "-", "repeated"), span(1, COUNT))
        self.assertEqual((record["capture"]["duplicates"], record["capture"]["unique"]), (COUNT, COUNT))

    def test_faults_that_cannot_be(self):
        for words in ({"fault": "nosuch"}, {"fault": "xdp"}, {"fault": "xdp:5-4"}, {"fault": f"xdp:1-{COUNT + 1}"},
                      {"fault": "unsent:1-9"}, {"fault": "swap:1-2"}, {"verify": "2"}):
            done = run(*trial("tpacket3", 64, RATE, COUNT, **words))
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)


class Fates(LabTest):
    def test_record_is_the_same_with_and_without(self):
        """Overloaded, and with a ring too small besides: the fates agree with the ledger, or there would be no record."""
        for words in (trial("libpcap", 64, "max", 5000), trial("recv", 64, "max", 5000, rcvbuf_bytes=65536),
                      trial("null", 64, "max", 3000), trial("ykvm", 64, "max", 5000),
                      (*trial("tpacket3", 64, "max", 4000), "--senders", "2")):
            with self.subTest(" ".join(words)):
                path = os.path.join(self.folder(), "fates")
                plain, more = run(*words), run(*words, "--fates", path)
                self.assertEqual((plain.returncode, plain.stdout), (0, more.stdout), more)
                record = parse(plain.stdout)
                with open(path, encoding="utf-8") as lines:
                    text = lines.read()
                lost = sum(int(l.split("\t")[2]) - int(l.split("\t")[1]) + 1
                           for l in text.splitlines() if "\tlost\t" in l)
                self.assertEqual(lost, record["ledger"]["dropped"])
                self.assertNotIn("unknown", text)

    def test_what_cannot_be_told(self):
        path = os.path.join(self.folder(), "f")
        with open(path, "w", encoding="utf-8") as out:
            out.write("# rxlab fates 1\n0\t1\t5\tdelivered\t-\t-\tthe sink saw its number\n")
        self.assertEqual(run("fate", path, "5").stdout,
                         "packet 5 of sender 0 was delivered (the sink saw its number)\n")
        self.assertEqual(run("fate", path, "6").returncode, 1)
        self.assertEqual(run("fate", path, "0").returncode, 2)
        self.assertEqual(run("fate", path).returncode, 2)
        with open(path, "w", encoding="utf-8") as out:
            out.write("nonsense\n")
        self.assertEqual(run("fate", path, "1").returncode, 1)


if __name__ == "__main__":
    unittest.main()
