# SPDX-License-Identifier: GPL-2.0-or-later
"""pcapy_count.py DEVICE: five frames by python3-pcapy. Its dispatch() calls back without words under Python 3.11."""

import os
import sys

import pcapy

p = pcapy.open_live(sys.argv[1], 65535, 0, 100)
p.setfilter("ether proto 0x88b5")
sender = pcapy.open_live(os.environ.get("SENDER", sys.argv[1]), 65535, 0, 100)
for i in range(5):
    sender.sendpacket(bytes(12) + bytes([0x88, 0xb5]) + bytes(46))
frames = [p.next()[1] for i in range(5)]
print(sum(len(data) == 60 for data in frames), "frames")
