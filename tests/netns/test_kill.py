# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""kill -9 at every phase of a trial on the testbed netns: nothing of it is left."""

import ctypes
import errno
import glob
import os
import signal
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kill import LONG, SHORT, KillTest  # noqa: E402
from machine import SYS_BPF  # noqa: E402
from netns import GENERATORS, until  # noqa: E402

# One of each kind: a socket without a ring, a socket's ring, AF_XDP, XDP and maps, a driver with threads of its own.
KINDS = ("recv", "tpacket3", "af-xdp", "ykvm-xdp", "dpdk")
GET_BY_ID = {"prog_id": 13, "map_id": 14, "link_id": 30}  # commands of bpf()


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


class Trial(KillTest):
    def killed(self, generator, capture, phase):
        with self.subTest(generator=generator, capture=capture, phase=phase):
            self.needs(generator)
            self.needs_row("captures", capture)
            process = self.begin(generator, capture, SHORT if phase == "sent" else LONG)
            pid = self.reach(phase, process)
            process.kill()
            self.gone(process, pid)
            if phase != "sent":  # it may have been done
                self.assertEqual(process.returncode, -signal.SIGKILL)

    def test_the_program_is_killed_before_the_capture_is_there(self):
        for generator in (*GENERATORS, "replay"):
            for phase in ("started", "probe", "namespaces", "interfaces"):
                self.killed(generator, "tpacket3", phase)

    def test_the_program_is_killed_with_each_kind_of_capture(self):
        for generator in (*GENERATORS, "replay"):
            for capture in KINDS:
                for phase in ("capture", "sending", "sent"):
                    self.killed(generator, capture, phase)

    def test_the_trials_process_is_killed(self):
        for generator in (*GENERATORS, "replay"):
            with self.subTest(generator=generator):
                self.needs(generator)
                process = self.begin(generator)
                pid = self.reach("sending", process)
                os.kill(pid, signal.SIGKILL)
                self.gone(process, pid)
                self.assertEqual(process.returncode, 1)

    @unittest.skipUnless(SYS_BPF, "the number of bpf() is not known on this machine")
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
