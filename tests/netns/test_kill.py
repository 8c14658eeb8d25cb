# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 at every phase of a trial on the testbed netns: no process, no namespace, no interface is left."""

import ctypes
import errno
import glob
import os
import platform
import signal
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import GENERATORS, PATIENCE_S, RXLAB, NetnsTest, children, command, interfaces, spaces, until  # noqa: E402

def counted(pid):
    """Frames that the pair has carried, from whichever end the process is at; -1 when it is not there yet."""
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


def threads(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


GET_BY_ID = {"prog_id": 13, "map_id": 14, "link_id": 30}  # commands of bpf()
SYS_BPF = 321  # on x86-64


def held(pid):
    """BPF programs, maps and links that a process holds: {(kind, id)}."""
    found = set()
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(path, encoding="ascii") as text:
                found |= {(words[0].rstrip(":"), int(words[1])) for words in map(str.split, text)
                          if len(words) == 2 and words[0].rstrip(":") in GET_BY_ID}
        except OSError:  # closed meanwhile
            continue
    return found


def exists(kind, number):
    attr = ctypes.create_string_buffer(struct.pack("I", number), 128)
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.syscall(SYS_BPF, GET_BY_ID[kind], attr, len(attr))
    if fd >= 0:
        os.close(fd)
    return fd >= 0 or ctypes.get_errno() != errno.ENOENT


class Kill(NetnsTest):
    def begin(self, generator, capture="tpacket3"):
        words = [RXLAB, *command(capture, generator, rate=20000, count=2000000), "--side", self.side]
        self.spaces, self.interfaces = spaces(), interfaces()
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def trial_process(self, process):
        """The child that leads a session; another one tries beforehand whether namespaces can be made."""
        return until(lambda: [pid for pid in children(process.pid) if leads(pid)], "the trial's process")[0]

    def reach(self, phase, process):
        """Waits for the phase; the process of the trial."""
        if phase == "started":
            return None
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
        return pid

    def gone(self, process, pid):
        process.wait(timeout=PATIENCE_S)
        if pid:
            until(lambda: not os.path.exists(f"/proc/{pid}"), "end of the trial's process")
        until(lambda: spaces() <= self.spaces, "end of the namespaces")
        self.assertEqual(interfaces(), self.interfaces)

    def test_the_program_is_killed(self):
        for generator in GENERATORS:
            for phase in ("started", "namespaces", "interfaces", "capture", "sending"):
                with self.subTest(generator=generator, phase=phase):
                    self.needs(generator)
                    process = self.begin(generator)
                    pid = self.reach(phase, process)
                    process.kill()
                    self.gone(process, pid)
                    self.assertEqual(process.returncode, -signal.SIGKILL)

    def test_the_trials_process_is_killed(self):
        for generator in GENERATORS:
            with self.subTest(generator=generator):
                self.needs(generator)
                process = self.begin(generator)
                pid = self.reach("sending", process)
                os.kill(pid, signal.SIGKILL)
                self.gone(process, pid)
                self.assertEqual(process.returncode, 1)

    @unittest.skipUnless(platform.machine() == "x86_64", "knows the number of bpf() on x86-64 only")
    def test_xdp_goes_with_the_process(self):
        for capture, least in (("xdp-count", 3), ("af-xdp", 3), ("ykvm-xdp", 5)):
            for phase in ("capture", "sending"):
                with self.subTest(capture=capture, phase=phase):
                    process = self.begin("txring", capture)
                    pid = self.reach(phase, process)
                    ids = until(lambda: len(held(pid)) >= least and held(pid), "program, maps and link")
                    self.assertTrue(all(exists(*one) for one in ids))
                    os.kill(pid, signal.SIGKILL)
                    self.gone(process, pid)
                    until(lambda: not any(exists(*one) for one in ids), f"end of {ids}")

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process = self.begin("txring")
                pid = self.reach("sending", process)
                process.send_signal(number)
                self.gone(process, pid)
                self.assertNotEqual(process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
