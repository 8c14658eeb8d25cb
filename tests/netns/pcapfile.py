# SPDX-License-Identifier: GPL-2.0-or-later
"""Capture files for the generator replay."""

import struct

LENGTHS = (60, 42, 590, 1514)  # without FCS; the second was captured without its padding
CAPLEN = 96
BEGIN = 1700000000 * 10**9


def frame(i, length):
    head = bytes(12) + b"\x08\x00" + struct.pack(">BBHHHBBH4s4s", 0x45, 0, length - 14, 0, 0, 64, 17, 0,
                                                 bytes((10, 0, 0, i % 250)), bytes((10, 1, 0, 1)))
    return (head + struct.pack(">HHHH", 4000, 53, length - 34, 0)).ljust(length, b"x")[:CAPLEN]


def pcap(path, gaps_us, linktype=1):
    """A capture of as many frames, cut at 96 bytes, in nanoseconds."""
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, CAPLEN, linktype))
        now = BEGIN
        for i, gap in enumerate(gaps_us):
            length = LENGTHS[i % len(LENGTHS)]
            data = frame(i, length)
            now += gap * 1000
            out.write(struct.pack("<IIII", now // 10**9, now % 10**9, len(data), length) + data)
    return path
