# SPDX-License-Identifier: GPL-2.0-or-later
"""rxlab lab shell: a prompt in the guest, which takes a CPU and so ends with its terminal; and what a trial says of a sender
that was asked for more than it can."""

import os
import pty
import re
import select
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import RXLAB, LabTest, run, trial  # noqa: E402

BOOT_S = 300  # on a busy machine


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(child) for child in f.read().split()]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Shell(LabTest):
    def start(self, deaf):
        """rxlab on a terminal of its own. deaf: it does not hear of the terminal's end, as under nohup."""
        pid, terminal = pty.fork()
        if pid == 0:
            if deaf:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execv(RXLAB, [RXLAB, "lab", "shell"])
        self.addCleanup(self.end, pid)
        return pid, terminal

    def end(self, pid):
        for one in [*children(pid), pid] if alive(pid) else []:
            os.kill(one, signal.SIGKILL)

    def until(self, what, seconds=60):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def wait_for(self, terminal, word):
        said, end = b"", time.monotonic() + BOOT_S
        while word not in said:
            self.assertLess(time.monotonic(), end, said)
            if select.select([terminal], [], [], 1)[0]:
                said += os.read(terminal, 65536)

    def test_it_ends_with_its_terminal(self):
        for deaf in (False, True):
            with self.subTest(deaf=deaf):
                pid, terminal = self.start(deaf)
                self.until(lambda: children(pid))
                guest = children(pid)
                os.close(terminal)
                self.until(lambda: not alive(pid) and not any(map(alive, guest)))
                os.waitpid(pid, 0)

    def test_it_ends_with_rxlab(self):
        pid, terminal = self.start(True)
        self.until(lambda: children(pid))
        guest = children(pid)
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        self.until(lambda: not any(map(alive, guest)))
        os.close(terminal)

    def test_a_prompt_and_its_end(self):
        pid, terminal = self.start(False)
        self.wait_for(terminal, b"# ")
        os.write(terminal, b"echo $((6 * 7))x; exit\r")
        self.wait_for(terminal, b"42x")
        os.set_blocking(terminal, False)
        self.until(lambda: not alive(pid))
        os.close(terminal)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)


class Maximum(LabTest):
    def test_a_sender_that_was_asked_for_too_much(self):
        done = run(*trial("null", rate=900000, count=2000))
        self.assertEqual((done.returncode, '"status":"invalid"' in done.stdout), (1, True), done.stdout)
        paced, unpaced = map(int, re.search(r"this sender's maximum is (\d+) packets a second paced, (\d+) unpaced",
                                            done.stderr).groups())
        self.assertIn(f"the sender achieved {paced} packets a second, 900000 were asked", done.stdout)
        most = run(*trial("null", rate="max", count=2000))
        self.assertIn(f'"achieved_pps":{unpaced},', most.stdout)

    def test_one_that_was_not(self):
        done = run(*trial("null", rate=20000, count=500))
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
