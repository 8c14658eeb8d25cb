# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""Trials on the testbed netns: every frame accounted for with every capture and generator; what cannot run says why."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import CAPTURES, GENERATORS, RXLAB, NetnsTest, command, interfaces, rows, run  # noqa: E402


class Trials(NetnsTest):
    def balanced(self, record, count):
        self.assertEqual(record["testbed"]["name"], "netns")
        self.assertEqual(record["testbed"]["clock"], "wall")
        self.assertEqual(record["generator"]["sent"], count, record)
        self.assertEqual(record["ledger"]["offered"], count, record)
        self.assertEqual(record["ledger"]["unaccounted"], 0, record)
        self.assertEqual(record["nic"]["wire"], count, record)
        self.assertEqual(record["drops"]["sender_tx"], 0, record)
        # The files for these count the whole machine.
        self.assertIsNone(record["drops"]["softnet"])
        self.assertIsNone(record["irq"]["hard"])

    def checked(self, record):
        """What was read was sent, once and in order."""
        capture = record["capture"]
        for key in ("duplicates", "reordered", "corrupted", "foreign"):
            self.assertEqual(capture[key], 0, (key, record))
        self.assertGreater(capture["unique"], 0)
        self.assertGreater(record["latency_ns"]["n"], 0)

    def test_every_capture_with_every_generator(self):
        for generator in GENERATORS:
            for capture in CAPTURES:
                with self.subTest(generator=generator, capture=capture):
                    self.needs(generator)
                    record = self.measured(command(capture, generator))
                    self.balanced(record, 20000)
                    if capture not in ("null", "xdp-count"):
                        self.checked(record)

    def test_unpaced_and_large(self):
        for generator in GENERATORS:
            with self.subTest(generator=generator):
                self.needs(generator)
                record = self.measured(command("tpacket3", generator, frame=1518, rate="max", count=200000))
                self.balanced(record, 200000)
                self.checked(record)

    def test_a_rate_out_of_reach_ends_soon(self):
        """xdp-live once sent the frames that were late a few at a time, and took seconds."""
        self.needs("xdp-live")
        record = self.record(command("libpcap-immediate", "xdp-live", rate=5000000, count=200000))
        self.assertEqual(record["status"], "invalid", record)
        self.assertEqual(record["generator"]["sent"], 200000, record)
        self.assertLess(record["generator"]["duration_ns"], 2 * 10 ** 9, record)

    def test_random_arrivals(self):
        for generator in GENERATORS:
            for law in ("poisson", "on-off"):
                with self.subTest(generator=generator, law=law):
                    self.needs(generator)
                    record = self.measured(command("tpacket3", generator, gen_arrivals=law))
                    self.balanced(record, 20000)
                    self.checked(record)

    def test_two_senders(self):
        for generator in GENERATORS:
            with self.subTest(generator=generator):
                self.needs(generator)
                record = self.measured([*command("tpacket3", generator, count=20001), "--senders", "2"])
                self.balanced(record, 20001)
                self.checked(record)

    def test_a_ring_that_is_too_small_is_where_the_frames_are_lost(self):
        record = self.measured(command("recv", rate="max", count=100000, rcvbuf_bytes=4096))
        self.balanced(record, 100000)
        self.assertGreater(record["drops"]["capture"], 0)
        self.assertEqual(record["ledger"]["dropped"], record["drops"]["capture"] + record["drops"]["nic_no_descriptor"])

    def test_a_loss_that_two_count_is_one(self):
        self.needs("xdp-live")
        for settings in ({}, {"gen_batch": 256}):  # more than the ring holds
            record = self.measured(command("af-xdp", "xdp-live", rate="max", count=2000000, **settings))
            self.balanced(record, 2000000)

    def test_dpdk_through_a_packet_socket(self):
        """DPDK's driver does not report what its socket lost; the row does."""
        self.needs_row("captures", "dpdk")
        record = self.measured(command("dpdk"))
        self.balanced(record, 20000)
        self.checked(record)
        self.assertEqual(record["knobs"]["driver"], "net_af_packet")
        polls = record["capture"]["polls"]
        self.assertGreater(polls["all"], polls["empty"])
        self.assertIsNone(polls["empty_ns"])
        record = self.measured(command("dpdk", rate="max", count=400000, ring=64))
        self.balanced(record, 400000)
        self.assertGreater(record["drops"]["capture"], 0)

    def test_what_needs_a_module_says_so(self):
        listed = rows("captures")["ykvm"]
        if "netns" in listed["testbeds"]:
            self.skipTest("the module is loaded here")
        self.assertIn("ykvm", listed["cannot"]["netns"])
        record = self.record(command("ykvm"))
        self.assertEqual((record["status"], record["reason"]), ("failed", listed["cannot"]["netns"]))

    def test_what_needs_a_nic_or_the_whole_machine_says_so(self):
        listed = {name: row["cannot"]["netns"] for name, row in rows("captures").items()
                  if " sets " in row["cannot"].get("netns", "")}
        self.assertIn("napi-tuned", listed)
        self.assertIn("interrupt-coalesced", listed)
        for name, why in listed.items():
            with self.subTest(name):
                knob = why.split()[2].split("=")[0]
                done = run(*command(name, count=100))
                self.assertEqual((done.returncode, done.stdout), (2, ""), done)  # when it is planned
                self.assertIn(knob, done.stderr)

    def test_a_cpu_that_is_not_there(self):
        if len(os.sched_getaffinity(0)) > 2:
            self.skipTest("there are three CPUs")
        record = self.record([*command("recv"), "--reader-cpu", "2"])
        self.assertEqual(record["status"], "failed")
        self.assertIn("reader_cpu 2", record["reason"])

    def test_settings_are_checked(self):
        done = run(*command("recv", gen_arrivals="birds"))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("must be one of constant, poisson, on-off", done.stderr)

    def test_the_machine_stays_as_it_was(self):
        before = interfaces()
        self.measured(command("tpacket3"))
        self.assertEqual(interfaces(), before)

    def test_without_the_right_to_it(self):
        words = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", RXLAB]
        if os.geteuid() or subprocess.run(["which", "setpriv"], capture_output=True).returncode:
            self.skipTest("needs root and setpriv")
        done = subprocess.run([*words, *command("null")], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("testbed netns cannot run here: cannot make a network namespace: Operation not permitted",
                      done.stderr)


if __name__ == "__main__":
    unittest.main()
