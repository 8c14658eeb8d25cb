# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that gives too little: one clear reason, exit status 1 or 2, nothing left behind; or it works all the same."""

import os
import resource
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import RXLAB, SCHEMA, NetnsTest, command, interfaces, schema, spaces, until  # noqa: E402


def limited(what, value):
    return lambda: resource.setrlimit(what, (value, value))


class Limits(NetnsTest):
    def setUp(self):
        super().setUp()
        self.before = spaces(), interfaces()

    def tearDown(self):
        until(lambda: spaces() <= self.before[0], "end of the namespaces")
        self.assertEqual(interfaces(), self.before[1])

    def start(self, words, prefix=(), **options):
        return subprocess.run([*prefix, RXLAB, *words, "--side", self.side], capture_output=True, text=True, timeout=120,
                              **options)

    def failed(self, reason, words, **options):
        """A record that says why, in one line, and exit status 1."""
        done = self.start(words, **options)
        self.assertEqual((done.returncode, done.stdout.count("\n")), (1, 1), done)
        record = schema.parse(done.stdout, "stdout", SCHEMA)
        self.assertEqual(record["status"], "failed", record)
        self.assertIn(reason, record["reason"])
        self.assertNotIn("\n", record["reason"])

    def without(self, rights):
        if os.geteuid() or not shutil.which("setpriv"):
            self.skipTest("needs root and setpriv")
        names = ",".join(f"-{right}" for right in rights)
        return {"prefix": ["setpriv", f"--bounding-set={names}", f"--inh-caps={names}"]}

    def test_no_right_to_packet_sockets(self):
        options = self.without(["net_raw"])
        for capture in ("recv", "tpacket2", "tpacket3", "fanout", "libpcap"):
            with self.subTest(capture=capture):
                self.failed("Operation not permitted" if capture != "libpcap" else "permi",
                            command(capture, "txring"), **options)

    def test_nothing_may_be_locked(self):
        options = self.without(["ipc_lock"])
        self.failed("more than RLIMIT_MEMLOCK lets be pinned (ulimit -l)", command("af-xdp"),
                    preexec_fn=limited(resource.RLIMIT_MEMLOCK, 4096), **options)

    def test_few_files(self):
        for most in (4, 8):
            with self.subTest(most=most):
                done = self.start(command("tpacket3"), preexec_fn=limited(resource.RLIMIT_NOFILE, most))
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("Too many open files", done.stdout + done.stderr)

    def test_rings_beyond_all_bounds(self):
        done = self.start(command("tpacket3", blocks=1 << 31))
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        self.assertIn("must be a whole number from 2 to 4096", done.stderr)

    def test_one_cpu(self):
        cpu = min(os.sched_getaffinity(0))
        for capture in ("recv", "tpacket3", "af-xdp", "ykvm-xdp"):
            with self.subTest(capture=capture):
                done = self.start(command(capture, count=5000), preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
                record = schema.parse(done.stdout, "stdout", SCHEMA)
                self.assertIn(record["status"], ("ok", "invalid"), record)
                self.assertEqual((record["ledger"]["offered"], record["ledger"]["unaccounted"]), (5000, 0), record)
                self.assertEqual(record["knobs"]["reader_cpu"], record["knobs"]["sender_cpu"])

    def test_one_cpu_and_a_reader_with_its_own(self):
        self.failed("reader_cpu 2: there are 1 CPUs, by affinity or RXLAB_CPUS", [*command("recv"), "--reader-cpu", "2"],
                    preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))

    def test_names_that_mean_nothing(self):
        for capture, settings, words in (("af-xdp", {"mode": "fast"}, "mode=fast: must be native, skb or zerocopy"),
                                         ("fanout", {"spread": "x"}, "spread=x: must be hash, lb"),
                                         ("kcap", {"algorithm": "x"}, "algorithm=x: must be horspool")):
            with self.subTest(capture=capture):
                done = self.start(command(capture, **settings))
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
