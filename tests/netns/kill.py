# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared by the tests that kill: programs to kill, at phases that can be seen from outside."""

import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import CleanTest  # noqa: E402
from netns import PATIENCE_S, RXLAB, children, command, until  # noqa: E402
from pcapfile import pcap  # noqa: E402

RATE = 20000
LONG, SHORT = 2000000, 4000


def counted(pid):
    """Frames that the pair has carried, from whichever end the process is at; -1 if the pair does not exist yet."""
    try:
        with open(f"/proc/{pid}/net/dev", encoding="ascii") as text:
            lines = [line.replace(":", " ").split() for line in text]
    except OSError:
        return -1
    return max([int(words[2]) for words in lines if words[0] == "dut"]
               + [int(words[10]) for words in lines if words[0] == "snd0"], default=-1)


def leads(pid):
    try:
        return os.getsid(pid) == pid
    except OSError:
        return False


def alive(pid):
    """A zombie holds nothing any more, once all its threads have ended."""
    for path in glob.glob(f"/proc/{pid}/task/*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as text:
                if text.read().rpartition(")")[2].split()[0] not in "ZX":
                    return True
        except OSError:
            continue
    return False


def threads(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


class KillTest(CleanTest):
    def words(self, generator, capture, count):
        if generator != "replay":
            return command(capture, generator, rate=RATE, count=count)
        path = pcap(os.path.join(self.side, "a.pcap"), [50] * 101)
        return command(capture, generator, 1518, RATE, count, gen_pcap=path)

    def popen(self, *words):
        process = subprocess.Popen([RXLAB, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def begin(self, generator, capture="tpacket3", count=LONG):
        return self.popen(*self.words(generator, capture, count), "--side", self.side)

    def trial_process(self, process):
        """The child that leads a session; another one tries beforehand whether namespaces can be made."""
        return until(lambda: [pid for pid in children(process.pid) if leads(pid)], "the trial's process")[0]

    def reach(self, phase, process):
        """Waits for the phase; the process that is at it, but for the first phase."""
        if phase == "started":
            return None
        if phase == "probe":
            return until(lambda: children(process.pid), phase)[0]
        pid = self.trial_process(process)
        own = os.readlink("/proc/self/ns/net")
        if phase == "namespaces":
            until(lambda: os.readlink(f"/proc/{pid}/ns/net") != own, phase)
        elif phase == "interfaces":
            until(lambda: counted(pid) >= 0, phase)
        elif phase == "capture":
            until(lambda: counted(pid) >= 0 and threads(pid) > 1, phase)
        elif phase == "sending":
            until(lambda: counted(pid) > 100, phase)
        elif phase == "sent":
            until(lambda: counted(pid) >= SHORT or not alive(pid), phase)
        return pid

    def gone(self, process, pid):
        process.wait(timeout=PATIENCE_S)
        if pid:
            until(lambda: not alive(pid), "end of the trial's process")
        self.nothing_left()
