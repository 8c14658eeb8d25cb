# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel that lacks a system call, or a part of one: a filter of seccomp gives the error that such a kernel gives."""

import ctypes
import os
import platform
import struct

NUMBERS = {"bpf": 321, "mount": 165, "perf_event_open": 298, "recvmmsg": 299, "sendmmsg": 307, "setsockopt": 54,
           "socket": 41, "unshare": 272}  # of x86-64
ARCH_X86_64 = 0xC000003E
AT_NUMBER, AT_ARCH, AT_ARGUMENTS = 0, 4, 16  # in struct seccomp_data
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, MODE_FILTER = 22, 2
POSSIBLE = platform.machine() == "x86_64" and os.geteuid() == 0


class Lack:
    """The call, with the error that it gives where its first arguments are these; None: whatever it is."""

    def __init__(self, call, error, *arguments):
        self.call, self.error, self.arguments = call, error, arguments

    def instructions(self):
        tests = [(AT_NUMBER, NUMBERS[self.call])]
        tests += [(AT_ARGUMENTS + 8 * i, value) for i, value in enumerate(self.arguments) if value is not None]
        code = []
        for i, (offset, value) in enumerate(tests):
            to_end = 2 * (len(tests) - i) - 1  # behind this rule's return
            code += [(LOAD, 0, 0, offset), (EQUAL, 0, to_end, value)]
        return [*code, (RETURN, 0, 0, ERRNO | self.error)]


def program(lacks):
    code = [(LOAD, 0, 0, AT_ARCH), (EQUAL, 1, 0, ARCH_X86_64), (RETURN, 0, 0, ALLOW)]
    for lack in lacks:
        code += lack.instructions()
    return b"".join(struct.pack("HBBI", *one) for one in [*code, (RETURN, 0, 0, ALLOW)])


def without(*lacks):
    """For preexec_fn: the program and everything that it starts see such a kernel."""
    text = program(lacks)

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    filter_of = Filter(len(text) // 8, text)

    def install():
        if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(filter_of), 0, 0):
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")

    return install
