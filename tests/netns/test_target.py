# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""No interface of the machine is a target: nothing is sent to it and none of its settings change.

The machine here is a network namespace whose interfaces have the names of the testbed's, addresses and default routes.
"""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import CleanTest  # noqa: E402
from netns import GENERATORS, RXLAB, SCHEMA, TOP, command, rows, schema, until  # noqa: E402
from pcapfile import pcap  # noqa: E402

MAKE = """set -e
for conf in all default; do
	[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/$conf/disable_ipv6
done
ip link add snd0 type veth peer name dut
ip addr add 192.0.2.1/24 dev snd0
ip addr add 198.51.100.1/24 dev dut
ip link set snd0 up
ip link set dut up
ip route add default via 192.0.2.2 dev snd0
ip route add default via 198.51.100.2 dev dut metric 5
echo made
exec sleep 1000
"""
CAPTURES = ("recv", "tpacket3", "libpcap", "af-xdp", "ykvm-xdp", "xdp-count", "dpdk")
WORDS = ("interface", "ifname", "iface", "device", "dev", "dut", "sender", "target", "nic")


class Target(CleanTest):
    def setUp(self):
        self.machine = subprocess.Popen(["unshare", "--net", "sh", "-c", MAKE], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.machine.stdout.close)
        self.addCleanup(self.machine.wait)
        self.addCleanup(self.machine.kill)
        if self.machine.stdout.readline() != "made\n":
            self.skipTest("cannot make a machine of our own: see above")
        super().setUp()
        until(lambda: self.state() == self.state(), "quiet")
        self.first = self.state()

    def inside(self, *words):
        return subprocess.run(["nsenter", f"--net=/proc/{self.machine.pid}/ns/net", *words], capture_output=True, text=True,
                              timeout=240)

    def state(self):
        """Interfaces with settings, programs and counters; addresses; routes."""
        found = []
        for words in (("-d", "-s", "link"), ("addr",), ("route",)):
            done = self.inside("ip", "-j", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            found.append(json.loads(done.stdout))
        self.assertEqual([route["dev"] for route in found[2] if route["dst"] == "default"], ["snd0", "dut"])
        return found

    def untouched(self):
        self.assertEqual(self.state(), self.first)

    def words(self, capture, generator):
        if generator != "replay":
            return command(capture, generator, rate=20000, count=2000)
        return command(capture, generator, 1518, 20000, 2000, gen_pcap=pcap(os.path.join(self.side, "a.pcap"), [50] * 100))

    def test_it_would_be_seen(self):
        """This test's own detection: it sees one frame and one setting."""
        send = "import socket; s = socket.socket(17, 3); s.bind(('snd0', 0)); s.send(bytes(60))"
        self.assertEqual(self.inside(sys.executable, "-c", send).returncode, 0)
        self.assertNotEqual(self.state(), self.first)
        self.first = self.state()
        self.inside("ip", "link", "set", "dut", "promisc", "on")
        self.assertNotEqual(self.state(), self.first)

    def test_trials_have_interfaces_of_their_own(self):
        for generator in (*GENERATORS, "replay"):
            for capture in CAPTURES if generator == "txring" else CAPTURES[1:4]:
                with self.subTest(generator=generator, capture=capture):
                    self.needs(generator)
                    self.needs_row("captures", capture)
                    done = self.inside(RXLAB, *self.words(capture, generator), "--side", self.side)
                    record = schema.parse(done.stdout, "stdout", SCHEMA)
                    self.assertIn(record["status"], ("ok", "invalid"), record)
                    self.assertEqual(record["nic"]["wire"], 2000, record)
                    self.untouched()

    def test_a_trial_that_fails(self):
        """Its module is not loaded here."""
        if "netns" in rows("captures")["ykvm"]["testbeds"]:
            self.skipTest("the module is loaded here")
        done = self.inside(RXLAB, *command("ykvm"), "--side", self.side)
        record = schema.parse(done.stdout, "stdout", SCHEMA)
        self.assertEqual(record["status"], "failed")
        self.assertIn("/dev/ykvm", record["reason"])
        self.untouched()

    def test_a_trial_that_is_refused(self):
        """It wants settings of the whole machine, which a namespace has not."""
        self.assertIn("netdev_budget", self.refused(*command("napi-tuned")))
        self.untouched()

    def test_campaign_and_search(self):
        path, out = os.path.join(self.side, "c.yaml"), os.path.join(self.side, "out")
        with open(path, "w", encoding="ascii") as text:
            text.write("name: t\nsweeps:\n  - {testbed: netns, generator: txring, capture: tpacket3, frame_bytes: 64,"
                       " rate_pps: 20000, count: 2000}\n")
        done = self.inside(RXLAB, "run", path, "--out", out)
        self.assertEqual(done.returncode, 0, done)
        done = self.inside(RXLAB, "search", "--testbed", "netns", "--generator", "txring", "--capture", "tpacket3", "--frame",
                           "64", "--count", "2000", "--max-rate", "20000", "--no-model", "--out", out + "2")
        self.assertIn(done.returncode, (0, 1), done)
        self.untouched()

    def test_looking_changes_nothing(self):
        for words in (("doctor",), ("list", "captures"), ("list", "generators"), ("list", "testbeds"), ("list", "meters")):
            with self.subTest(" ".join(words)):
                self.assertIn(self.inside(RXLAB, *words).returncode, (0, 1))
                self.untouched()

    def test_conformance(self):
        suite = os.path.join(TOP, "build", "conformance")
        done = self.inside(suite, "--check", "frames", "recv", "tpacket3", "af-xdp")
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "3 passed, 0 failed, 0 skipped"), done)
        done = self.inside(suite, "dut")
        self.assertEqual((done.returncode, done.stderr), (2, "conformance: no capture is called dut\n"))
        self.untouched()

    def refused(self, *words):
        done = self.inside(RXLAB, *words)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        return done.stderr

    def test_no_setting_names_one(self):
        for word in WORDS:
            with self.subTest(word=word):
                if word == "nic":  # a setting of the lab's, and no name of an interface
                    self.assertIn("only the testbed lab", self.refused(*command("recv"), "--set", "nic=dut"))
                    continue
                for capture in rows("captures"):
                    self.assertIn(f"has no setting {word}", self.refused(*command(capture), "--set", f"{word}=dut"))
                for generator in GENERATORS:
                    self.assertIn(word, self.refused(*command("recv", generator), "--set", f"gen.{word}=snd0"))
                self.refused(*command("recv"), f"--{word}", "dut")
        self.untouched()

    def test_no_key_of_a_campaign_names_one(self):
        path = os.path.join(self.side, "c.yaml")
        for word in WORDS:
            with self.subTest(word=word):
                with open(path, "w", encoding="ascii") as text:
                    text.write(f"name: t\nsweeps:\n  - {{testbed: netns, generator: txring, capture: recv, frame_bytes: 64,"
                               f" rate_pps: 20000,\n     {word}: dut}}\n")
                self.assertIn(f"{path}:4: ", self.refused("run", path))
        self.untouched()

    def test_what_belongs_into_a_virtual_machine_refuses(self):
        """Programs and scripts that bring up, load modules for, or send to whatever interface they are given."""
        done = self.inside(os.path.join(TOP, "build", "rxlab-agent"))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("runs as process 1 of the lab's guest", done.stderr)
        for name in ("test", "survive", "kcap", "zc", "pf", "pcap"):
            with self.subTest(script=name):
                script = os.path.join(TOP, "kmod", "tests", f"guest_{name}.sh")
                done = self.inside("sh", script, "/nonexistent.ko", "snd0", "dut", "1")
                self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), done)
                self.assertIn("only in a virtual machine", done.stderr)
        self.untouched()

    def test_ykvms_example_needs_the_module(self):
        if os.path.exists("/dev/ykvm"):
            self.skipTest("the module is loaded here")
        done = self.inside(os.path.join(TOP, "build", "ykvm-count"), "dut", "1")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("/dev/ykvm: No such file or directory", done.stderr)
        self.untouched()


if __name__ == "__main__":
    unittest.main()
