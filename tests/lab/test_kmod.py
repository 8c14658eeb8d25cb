# SPDX-License-Identifier: GPL-2.0-or-later
# runs first: it takes longest
"""kmod/tests/run_guest.sh: the kernel modules in virtual machines, one test for each group of its TAP lines."""

import functools
import os
import subprocess
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
RUN_GUEST = os.path.join(HERE, "..", "..", "kmod", "tests", "run_guest.sh")
SKIPPED = 77
# One machine for all of them: to start it takes as long as a short one of them.
ALL = ("20", "guest_test.sh", "guest_kcap.sh", "guest_pf.sh", "guest_zc.sh", "guest_zc_edges.sh", "guest_survive.sh")


def is_test(line):
    return line.startswith(("ok ", "not ok "))


@functools.cache
def run_guest(words):
    return subprocess.run(["sh", RUN_GUEST, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace")


class Guest:
    """A guest runs once, for all tests that want something of it."""

    WORDS = ALL  # of run_guest.sh
    SCRIPT = None  # of the guest's, the one whose groups these are; None: of any

    @classmethod
    def setUpClass(cls):
        done = run_guest(cls.WORDS)
        cls.status, cls.output = done.returncode, done.stdout + done.stderr
        if cls.status == SKIPPED:
            raise unittest.SkipTest(done.stdout.partition("# SKIP ")[2].strip())
        cls.groups, group, script = {}, None, None
        cls.plan, cls.lines = 0, [line for line in done.stdout.splitlines() if is_test(line)]
        for line in done.stdout.splitlines():
            if line.startswith("# script "):
                script, group = line.removeprefix("# script "), None
            elif line.startswith("# group ") and cls.SCRIPT in (None, script):
                group = cls.groups.setdefault(line.removeprefix("# group "), [])
            elif line.startswith("1.."):
                cls.plan = int(line.removeprefix("1.."))
            elif group is not None:
                group.append(line)
        if not cls.groups:
            raise AssertionError(f"the guest did not come to {cls.SCRIPT or 'a start'}:\n" + cls.output)

    def check(self, name):
        """No line of the group says "not ok", and there is one at all: the guest may have died before."""
        lines = self.groups.get(name, [])
        failed = [line for line in lines if line.startswith("not ok ")]
        notes = [line for line in lines if line.startswith("#")]
        self.assertEqual(failed, [], "\n" + "\n".join(failed + notes))
        self.assertTrue(any(map(is_test, lines)), "nothing was tested: the guest did not come so far")

    def test_log(self):
        self.check("log")

    def test_every_group_has_a_test_here(self):
        self.assertEqual([name for name in self.groups if not hasattr(self, "test_" + name)], [])

    def test_status_and_plan_fit_the_lines(self):
        self.assertEqual(self.plan, len(self.lines), self.output[-500:])
        self.assertEqual(self.status, int(any(line.startswith("not ok ") for line in self.lines)), self.output[-500:])


class Machine(Guest, unittest.TestCase):
    """What is judged from outside: what the modules ask of a kernel, and what its console said."""

    SCRIPT = "machine"
    test_log = None

    def test_symbols(self):
        if "# kernel 6.1." not in self.output:
            self.skipTest("the list of symbols is 6.1's, and the lab's kernel another")
        self.check("symbols")

    def test_console(self):
        self.check("console")


class Ykvm(Guest, unittest.TestCase):
    SCRIPT = "guest_test.sh"

    def test_load(self):
        self.check("load")

    def test_interface(self):
        self.check("interface")

    def test_race(self):
        self.check("race")

    def test_capture(self):
        self.check("capture")

    def test_killed(self):
        self.check("killed")

    def test_unload(self):
        self.check("unload")


class Survive(Guest, unittest.TestCase):
    SCRIPT = "guest_survive.sh"

    def test_edges(self):
        self.check("edges")

    def test_bind(self):
        self.check("bind")

    def test_interface(self):
        self.check("interface")

    def test_change(self):
        self.check("change")

    def test_hostile(self):
        self.check("hostile")

    def test_ends(self):
        self.check("ends")

    def test_parameters(self):
        self.check("parameters")

    def test_wrap(self):
        self.check("wrap")

    def test_fail(self):
        self.check("fail")

    def test_unload(self):
        self.check("unload")


class Kcap(Guest, unittest.TestCase):
    SCRIPT = "guest_kcap.sh"

    def test_kcap(self):
        self.check("kcap")

    def test_nic(self):
        self.check("nic")

    def test_unload(self):
        self.check("unload")


class Zerocopy(Guest, unittest.TestCase):
    SCRIPT = "guest_zc.sh"

    def test_bind(self):
        self.check("bind")

    def test_filter(self):
        self.check("filter")

    def test_length(self):
        self.check("length")

    def test_send(self):
        self.check("send")

    def test_ethtool(self):
        self.check("ethtool")

    def test_ring(self):
        self.check("ring")

    def test_forward(self):
        self.check("forward")

    def test_survive(self):
        self.check("survive")

    def test_cycles(self):
        self.check("cycles")

    def test_log(self):
        self.check("log")


class ZerocopyEdges(Guest, unittest.TestCase):
    SCRIPT = "guest_zc_edges.sh"

    def test_bind(self):
        self.check("bind")

    def test_filter(self):
        self.check("filter")

    def test_memory(self):
        self.check("memory")

    def test_send(self):
        self.check("send")

    def test_netlink(self):
        self.check("netlink")

    def test_hand(self):
        self.check("hand")

    def test_netpoll(self):
        self.check("netpoll")

    def test_reset(self):
        self.check("reset")

    def test_deaf(self):
        self.check("deaf")


class Sockets(Guest, unittest.TestCase):
    SCRIPT = "guest_pf.sh"

    def test_load(self):
        self.check("load")

    def test_calls(self):
        self.check("calls")

    def test_frames(self):
        self.check("frames")

    def test_hammered(self):
        self.check("hammered")

    def test_killed(self):
        self.check("killed")

    def test_unload(self):
        self.check("unload")

    def test_log(self):
        self.check("log")


if __name__ == "__main__":
    unittest.main()
