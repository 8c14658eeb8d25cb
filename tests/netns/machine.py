# SPDX-License-Identifier: GPL-2.0-or-later
"""What a trial could leave on the machine: network namespaces, interfaces, BPF programs, maps and links."""

import ctypes
import errno
import os
import platform
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import RXLAB, SCHEMA, NetnsTest, interfaces, schema, spaces, until  # noqa: E402

SYS_BPF = {"x86_64": 321, "aarch64": 280}.get(platform.machine())
NEXT_ID = {"program": 11, "map": 12, "link": 31}  # commands of bpf()


def bpf_ids(kind):
    """All that the kernel has, whoever made them; empty where this kernel or user may not ask."""
    libc = ctypes.CDLL(None, use_errno=True)
    found, number = [], 0
    while True:
        attr = ctypes.create_string_buffer(struct.pack("II", number, 0), 128)
        if libc.syscall(SYS_BPF, NEXT_ID[kind], attr, len(attr)):
            break
        number = struct.unpack_from("I", attr.raw, 4)[0]
        found.append(number)
    if ctypes.get_errno() not in (errno.ENOENT, errno.EPERM, errno.EINVAL, errno.ENOSYS):
        raise OSError(ctypes.get_errno(), f"walk of the {kind}s of BPF")
    return found


def named_spaces():
    done = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in done.stdout.splitlines()]


def present():
    """{(kind, name)}"""
    found = {("namespace", name) for name in spaces()} | {("named namespace", name) for name in named_spaces()}
    found |= {("interface", name) for name in interfaces()}
    return found | {(kind, number) for kind in NEXT_ID if SYS_BPF for number in bpf_ids(kind)}


class CleanTest(NetnsTest):
    """A test that must leave nothing on the machine. The kernel needs time for that, and others may change things too."""

    def setUp(self):
        super().setUp()
        self.before = present()

    def nothing_left(self):
        try:
            until(lambda: present() <= self.before, "nothing left")
        except AssertionError:
            self.assertEqual(sorted(map(str, present() - self.before)), [])

    def tearDown(self):
        self.nothing_left()


class FaultTest(CleanTest):
    """One clear reason, exit status 1 or 2, nothing left."""

    def start(self, words, prefix=(), **options):
        return subprocess.run([*prefix, RXLAB, *words, "--side", self.side], capture_output=True, text=True, timeout=120,
                              **options)

    def recorded(self, words, **options):
        """The exit status and the record, which is alone on stdout."""
        done = self.start(words, **options)
        self.assertEqual((done.stdout.count("\n"), done.stderr), (1, ""), done)
        return done.returncode, schema.parse(done.stdout, "stdout", SCHEMA)

    def failed(self, reason, words, **options):
        """A record that says why, in one line, and exit status 1."""
        status, record = self.recorded(words, **options)
        self.assertEqual((status, record["status"]), (1, "failed"), record)
        self.assertIn(reason, record["reason"])
        self.assertNotIn("\n", record["reason"])

    def unusable(self, reason, words, **options):
        """No record: one line on stderr, and exit status 1."""
        done = self.start(words, **options)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done)
        self.assertIn(reason, done.stderr)

    def refused(self, reason, words, **options):
        """Before anything is tried: a message on stderr, and exit status 2."""
        done = self.start(words, **options)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        self.assertIn(reason, done.stderr)
