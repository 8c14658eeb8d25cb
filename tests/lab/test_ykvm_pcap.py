# SPDX-License-Identifier: GPL-2.0-or-later
"""kmod/tests/guest_pcap.sh: tcpdump and tshark on libykvm-pcap's devices, in a virtual machine."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_kmod import Guest  # noqa: E402


class Alone(Guest):
    """A machine for one script: what its console said is judged here."""

    def test_console(self):
        self.check("console")


class Pcap(Alone, unittest.TestCase):
    WORDS = ("1", "guest_pcap.sh")

    def test_tcpdump(self):
        self.check("tcpdump")

    def test_tshark(self):
        self.check("tshark")

    def test_alone(self):
        self.check("alone")

    def test_calls(self):
        self.check("calls")

    def test_refused(self):
        self.check("refused")


class Ways(Alone, unittest.TestCase):
    """kmod/tests/guest_pcap_ways.sh: whichever way a program comes to libpcap."""

    WORDS = ("1", "guest_pcap_ways.sh")

    def test_ways(self):
        self.check("ways")

    def test_languages(self):
        self.check("languages")

    def test_answers(self):
        self.check("answers")

    def test_names(self):
        self.check("names")

    def test_without(self):
        self.check("without")


class Suricata(Alone, unittest.TestCase):
    WORDS = ("1", "guest_pcap_suricata.sh")

    def test_suricata(self):
        self.check("suricata")


if __name__ == "__main__":
    unittest.main()
