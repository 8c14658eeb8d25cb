# SPDX-License-Identifier: GPL-2.0-or-later
"""scapy_count.py DEVICE socket|pcap: five frames by scapy, which captures with a socket of its own or with libpcap."""

import os
import sys

from scapy.all import AsyncSniffer, Ether, Raw, conf, sendp

device, how = sys.argv[1:]
conf.use_pcap = how == "pcap"
frames = [Ether(dst="02:00:00:00:00:09", type=0x88b5) / Raw(bytes(46))] * 5


def send():
    sendp(frames, iface=os.environ.get("SENDER", "lo"), verbose=False)


sniffer = AsyncSniffer(iface=device, filter="ether proto 0x88b5", timeout=20, count=5, started_callback=send)
sniffer.start()
sniffer.join()
print(len(sniffer.results), "frames")
