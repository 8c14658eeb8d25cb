# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be measured is a failed record with its reason, and the campaign goes on; nothing is left running."""

import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import (RXLAB, TOP, LabTest, build_image, cache_like, children, environment, parse, qemu_of,  # noqa: E402
                 records, run, status, trial, wait_for)

# The guest's faults, by frame size: faulty.c.
PANICS, HANGS, MUTE, BABBLES, SENDS_NOTHING = range(101, 106)
TOPOLOGY = "senders1-reader1"
STOPPED = "stopped"  # the snapshot of a topology
TIMEOUT_S = "10"
LONG = trial("libpcap", 64, 20000, 200000)
SHORT = trial("null", 64, 20000, 500)
faulty = contextlib.ExitStack()


def tearDownModule():
    faulty.close()


@functools.cache
def faulty_cache():
    """A cache whose guest has the faults: its agent is linked anew around the real one's objects."""
    cache = faulty.enter_context(tempfile.TemporaryDirectory(prefix="rxlab-test-"))
    image = cache_like(cache, "info")
    agent = os.path.join(TOP, "build/rxlab-agent.faulty")
    subprocess.run(["make", "--no-print-directory", "build/rxlab-agent.faulty"], cwd=TOP, check=True, timeout=120,
                   stdout=subprocess.DEVNULL)
    build_image(TOP, os.path.join(cache, "packages"), agent, os.path.join(image, "initramfs"))
    return cache


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def campaign(folder, **lists):
    text = "name: t\nsweeps:\n  - {" + ", ".join(f"{key}: {value}" for key, value in lists.items()) + "}\n"
    return write(os.path.join(folder, "c.yaml"), text)


def start(*words, **options):
    return subprocess.Popen([RXLAB, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def alive(pids):
    def running(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as text:
                return text.read().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    return [pid for pid in pids if running(pid)]


class Failures(LabTest):
    def failed(self, done, *wanted):
        """The record of a trial that could not be measured; the reason holds these words."""
        self.assertEqual(done.returncode, 1, done.stderr)
        record = parse(done.stdout)
        self.is_failed(record, *wanted)
        return record

    def is_failed(self, record, *wanted):
        self.assertEqual(record["status"], "failed")
        for text in wanted:
            self.assertIn(text, record["reason"])
        self.assertIsNone(record["ledger"])
        self.assertIsNone(record["generator"]["sent"])
        self.assertEqual(set(record["drops"].values()), {None})

    def finish(self, process, timeout=120):
        out, said = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(process.args, process.returncode, out, said)

    def started(self, *words, **options):
        """A program that is ended with the test, whatever happens."""
        process = start(*words, **options)

        def end():
            if process.poll() is None:
                process.terminate()
            process.communicate()

        self.addCleanup(end)
        return process

    def test_guests_that_fail_do_not_stop_a_campaign(self):
        folder = self.folder()
        path = campaign(folder, capture="null", frame_bytes=[PANICS, HANGS, MUTE, BABBLES, SENDS_NOTHING, 100, 1518],
                        rate_pps=20000, count=500)
        out = os.path.join(folder, "out")
        done = run("run", path, "--out", out, "--jobs", "2",
                   env=environment(faulty_cache(), RXLAB_TRIAL_TIMEOUT_S=TIMEOUT_S))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("7 trials: 2 ok, 0 invalid, 5 failed", done.stdout)
        found = {record["spec"]["frame_bytes"]: record for record in records(out)}
        self.is_failed(found[PANICS], "gave no outcome", "Kernel panic - not syncing: Attempted to kill init!")
        self.is_failed(found[HANGS], "did not end in time", "about to hang")
        self.is_failed(found[MUTE], "gave no outcome (it ended by itself)", "nothing to say")
        self.is_failed(found[BABBLES], "outcome cannot be read")
        self.is_failed(found[SENDS_NOTHING], "the plugin's counts are not whole")
        for frame in (100, 1518):
            self.assertEqual((found[frame]["status"], found[frame]["ledger"]["delivered"]), ("ok", 500))

    def test_qemu_killed_from_outside(self):
        folder = self.folder()
        process = self.started(*LONG, "--side", folder)
        console = wait_for(lambda: [os.path.join(root, "trace") for root, _, names in os.walk(folder)
                                    if "trace" in names and os.path.getsize(os.path.join(root, "trace"))])
        self.assertTrue(console, "the trial never began to receive")
        os.kill(qemu_of(process)[0], signal.SIGKILL)
        self.failed(self.finish(process), "gave no outcome", "signal 9")

    def test_killed(self):
        """kill -9 of the program, and of its trial's process: QEMU goes with either."""
        for whom in ("program", "trial"):
            with self.subTest(whom=whom):
                process = self.started(*LONG, "--side", self.folder())
                machine = qemu_of(process)
                below = [pid for pid, _ in children(process.pid)]
                self.assertLessEqual(set(machine), set(below))
                trials = [pid for pid in below if pid not in machine]
                os.kill(process.pid if whom == "program" else trials[0], signal.SIGKILL)
                done = self.finish(process)
                wait_for(lambda: not alive(below), 10)
                self.assertEqual(alive(below), [])
                if whom == "program":
                    self.assertEqual((done.returncode, done.stdout), (-signal.SIGKILL, ""))
                else:
                    self.failed(done, "the trial's process was ended by signal 9 (Killed)")

    def damaged(self, name):
        """A copy of the real snapshot, where this file is to be spoilt: its path, and the cache."""
        cache = self.folder()
        image = cache_like(cache, "info", "initramfs", f"{TOPOLOGY}/symbols", f"{TOPOLOGY}/stop")
        copy = os.path.join(image, TOPOLOGY, STOPPED)
        subprocess.run(["cp", "-a", os.path.join(status()["image"], TOPOLOGY, STOPPED), copy], check=True, timeout=120)
        return os.path.join(copy, name), environment(cache)

    def refused(self, path, env, *wanted):
        """No trial, one message: what is damaged, and what to do."""
        done = run(*SHORT, "--side", self.folder(), env=env)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done.stderr)
        for text in (path, "snapshot is damaged", "./rxlab lab clean", *wanted):
            self.assertIn(text, done.stderr)

    def test_snapshot_that_was_copied(self):
        """Its times of change are others and its holes are filled: it gives the same record, and nothing writes to it."""
        ram, env = self.damaged("ram")
        subprocess.run(["cp", "--sparse=never", os.path.realpath(ram), ram + ".full"], check=True, timeout=120)
        os.replace(ram + ".full", ram)
        os.chmod(ram, 0o444)
        before = os.stat(ram)
        self.assertEqual(run(*SHORT, env=env).stdout, run(*SHORT).stdout)
        after = os.stat(ram)
        self.assertEqual((after.st_mtime_ns, after.st_size), (before.st_mtime_ns, before.st_size))
        os.remove(ram)
        self.refused(ram, env, "No such file")

    def test_cut_snapshot(self):
        for name, wanted in (("ram", "size"), ("devices", "bytes")):
            with self.subTest(name=name):
                path, env = self.damaged(name)
                os.truncate(path, os.path.getsize(path) // 2)
                self.refused(path, env, wanted)

    def test_snapshot_of_something_else(self):
        for name in ("ram", "devices", "seal"):
            with self.subTest(name=name):
                path, env = self.damaged(name)
                with open(path, "r+b") as there:
                    there.write(b"no snapshot at all\n")
                self.refused(path, env)

    def test_snapshot_that_was_not_finished(self):
        """kill -9 while the guest boots: what there is of it is not taken for a snapshot. How the next trial makes one in
        spite of it: test_determinism.py."""
        cache = self.folder()
        image = os.path.join(cache_like(cache, "info", "initramfs"), TOPOLOGY)
        process = self.started(*SHORT, "--side", self.folder(), env=environment(cache))
        half = os.path.join(image, STOPPED + ".new", "ram")
        wait_for(lambda: os.path.exists(half) and os.stat(half).st_blocks > 1000)
        below = [pid for pid, _ in children(process.pid)]
        for pid in (process.pid, *below):
            os.kill(pid, signal.SIGKILL)
        self.finish(process)
        wait_for(lambda: not alive(below), 10)
        self.assertFalse(os.path.exists(os.path.join(image, STOPPED)))

    def test_guest_that_panics_at_boot(self):
        """No image to boot from: no trial can run, and rxlab says so."""
        cache = self.folder()
        image = cache_like(cache, "info")
        write(os.path.join(image, "initramfs"), "no image at all\n")
        for _ in range(2):  # nothing of the first failure is taken for a snapshot
            done = run(*SHORT, "--side", self.folder(), env=environment(cache))
            self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
            self.assertIn("the guest cannot be made ready: QEMU ended", done.stderr)
            console = os.path.join(image, TOPOLOGY, "console")
            self.assertIn(console, done.stderr)
            with open(console, encoding="utf-8", errors="replace") as text:
                self.assertIn("Kernel panic", text.read())
            self.assertFalse(os.path.exists(os.path.join(image, TOPOLOGY, STOPPED)))

    def test_a_failed_trial_is_run_again_by_resume(self):
        folder = self.folder()
        path = campaign(folder, capture="null", frame_bytes=64, rate_pps=20000, count=20000)
        words = ("run", path, "--out", os.path.join(folder, "out"))
        self.assertEqual(run(*words, env={**os.environ, "RXLAB_TRIAL_TIMEOUT_S": "1"}).returncode, 1)
        self.assertEqual([record["status"] for record in records(words[3])], ["failed"])
        done = run(*words, "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([record["status"] for record in records(words[3])], ["ok"])

    def test_interrupt_leaves_whole_lines_and_nobody(self):
        folder = self.folder()
        path = campaign(folder, capture="[null, libpcap]", frame_bytes=64, rate_pps=20000, count=4000,
                        seed="[1, 2, 3]")
        out = os.path.join(folder, "out")
        lines = os.path.join(out, "trials.jsonl")
        words = ("run", path, "--out", out, "--jobs", "2")
        process = self.started(*words)
        wait_for(lambda: os.path.exists(lines) and os.path.getsize(lines))
        qemu_of(process)
        below = [pid for pid, _ in children(process.pid)]
        process.send_signal(signal.SIGINT)
        done = self.finish(process)
        self.assertEqual(done.returncode, 130, done.stderr)
        self.assertIn("--resume", done.stderr)
        wait_for(lambda: not alive(below), 10)
        with open(lines, encoding="utf-8") as text:
            kept = text.read()
        self.assertTrue(kept.endswith("\n"))
        first = [json.loads(line)["id"] for line in kept.splitlines()]
        self.assertTrue(0 < len(first) < 6, first)
        trace_of_first = os.path.join(out, "side", first[0], "trial")
        before = os.stat(trace_of_first).st_mtime_ns
        self.assertEqual(run(*words).returncode, 1, "records are there: only --resume goes on")
        done = run(*words, "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        ids = [record["id"] for record in records(out)]
        self.assertEqual((len(ids), len(set(ids))), (6, 6))
        self.assertLessEqual(set(kept.splitlines()), {json.dumps(record, separators=(",", ":"))
                                                      for record in records(out)})
        self.assertEqual(os.stat(trace_of_first).st_mtime_ns, before, "run twice")

    def test_two_runs_in_one_folder(self):
        folder = self.folder()
        path = campaign(folder, capture="libpcap", frame_bytes=64, rate_pps=20000, count=4000)
        out = os.path.join(folder, "out")
        first = self.started("run", path, "--out", out)
        qemu_of(first)
        second = run("run", path, "--out", out, "--resume")
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"another rxlab (pid {first.pid}) is running in {out}", second.stderr)
        done = self.finish(first)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([record["status"] for record in records(out)], ["ok"])


if __name__ == "__main__":
    unittest.main()
