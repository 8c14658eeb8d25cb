#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""seeds.py FOLDER: writes a first input or two of each fuzz target that wants bytes, as FOLDER/TARGET/seed-*.

They are small and made up here, so that nothing of anybody's network is in the corpus. The texts of the other targets are
in the corpus as they are.
"""

import os
import struct
import sys

ETHER = bytes(6) + bytes(6)
FRAMES = {
    "ip4": ETHER + bytes.fromhex("0800 4500 0020 0001 0000 2011 0000 c6120001 c6130001 2328 0009 000c 0000 6162 6364"),
    "fragment": ETHER + bytes.fromhex("0800 4500 0020 0001 2000 2006 0000 c6120001 c6130001 2328 0009 000c 0000"),
    "later": ETHER + bytes.fromhex("0800 4500 0020 0001 0003 2006 0000 c6120001 c6130001 2328 0009 000c 0000"),
    "vlan": ETHER + bytes.fromhex("8100 0005 88a8 0007 0800 4500 0020 0001 0000 2006 0000 0a000001 0a000002 0050 1000"),
    "mpls": ETHER + bytes.fromhex("8847 00010040 00020140 4500 0020 0001 0000 2084 0000 0a000001 0a000002 0050 1000"),
    "ip6": ETHER + bytes.fromhex("86dd 60000000 0014 00 40") + bytes(15) + b"\1" + bytes(15) + b"\2" +
    bytes.fromhex("2c 00 000000000000 11 00 0001 00000007 1000 0035 0008 0000"),
    "arp": ETHER + bytes.fromhex("0806 0001 0800 0604 0001") + bytes(20),
}


def ours(number, port=9000, size=60):
    """A frame of a trial: UDP with pktgen's header."""
    frame = ETHER + bytes.fromhex("0800 4500 002e 0000 0000 2011 0000 c6120001 c6130001")
    frame += struct.pack(">HHHHIIII", port, 9, 26, 0, 0xbe9be955, number, 1, number)
    return (frame + b"NEEDLE" * 20)[:size]


def pcap(frames, magic=0xa1b2c3d4, order="<", link=1, swap_times=False, claims=None):
    """claims: the length that each frame is said to have had."""
    out = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 65535, link)
    for i, frame in enumerate(frames):
        out += struct.pack(order + "IIII", 1, 10 * (-i % 8 if swap_times else i), len(frame), claims or len(frame)) + frame
    return out


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def pcapng(frames, order="<"):
    out = block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
    options = option(order, 9, b"\x09") + option(order, 14, struct.pack(order + "q", 5)) + option(order, 13, b"\x04")
    out += block(order, 1, struct.pack(order + "HHI", 1, 0, 65535) + options + option(order, 0, b""))
    out += block(order, 1, struct.pack(order + "HHI", 1, 0, 40) + option(order, 9, b"\x94"))
    for i, frame in enumerate(frames):
        head = struct.pack(order + "IIIII", i % 2, 0, 1000 * i, len(frame), len(frame))
        data = frame + bytes(-len(frame) % 4)
        out += block(order, 6, head + data + option(order, 2, struct.pack(order + "I", 4 << 5)))
    out += block(order, 3, struct.pack(order + "I", len(frames[0])) + frames[0])
    return out + block(order, 5, bytes(12))


def elf():
    names = b"\0pcap_open\0pcap_close\0"
    symbols = bytes(24)
    for name, at in ((1, 0x1010), (11, 0x1040)):
        symbols += struct.pack("<IBBHQQ", name, 0x12, 0, 1, at, 16)
    head = 64 + 56
    out = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, head + len(symbols) + 24, 0, 64,
                                                    56, 1, 64, 3, 2)
    out += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x1000, 0x1000, 4096, 4096, 4096)
    out += symbols + names.ljust(24, b"\0")
    out += bytes(64)
    out += struct.pack("<IIQQQQIIQQ", 0, 11, 0, 0, head, len(symbols), 2, 0, 8, 24)
    return out + struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, head + len(symbols), len(names), 0, 0, 1, 0)


def btf():
    names = b"\0sk_buff\0data\0skb_drop_reason\0SKB_DROP_REASON_NO_SOCKET\0"
    types = struct.pack("<IIII", 0, 1 << 24, 4, 32)  # an int
    types += struct.pack("<IIIIII", 1, 4 << 24 | 1, 64, 9, 1, 0x640)
    types += struct.pack("<IIIIi", 14, 6 << 24 | 1, 4, 30, 3)
    types += struct.pack("<IIIIII", 0, 13 << 24 | 1, 0, 9, 1, 0)
    return struct.pack("<HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(types), len(types), len(names)) + types + names


def attribute(kind, value):
    return struct.pack("<HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def message(kind, body, flags=0):
    return struct.pack("<IHHII", len(body) + 16, kind, flags, 1, 0) + body


def answers(*messages):
    return b"".join(struct.pack("<H", len(m)) + m for m in messages)


def netlink():
    done = message(2, struct.pack("<i", 0) + bytes(16))
    family = message(16, struct.pack("<BBH", 1, 1, 0) + attribute(1, struct.pack("<H", 20)))
    value = message(20, struct.pack("<BBH", 2, 1, 0) + attribute(2, struct.pack("<I", 50)) + attribute(10, b"\1"))
    link = message(16, bytes(16) + attribute(23, bytes(range(200))))
    refused = message(2, struct.pack("<i", -95) + bytes(16))
    return {"values": answers(family, done, value, done), "refused": answers(family, done, refused),
            "link": answers(link, done), "table": struct.pack("<IIIIIIII", 4, 1, 4, 0, 1, 0, 1, 0)}


def framed(frames):
    return b"".join(struct.pack(">H", len(f)) + f for f in frames)


def fates():
    layout = (b"@f 1000 napi_gro_receive\n@f 2000 tpacket_rcv\n@f 3000 enqueue_to_backlog\n@f 4000 kfree_skb_reason\n"
              b"@d 200\n@r 2 SKB_NOT_SPECIFIED\n@r 62 CPU_BACKLOG\n@r 1 SKB_CONSUMED\n@end\n")
    trace = b"e1000e_rx_written_to_guest\n" * 2 + b"e1000e_rx_not_written_to_guest\n"
    events = (b"napi_gro_receive 0 1 1000 0\ntpacket_rcv 0 1 2000 0\nskb_copy_bits 0 1 2004 0\n"
              b"napi_gro_receive 0 2 1000 0\nkfree_skb_reason 0 2 3004 62\n")
    console = b"boot\n@rxlab-seen 0 1:1 2:0\n@rxlab-seen 1 3:0\n"
    wire = pcap([ours(1), ours(2), ours(3, 9001)])
    return b"====\n".join((wire, trace, events, console, layout))


def seeds():
    frames = list(FRAMES.values())
    yield "capture", {"us": pcap(frames), "ns": pcap(frames, 0xa1b23c4d, ">"), "raw-link": pcap(frames, link=101),
                      "out-of-order": pcap(frames, swap_times=True), "fcs": pcap(frames, link=0x24000001),
                      "ng": pcapng(frames), "ng-swapped": pcapng(frames, ">"), "long": pcap([bytes(1600)])}
    yield "wire", {"poisson": pcap([ours(i) for i in range(1, 9)])}
    yield "fates", {"six": fates()}
    yield "elf", {"library": elf()}
    yield "btf", {"kernel": btf()}
    yield "netlink", netlink()
    yield "frame", {"ours": framed([ours(1), ours(2), ours(2), ours(1, 9001), ours(200), ours(4, 9002), ours(3)]),
                    "others": framed(frames + [bytes(14), bytes(70)])}


def main():
    for target, inputs in seeds():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for name, content in inputs.items():
            with open(os.path.join(folder, "seed-" + name), "wb") as out:
                out.write(content)


if __name__ == "__main__":
    main()
