# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the testbed netns share: trials, and what is left of them on the machine.

$RXLAB names another program than the one at the top of the tree.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
RXLAB = os.path.abspath(os.environ.get("RXLAB") or os.path.join(TOP, "rxlab"))
CAPTURES = ("null", "recv", "recvmmsg", "io-uring", "bpf-ringbuf", "bpf-perfbuf", "tpacket3", "libpcap", "af-xdp", "ykvm-xdp",
            "xdp-count")
GENERATORS = ("txring", "xdp-live", "libnet")
PATIENCE_S = 10
LATE = "the sender "  # begins the reasons of trials that a busy machine spoils

sys.path.insert(0, os.path.join(TOP, "harness", "analysis"))
import schema  # noqa: E402

SCHEMA = schema.load_schema()


def run(*words):
    return subprocess.run([RXLAB, *words], capture_output=True, text=True, timeout=120)


def rows(table):
    return {row["name"]: row for row in json.loads(run("list", table, "--json").stdout)}


def command(capture, generator="txring", frame=64, rate=50000, count=20000, **settings):
    """The command line of a trial. Settings as `--set`; "gen_batch" stands for gen.batch."""
    words = ["trial", "--testbed", "netns", "--capture", capture, "--generator", generator, "--frame", str(frame),
             "--rate", str(rate), "--count", str(count)]
    for key, value in sorted(settings.items()):
        words += ["--set", f"{key.replace('gen_', 'gen.', 1)}={value}"]
    return words


class NetnsTest(unittest.TestCase):
    def setUp(self):
        if not os.access(RXLAB, os.X_OK):
            self.skipTest("rxlab is not built")
        row = rows("testbeds")["netns"]
        if not row["runnable"]:
            self.skipTest(f"testbed netns cannot run here: {row['reason']}")
        folder = tempfile.TemporaryDirectory(prefix="rxlab-test-")
        self.addCleanup(folder.cleanup)
        self.side = folder.name

    def needs(self, generator):
        self.needs_row("generators", generator)

    def needs_row(self, table, name):
        why = rows(table)[name]["cannot"].get("netns")
        if why:
            self.skipTest(f"{table[:-1]} {name}: {why}")

    def record(self, words):
        done = run(*words, "--side", self.side)
        self.assertEqual(done.stdout.count("\n"), 1, done)
        return schema.parse(done.stdout, "stdout", SCHEMA)

    def measured(self, words):
        """A record that is ok, or spoiled only by a busy machine: its ledger must balance in both cases."""
        record = self.record(words)
        if record["status"] != "ok":
            self.assertEqual(record["status"], "invalid", record)
            self.assertTrue(record["reason"].startswith(LATE), record)
        return record


def tasks():
    """Folders of all threads: a process's first thread may have ended while others run."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            names = os.listdir(f"/proc/{pid}/task")
        except OSError:  # it ended meanwhile
            continue
        yield from (f"/proc/{pid}/task/{name}" for name in names)


def spaces():
    """Network namespaces that threads are in, but for our own."""
    found = set()
    for task in tasks():
        try:
            found.add(os.readlink(f"{task}/ns/net"))
        except OSError:  # it ended meanwhile
            continue
    return found - {os.readlink("/proc/self/ns/net")}


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
            return [int(word) for word in text.read().split()]
    except OSError:
        return []


def interfaces():
    return sorted(os.listdir("/sys/class/net"))


def until(condition, what):
    """The condition's first true result."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.002)
    raise AssertionError(f"waited in vain: {what}")
