# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make test-debug` needs, looked at without a kernel: its configuration, its planted mistakes, its complaints."""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
KMOD = os.path.dirname(HERE)
DEBUG = os.path.join(HERE, "debug")
PLANTS = sorted(glob.glob(os.path.join(DEBUG, "plants", "*.patch")))

# Every kind of mistake that it is to find, and every kind of failure that it is to make.
CHECKS = """KASAN KASAN_GENERIC KASAN_OUTLINE KASAN_VMALLOC UBSAN PROVE_LOCKING PROVE_RCU DEBUG_ATOMIC_SLEEP DEBUG_KMEMLEAK
    DEBUG_OBJECTS DEBUG_LIST FAULT_INJECTION FAULT_INJECTION_DEBUG_FS FAILSLAB FAIL_PAGE_ALLOC KCOV""".split()

# Where the name of a module is not that of its option.
OPTIONS = {"ts_bm": "NET_EMATCH_TEXT", "ts_kmp": "NET_EMATCH_TEXT", "stp": "BRIDGE", "llc": "BRIDGE", "pktgen": "NET_PKTGEN",
           "dca": "IGB", "i2c-algo-bit": "IGB", "i2c-core": "IGB", "configfs": "NETCONSOLE"}


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as f:
        return f.read()


def patterns(*parts):
    return [line for line in read(*parts).splitlines() if line and not line.startswith("#")]


def loaded():
    """The stock modules that the guests load."""
    text = "".join(read(path) for path in glob.glob(os.path.join(HERE, "*.sh")))
    folders = r"net/(?:core|llc|802|bridge)|lib|drivers/(?:net|dca|i2c)|fs/configfs"
    return {os.path.basename(name) for name in re.findall(rf"(?<![\w/])(?:{folders})/[a-z0-9_/-]+", text)}


class Config(unittest.TestCase):
    def setUp(self):
        self.lines = [re.sub(r"^6\.\d+: ", "", line) for line in patterns(DEBUG, "kernel.config")]
        self.options = {line.removeprefix("CONFIG_").partition("=")[0]: line.partition("=")[2] for line in self.lines}

    def test_every_line_is_an_option(self):
        for line in self.lines:
            self.assertRegex(line, r"^CONFIG_[A-Z0-9_]+=(y|m|\d+)$")

    def test_nothing_is_said_twice(self):
        self.assertEqual(len(self.options), len(self.lines))

    def test_what_looks_for_mistakes_is_on(self):
        self.assertEqual([name for name in CHECKS if self.options.get(name) != "y"], [])

    def test_the_modules_that_guests_load_are_there(self):
        names = loaded()
        self.assertIn("veth", names)
        for name in names:
            option = OPTIONS.get(name, name.upper())
            self.assertIn(self.options.get(option), ("m", "y"), name)


class Plants(unittest.TestCase):
    def apply(self, patch):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(KMOD, os.path.join(folder, "kmod"), ignore=shutil.ignore_patterns("tests"))
            before = {path: read(path) for path in glob.glob(folder + "/kmod/**/*.[ch]", recursive=True)}
            done = subprocess.run(["git", "apply", patch], cwd=folder, capture_output=True, text=True,
                                  env={**os.environ, "GIT_CEILING_DIRECTORIES": os.path.dirname(folder)})
            self.assertEqual(done.returncode, 0, patch + "\n" + done.stderr)
            self.assertTrue(any(read(path) != text for path, text in before.items()), patch)

    def test_each_applies(self):
        self.assertGreaterEqual(len(PLANTS), 4)
        for patch in PLANTS:
            self.apply(patch)

    def test_each_says_how_it_is_found(self):
        for patch in PLANTS:
            wanted = re.search(r"^Found as: (.+)$", read(patch), re.M)
            self.assertIsNotNone(wanted, patch)
            re.compile(wanted[1])


class Complaints(unittest.TestCase):
    FATAL = """BUG: KASAN: use-after-free in zc_ring_idle+0x2d/0x90 [ykvm_zc]
WARNING: CPU: 1 PID: 77 at kmod/zc/ring.c:86 zc_ring_idle+0x1/0x2
WARNING: possible circular locking dependency detected
BUG: sleeping function called from invalid context at include/linux/sched/mm.h:274
WARNING: suspicious RCU usage
UBSAN: array-index-out-of-bounds in kmod/wake.c:12:3
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
ODEBUG: free active (active state 0) object type: hrtimer
DMA-API: igb 0000:00:03.0: device driver tries to free DMA memory it has not allocated
INFO: task kworker/1:1:33 blocked for more than 120 seconds.
watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [insmod:99]
kernel BUG at lib/list_debug.c:59!
list_del corruption. prev->next should be ffff888003
Kernel panic - not syncing: Fatal exception in interrupt
unregister_netdevice: waiting for v0 to become free. Usage count = 2
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:""".splitlines()
    HARMLESS = """Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
kmemleak: Kernel memory leak detector initialized (mem pool available: 63621)
DMA-API: preallocated 65536 debug entries
DMA-API: debugging enabled by kernel config
Call Trace:
pktgen: WARNING: trying to remove a running interface, stopping it now.
ykvm: loading out-of-tree module taints kernel.""".splitlines()

    @staticmethod
    def grep(lines, *files):
        wanted = "\n".join(pattern for file in files for pattern in patterns(HERE, file))
        done = subprocess.run(["grep", "-E", wanted], input="\n".join(lines), capture_output=True, text=True)
        return done.stdout.splitlines()

    def found(self, lines):
        known = self.grep(lines, "complaints_known")
        return [line for line in self.grep(lines, "complaints", "debug/complaints") if line not in known]

    def test_every_kind_is_a_complaint(self):
        self.assertEqual(self.found(self.FATAL), self.FATAL)

    def test_what_a_debug_kernel_says_by_itself_is_none(self):
        self.assertEqual(self.found(self.HARMLESS), [])

    def test_known_ones_have_a_reason(self):
        text = read(HERE, "complaints_known").splitlines()
        for at, line in enumerate(text):
            if line and not line.startswith("#"):
                self.assertTrue(text[at - 1].startswith("# "), line)


if __name__ == "__main__":
    unittest.main()
