# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""Each generator on the testbed netns: at a rate without loss, what it says it sent is what arrived."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import NetnsTest, command, rows, run  # noqa: E402
from pcapfile import pcap  # noqa: E402

COUNT = 4000


class Generators(NetnsTest):
    def whole(self, words, count=COUNT):
        record = self.measured(words)
        self.assertEqual(record["generator"]["sent"], count, record)
        self.assertEqual(record["generator"]["errors"], 0)
        self.assertEqual(record["nic"]["wire"], count, record)
        self.assertEqual(record["ledger"]["offered"], count)
        self.assertEqual(record["ledger"]["unaccounted"], 0, record)
        return record

    def none_lost(self, words, count=COUNT):
        """One of three trials must be so: a busy machine keeps readers off their CPU."""
        record = next((r for r in (self.whole(words, count) for _ in range(3)) if r["capture"]["unique"] == count), None)
        self.assertIsNotNone(record, "frames were lost in three trials of three")
        for key in ("duplicates", "reordered", "corrupted", "foreign"):
            self.assertEqual(record["capture"][key], 0, (key, record))
        return record

    def test_sent_is_received(self):
        for generator in ("txring", "xdp-live", "libnet"):
            with self.subTest(generator):
                self.needs(generator)
                self.none_lost(command("tpacket3", generator, rate=20000, count=COUNT))
                self.assertEqual(self.whole(command("null", generator, rate=20000, count=COUNT))["ledger"]["dropped"], 0)

    def test_a_mix_of_sizes(self):
        """In turn, so the sink knows each frame's size; by size all is received, and a mean is told."""
        for generator in ("txring", "libnet"):
            with self.subTest(generator):
                self.needs(generator)
                record = self.none_lost(command("tpacket3", generator, frame="imix", rate=20000, count=1200), 1200)
                self.assertEqual((record["spec"]["frame_bytes"], record["spec"]["frame"]), (361.83, "64:7,594:4,1518:1"))
                self.assertEqual(record["ledger"]["sizes"],
                                 [{"frame_bytes": size, "sent": 100 * n, "received": 100 * n}
                                  for size, n in ((64, 7), (594, 4), (1518, 1))])
                pps, bps = record["generator"]["achieved_pps"], record["generator"]["achieved_bps"]
                self.assertAlmostEqual(bps / (8 * 361.83 * pps), 1, delta=0.001)
        done = run(*command("tpacket3", "xdp-live", frame="imix", rate=20000, count=1200))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("xdp-live cannot send a mix of sizes", done.stderr)

    def test_a_paced_xdp_live_begins_in_time(self):
        """Its system call takes tens of ms to start: 100 frames of 1 ms were all late, and left in one bunch."""
        self.needs("xdp-live")
        took = [self.record(command("tpacket3", "xdp-live", rate=100000, count=100))["generator"]["duration_ns"]
                for _ in range(5)]
        self.assertLess(min(took), 1.2e6, took)

    def test_an_unpaced_xdp_live_is_as_fast_in_short_trials(self):
        """The tens of ms in which its system call starts and ends do not count as sending."""
        self.needs("xdp-live")
        rates = [max(self.record(command("xdp-count", "xdp-live", rate="max", count=count))["generator"]["achieved_pps"]
                     for _ in range(3)) for count in (20000, 2000000)]
        self.assertGreater(rates[0], rates[1] / 3, rates)

    def test_bunches(self):
        for law in ("constant", "geometric"):
            with self.subTest(law):
                record = self.none_lost(command("tpacket3", rate=20000, count=COUNT, gen_bunch=8, gen_bunch_law=law))
                if record["status"] == "ok" and law == "constant":
                    self.assertAlmostEqual(record["generator"]["achieved_pps"], 20000, delta=200)

    def test_a_trace(self):
        path = os.path.join(self.side, "times")
        with open(path, "w", encoding="ascii") as out:
            out.write("".join(f"{i * 50e-6 + (i % 3) * 10e-6:.6f}\n" for i in range(COUNT)))
        record = self.none_lost(command("tpacket3", rate="own", count=COUNT, gen_arrivals="trace", gen_trace=path))
        self.assertAlmostEqual(record["spec"]["rate_pps"], 20000, delta=5)
        self.assertRegex(record["spec"]["set"]["gen.trace"], "^[0-9a-f]{64}$")
        # The file's hash stands for it; both ways of asking give the same trial.
        words = command("tpacket3", rate=record["spec"]["rate_pps"], count=COUNT, gen_arrivals="trace",
                        gen_trace=record["spec"]["set"]["gen.trace"])
        self.assertEqual(self.none_lost(words)["id"], record["id"])

    def test_a_replay(self):
        path = pcap(os.path.join(self.side, "a.pcap"), [50] * 101)
        record = self.none_lost(command("tpacket3", "replay", 1518, "own", COUNT, gen_pcap=path))
        self.assertEqual(record["spec"]["rate_pps"], 20000)
        record = self.none_lost(command("tpacket3", "replay", 1518, "own", COUNT, gen_pcap=path, gen_speed=50))
        self.assertEqual(record["spec"]["rate_pps"], 10000)
        record = self.whole(command("tpacket3", "replay", 1518, "max", COUNT, gen_pcap=path))
        self.assertEqual(record["capture"]["corrupted"], 0)

    def test_flows_of_a_replay_are_the_files(self):
        path = pcap(os.path.join(self.side, "a.pcap"), [50] * 40)
        record = self.none_lost(command("tpacket3", "replay", 1518, 20000, COUNT, gen_pcap=path, work="flow"))
        self.assertEqual(record["capture"]["work"]["flows"], 40)

    def refused(self, words, why):
        done = run(*words)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn(why, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_files_that_cannot_be_sent(self):
        path = os.path.join(self.side, "a.pcap")
        words = command("tpacket3", "replay", 1518, "own", COUNT, gen_pcap=path)
        self.refused(words, "No such file")
        pcap(path, [])
        self.refused(words, f"gen.pcap: {path}: no frames")
        pcap(path, [10, 10], linktype=113)
        self.refused(words, "link type LINUX_SLL (113), only Ethernet (1) can be sent")
        pcap(path, [10] * 4)
        self.refused(command("tpacket3", "replay", 1000, "own", COUNT, gen_pcap=path),
                     "frame 4 has 1518 bytes with FCS, --frame 1000 allows no more")
        self.refused([*words, "--senders", "2"], "senders 2: a file's frames are one sender's")
        os.truncate(path, os.path.getsize(path) - 1)
        self.refused(words, "behind frame 3: truncated dump file")
        self.refused(command("tpacket3", "replay", 1518, 20000, COUNT), "generator replay wants --set gen.pcap=FILE")

    def test_a_campaign_finds_its_files_beside_it(self):
        pcap(os.path.join(self.side, "a.pcap"), [50] * 9)
        path = os.path.join(self.side, "c.yaml")
        with open(path, "w", encoding="ascii") as out:
            out.write("name: c\nsweeps:\n  - {testbed: netns, generator: replay, capture: tpacket3, frame_bytes: 1518,\n"
                      "     rate_pps: [own, 30000], set: {gen.pcap: a.pcap}}\n")
        done = run("run", path, "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"rate=20000 .*set\.gen\.pcap=[0-9a-f]{64}")
        self.assertRegex(done.stdout, r"rate=30000 .*set\.gen\.pcap=[0-9a-f]{64}")
        os.unlink(os.path.join(self.side, "a.pcap"))
        done = run("run", path, "--dry-run")
        self.assertEqual(done.returncode, 2)
        self.assertIn("c.yaml:4: gen.pcap: ", done.stderr)

    def test_pktgen_runs_or_says_why_not(self):
        why = rows("generators")["pktgen"]["cannot"].get("netns")
        if why:
            self.assertIn("/proc/net/pktgen", why)
            record = self.record(command("null", "pktgen", count=COUNT))
            self.assertEqual((record["status"], record["reason"]), ("failed", why))
        else:
            self.none_lost(command("tpacket3", "pktgen", rate=20000, count=COUNT))


if __name__ == "__main__":
    unittest.main()
