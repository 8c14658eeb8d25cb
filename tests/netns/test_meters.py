# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""Meters of the testbed netns: numbers that agree with each other, and a reason for every missing one."""

import ctypes
import json
import os
import platform
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import RXLAB, SCHEMA, NetnsTest, command, rows, schema  # noqa: E402

TICK_NS = 10 ** 9 // os.sysconf("SC_CLK_TCK")
LEVELS = ("user_ns", "nice_ns", "system_ns", "idle_ns", "iowait_ns", "irq_ns", "softirq_ns", "steal_ns")


def refuse_perf():
    """A seccomp filter as containers have: perf_event_open() is not permitted, everything else is."""
    libc = ctypes.CDLL(None, use_errno=True)
    perf_event_open, x86_64, errno_1, allow = 298, 0xc000003e, 0x00050001, 0x7fff0000
    program = b"".join(struct.pack("=HBBI", *step) for step in (
        (0x20, 0, 0, 4),                # the architecture
        (0x15, 0, 3, x86_64),
        (0x20, 0, 0, 0),                # the call's number
        (0x15, 0, 1, perf_event_open),
        (0x06, 0, 0, errno_1),
        (0x06, 0, 0, allow)))
    steps = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("=H6xQ", 6, ctypes.addressof(steps)), 16)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, head, 0, 0):  # no new privileges; the filter
        raise OSError(ctypes.get_errno(), "seccomp")


def nulls(value, path=""):
    """Dotted paths of all that is null; a list is null where one of it is."""
    if value is None or isinstance(value, list) and None in value:
        yield path
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from nulls(below, f"{path}.{key}" if path else key)


class Meters(NetnsTest):
    def explained(self, meters):
        missing = list(nulls({k: v for k, v in meters.items() if k not in ("unknown", "scaled")}))
        for path in missing:
            self.assertTrue(any(path == why or path.startswith(why + ".") for why in meters["unknown"]), (path, meters))
        for why, text in meters["unknown"].items():
            self.assertTrue(any(path == why or path.startswith(why + ".") for path in missing), (why, meters))
            self.assertGreater(len(text), 5)

    def refused(self, words, **how):
        done = subprocess.run([RXLAB, *words, "--side", self.side], capture_output=True, text=True, timeout=60, **how)
        return schema.parse(done.stdout, "stdout", SCHEMA)

    def no_perf(self, record, reason):
        self.assertNotEqual(record["status"], "failed", record)
        meters = record["meters"]
        self.explained(meters)
        for key, value in meters["perf"]["reader"].items():
            self.assertIsNone(value)
            self.assertIn(reason, meters["unknown"][f"perf.reader.{key}"])
        for key, values in meters["perf"]["cpus"].items():
            self.assertEqual(values, [None] * len(meters["cpus"]))
            self.assertIn(reason, meters["unknown"][f"perf.cpus.{key}"])
        self.assertEqual(meters["scaled"], {})
        self.assertIsNotNone(meters["time"]["user_ns"][0])

    def test_the_numbers_agree(self):
        record = self.measured(command("tpacket3", rate=50000, count=50000))
        meters = record["meters"]
        window, cpus = meters["window_ns"], meters["cpus"]
        self.explained(meters)
        self.assertEqual(cpus, sorted(set(cpus)))
        self.assertGreaterEqual(len(cpus), len(os.sched_getaffinity(0)))
        self.assertGreaterEqual(window, record["cpu"]["total_ns"])
        # Each level is in whole ticks, at both ends.
        for i, cpu in enumerate(cpus):
            spent = sum(meters["time"][level][i] for level in LEVELS)
            self.assertLess(abs(spent - window), 0.1 * window + len(LEVELS) * TICK_NS, (cpu, meters))
        # Everybody's frames are in it, so the trial's are too; polls are where the sender is.
        sender = cpus.index(int(record["knobs"]["sender_cpu"]))
        self.assertGreaterEqual(sum(meters["softnet"]["processed"]), record["nic"]["driver"])
        self.assertGreater(meters["softirqs"]["net_rx"][sender], 0)

    def test_threads(self):
        record = self.measured(command("tpacket3", rate=50000, count=50000))
        meters = record["meters"]
        reader, sender = meters["threads"]["reader"], meters["threads"]["sender0"]
        self.assertEqual(set(meters["threads"]), {"reader", "sender0"})
        used = sum(record["cpu"]["reader"].values())
        self.assertLess(abs(reader["run_ns"] - used), 0.05 * used + 10 ** 6, record)
        self.assertGreater(reader["slices"], 0)
        # A sender spins until frames are due: it runs or waits for a CPU.
        self.assertGreater(sender["run_ns"] + sender["wait_ns"], 0.8 * record["generator"]["duration_ns"], record)
        self.assertLess(sender["run_ns"], 1.1 * record["cpu"]["total_ns"], record)

    def test_perf_and_the_scheduler_tell_the_same(self):
        why = rows("meters")["perf.task_clock_ns"]["cannot"].get("netns")
        if why:
            self.skipTest(why)
        meters = self.measured(command("tpacket3", rate=50000, count=50000))["meters"]
        reader, counted = meters["threads"]["reader"], meters["perf"]["reader"]
        self.assertGreater(counted["task_clock_ns"], 0)
        self.assertLess(counted["task_clock_ns"], 1.1 * reader["run_ns"] + 10 ** 6, meters)
        self.assertLessEqual(abs(counted["context_switches"] - reader["slices"]), 5 + 0.02 * reader["slices"], meters)

    def test_two_senders(self):
        record = self.measured([*command("recv"), "--senders", "2"])
        self.assertEqual(set(record["meters"]["threads"]), {"reader", "sender0", "sender1"})
        self.assertGreater(record["meters"]["threads"]["sender1"]["run_ns"], 0)
        self.explained(record["meters"])

    def test_a_sender_without_a_thread(self):
        meters = self.measured(command("null", "null"))["meters"]
        self.assertIsNone(meters["threads"]["sender0"]["run_ns"])
        self.explained(meters)

    def test_what_perf_costs(self):
        words = ["meters", "--cost", "--pairs", "6", "--count", "20000", "--json"]
        done = subprocess.run([RXLAB, *words], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done)
        found = json.loads(done.stdout)
        self.assertEqual([row["thread"] for row in found["costs"]], ["sender0"])  # null has no reader
        self.assertEqual((found["costs"][0]["pairs"], found["spoiled"]), (6, 0))
        self.assertLessEqual(found["costs"][0]["low"], found["costs"][0]["ratio"])
        self.assertLessEqual(found["costs"][0]["ratio"], found["costs"][0]["high"])

    def test_perf_off(self):
        meters = self.measured(command("null", perf="off"))["meters"]
        self.assertIsNone(meters["perf"])
        self.assertEqual(meters["unknown"]["perf"], "perf=off")
        self.explained(meters)

    @unittest.skipIf(platform.machine() != "x86_64", "the filter knows x86_64's number of the call only")
    def test_perf_that_seccomp_forbids(self):
        self.no_perf(self.refused(command("tpacket3"), preexec_fn=refuse_perf), "Operation not permitted")
        done = subprocess.run([RXLAB, "list", "meters", "--json"], capture_output=True, text=True, timeout=60,
                              preexec_fn=refuse_perf)
        listed = {row["name"]: row for row in json.loads(done.stdout)}
        self.assertIn("Operation not permitted", listed["perf.task_clock_ns"]["cannot"]["netns"])

    def test_perf_without_the_right_to_it(self):
        """Root of a user namespace may make network namespaces, but has no rights for perf."""
        words = ["unshare", "--user", "--map-root-user", RXLAB, *command("null", "null"), "--side", self.side]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            self.skipTest("needs unshare")
        if not done.stdout:
            self.skipTest(f"no trial in a user namespace here: {done.stderr.strip()}")
        record = schema.parse(done.stdout, "stdout", SCHEMA)
        with open("/proc/sys/kernel/perf_event_paranoid", encoding="ascii") as text:
            paranoid = int(text.read())
        if paranoid < 2:
            self.skipTest(f"perf_event_paranoid is {paranoid}: everybody may count")
        self.no_perf(record, f"perf_event_paranoid is {paranoid}")


if __name__ == "__main__":
    unittest.main()
