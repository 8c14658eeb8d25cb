# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the lab tier share: the program, its trials (each run once, two side by side), caches of their own.

$RXLAB names another program than the one at the top of the tree.
"""

import concurrent.futures
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
RXLAB = os.path.abspath(os.environ.get("RXLAB") or os.path.join(TOP, "rxlab"))
AT_ONCE = 2
PLACES = ("sender_tx", "nic_no_descriptor", "nic_other", "xdp", "softnet", "filter", "capture", "consumer")

sys.path.insert(0, os.path.join(TOP, "harness", "analysis"))
import schema  # noqa: E402

SCHEMA = schema.load_schema()


def run(*words, timeout=600, **options):
    return subprocess.run([RXLAB, *words], capture_output=True, text=True, timeout=timeout, **options)


@functools.cache
def build():
    """(can it be built here, is it built, why not). Only what this machine lacks may skip a test."""
    if not os.access(RXLAB, os.X_OK):
        return False, False, "rxlab is not built"
    done = run("lab", "build", timeout=1800)
    said = [line for line in done.stderr.splitlines() if line.strip()]
    why = "; ".join(said[-3:])
    fetched = not any(f"lab-{what}.sh failed" in done.stderr for what in ("packages", "dpdk"))
    return fetched, done.returncode == 0, why


class LabTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        possible, built, why = build()
        if not possible:
            self.skipTest(f"the lab cannot be built here: {why}")
        if not built:
            self.fail(f"the lab is broken: {why}")

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="rxlab-test-")
        self.addCleanup(folder.cleanup)
        return folder.name


def trial(capture, frame=64, rate="max", count=10000, **settings):
    """The command line of a trial. Settings as `--set`; "gen_burst" stands for gen.burst."""
    words = ["trial", "--capture", capture, "--frame", str(frame), "--rate", str(rate), "--count", str(count)]
    for key, value in sorted(settings.items()):
        words += ["--set", f"{key.replace('gen_', 'gen.', 1)}={value}"]
    return tuple(words)


def trial_of(record):
    """The command line that asks for a record again."""
    spec = record["spec"]
    rate = "max" if spec["rate_pps"] is None else spec["rate_pps"]
    words = [*trial(spec["capture"], spec["frame_bytes"], rate, spec["count"]), "--testbed", record["testbed"]["name"],
             "--generator", spec["generator"]]
    for option in ("seed", "senders", "reader_cpu"):
        words += [f"--{option.replace('_', '-')}", str(spec[option])]
    for key, value in spec["set"].items():
        words += ["--set", f"{key}={value}"]
    return tuple(words)


class Trials:
    """Trials that are run when the first of their records is asked for, all of them, and never again."""

    def __init__(self, wanted):
        self.wanted = list(dict.fromkeys(wanted))
        self.done = {}

    def finished(self, words):
        if not self.done:
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                self.done = dict(zip(self.wanted, pool.map(lambda w: run(*w), self.wanted)))
        return self.done[words]

    def line(self, words):
        return self.finished(words).stdout

    def record(self, words):
        """The record of a trial that went well, checked against the schema."""
        done = self.finished(words)
        if done.returncode:
            raise AssertionError(f"{' '.join(words)}: exit status {done.returncode}: {done.stdout}{done.stderr}")
        return parse(done.stdout)


def parse(line):
    if not line.endswith("\n") or line.count("\n") != 1:
        raise AssertionError(f"not one line: {line!r}")
    return schema.parse(line, "stdout", SCHEMA)


def lost(record):
    """Share of the offered frames that were lost."""
    ledger = record["ledger"]
    return 1 - ledger["delivered"] / ledger["offered"]


def status():
    """What `rxlab lab status` says, as a dict."""
    return dict(line.split(None, 1) for line in run("lab", "status").stdout.splitlines())


def environment(cache, **more):
    return {**os.environ, "RXLAB_CACHE": cache, **more}


def cache_like(folder, *names):
    """A cache in this folder: the real one's packages, and of its image the plugin, the agent's names and these files,
    as links. The image."""
    real = status()
    os.symlink(os.path.join(real["cache"], "packages"), os.path.join(folder, "packages"))
    image = os.path.join(folder, "images", os.path.basename(real["image"]))
    os.makedirs(image)
    for name in ("rxlab-tcg.so", "rxlab-agent.whole", *names):
        os.makedirs(os.path.dirname(os.path.join(image, name)), exist_ok=True)
        os.symlink(os.path.join(real["image"], name), os.path.join(image, name))
    return image


def build_image(top, packages, agent, to):
    """image.sh of a tree; the path of what it made."""
    script, kmod = (os.path.join(top, name) for name in ("harness/testbeds/lab/image.sh", "kmod"))
    subprocess.run(["sh", script, packages, kmod, agent, to], check=True, capture_output=True, text=True, timeout=300,
                   env={**os.environ, "KMOD_BUILT": os.path.join(top, "build", "kmod-guests")})
    return to


def copy_tree(to):
    """The sources as they are, without what was built or measured."""
    shutil.copytree(TOP, to, ignore=shutil.ignore_patterns(".git", "build", "rxlab", "results"))
    os.makedirs(os.path.join(to, "results"), exist_ok=True)
    return to


def children(pid):
    """Ids and programs of a process' descendants."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8") as text:
                name, _, rest = text.read().partition("(")[2].rpartition(")")
        except OSError:
            continue
        parents.setdefault(int(rest.split()[1]), []).append((int(entry), name))
    found, todo = [], [pid]
    while todo:
        for child in parents.get(todo.pop(), ()):
            found.append(child)
            todo.append(child[0])
    return found


def wait_for(what, timeout=60):
    """The first true answer of what()."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def qemu_of(process, timeout=60):
    """Ids of the QEMU processes below one that we started."""
    return wait_for(lambda: process.poll() is not None or
                    [pid for pid, name in children(process.pid) if name.startswith("qemu")], timeout)


def records(folder):
    with open(os.path.join(folder, "trials.jsonl"), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
