# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""A kernel that is too old or lacks an option: each part says in one line what it lacks, and the others run."""

import errno
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import FaultTest  # noqa: E402
from netns import RXLAB, command  # noqa: E402
from oldkernel import POSSIBLE, Lack, without  # noqa: E402
from pcapfile import pcap  # noqa: E402

AF_NETLINK, AF_PACKET, AF_XDP = 16, 17, 44
SOL_PACKET, SOL_XDP = 263, 283
PACKET_RX_RING, PACKET_VERSION, PACKET_FANOUT, PACKET_QDISC_BYPASS = 5, 10, 18, 20
XDP_UMEM_REG = 4
MAP_CREATE, TEST_RUN, LINK_CREATE = 0, 10, 28  # commands of bpf()
NO_CALL, NO_COMMAND, NO_OPTION, NO_FAMILY = errno.ENOSYS, errno.EINVAL, errno.ENOPROTOOPT, errno.EAFNOSUPPORT


def option(level, name, error=NO_OPTION):
    return Lack("setsockopt", error, None, level, name)


# What the kernel lacks; capture, generator and the reason.
LACKS = (
    (Lack("bpf", NO_CALL), "af-xdp", "txring", "BPF program probe: Function not implemented"),
    (Lack("bpf", NO_CALL), "ykvm-xdp", "txring", "BPF program probe: Function not implemented"),
    (Lack("bpf", NO_CALL), "xdp-count", "txring", "BPF program probe: Function not implemented"),
    (Lack("bpf", NO_CALL), "tpacket3", "xdp-live", "BPF program rxlab_probe: Function not implemented"),
    (Lack("bpf", NO_COMMAND, TEST_RUN), "tpacket3", "xdp-live", "live frames of XDP (Linux 5.18 and newer): Invalid argument"),
    (Lack("bpf", NO_COMMAND, LINK_CREATE), "af-xdp", "txring", "dut: cannot attach an XDP program: Invalid argument"),
    (Lack("bpf", NO_COMMAND, LINK_CREATE), "ykvm-xdp", "txring", "dut: cannot attach an XDP program: Invalid argument"),
    (Lack("bpf", NO_COMMAND, LINK_CREATE), "xdp-count", "txring", "dut: cannot attach an XDP program: Invalid argument"),
    (Lack("bpf", NO_COMMAND, MAP_CREATE), "af-xdp", "txring", "BPF map rxlab_xsk"),
    (Lack("bpf", NO_COMMAND, MAP_CREATE), "ykvm-xdp", "txring", "BPF map ykvm_control"),
    (Lack("bpf", NO_COMMAND, MAP_CREATE), "xdp-count", "txring", "BPF map rxlab_count"),
    (Lack("bpf", NO_COMMAND, MAP_CREATE), "tpacket3", "xdp-live", "BPF map rxlab_state"),
    (Lack("socket", NO_FAMILY, AF_XDP), "af-xdp", "txring", "AF_XDP: socket: Address family not supported"),
    (option(SOL_XDP, XDP_UMEM_REG), "af-xdp", "txring", "in frames of 2048: Protocol not available"),
    (option(SOL_PACKET, PACKET_VERSION, NO_COMMAND), "tpacket2", "txring", "tpacket2: ring of 8388608 bytes: Invalid argument"),
    (option(SOL_PACKET, PACKET_VERSION, NO_COMMAND), "tpacket3", "txring", "tpacket3: ring of 2097152 bytes: Invalid argument"),
    (option(SOL_PACKET, PACKET_VERSION, NO_COMMAND), "fanout", "txring", "fanout: ring of 2097152 bytes: Invalid argument"),
    (option(SOL_PACKET, PACKET_VERSION, NO_COMMAND), "libpcap", "txring", "libpcap: cannot activate on dut: "),
    (option(SOL_PACKET, PACKET_VERSION, NO_COMMAND), "libpcap-immediate", "txring", "libpcap: cannot activate on dut: "),
    (option(SOL_PACKET, PACKET_RX_RING), "tpacket3", "txring", "tpacket3: ring of 2097152 bytes: Protocol not available"),
    (option(SOL_PACKET, PACKET_FANOUT), "fanout", "txring", "fanout: group: Protocol not available"),
    (option(SOL_PACKET, PACKET_QDISC_BYPASS), "recv", "txring", "txring: socket options: Protocol not available"),
    (option(SOL_PACKET, PACKET_QDISC_BYPASS), "recv", "replay", "replay: socket options: Protocol not available"),
    (Lack("socket", NO_FAMILY, AF_PACKET), "recv", "txring", "packet socket: Address family not supported"),
    (Lack("socket", NO_FAMILY, AF_PACKET), "xdp-count", "libnet", "packet socket: Address family not supported"),
    (Lack("recvmmsg", NO_CALL), "recvmmsg", "txring", "recvmmsg: dut: Function not implemented"),
    (Lack("sendmmsg", NO_CALL), "recv", "txring", "txring: send on snd0: Function not implemented"),
)
# What these do without.
RUNS = (
    (Lack("bpf", NO_CALL), "tpacket3", "txring"),
    (Lack("socket", NO_FAMILY, AF_PACKET), "xdp-count", "xdp-live"),
    (Lack("sendmmsg", NO_CALL), "recv", "libnet"),
    (Lack("perf_event_open", NO_CALL), "recv", "txring"),
)
TESTBED = (
    (Lack("unshare", NO_COMMAND), "cannot make a network namespace: Invalid argument"),
    (Lack("mount", errno.EPERM), "cannot make a mount namespace: Operation not permitted"),
    (Lack("socket", errno.EPROTONOSUPPORT, AF_NETLINK), "cannot make a pair of veth interfaces: Protocol not supported"),
)


@unittest.skipUnless(POSSIBLE, "needs root on x86-64")
class OldKernel(FaultTest):
    def words(self, capture, generator):
        if generator != "replay":
            return command(capture, generator, rate=20000, count=2000)
        path = pcap(os.path.join(self.side, "a.pcap"), [50] * 100)
        return command(capture, generator, 1518, 20000, 2000, gen_pcap=path)

    def table(self, name, lack):
        done = subprocess.run([RXLAB, "list", name, "--json"], capture_output=True, text=True, timeout=60, check=True,
                              preexec_fn=without(lack))
        return {row["name"]: row for row in json.loads(done.stdout)}

    def test_what_is_lacked_is_said(self):
        for lack, capture, generator, reason in LACKS:
            with self.subTest(call=lack.call, arguments=lack.arguments, capture=capture, generator=generator):
                self.needs(generator)
                self.failed(reason, self.words(capture, generator), preexec_fn=without(lack))
                self.nothing_left()

    def test_what_is_not_lacked_runs(self):
        for lack, capture, generator in RUNS:
            with self.subTest(call=lack.call, capture=capture, generator=generator):
                self.needs(generator)
                _, record = self.recorded(self.words(capture, generator), preexec_fn=without(lack))
                self.assertIn(record["status"], ("ok", "invalid"), record)
                self.assertEqual((record["ledger"]["offered"], record["ledger"]["unaccounted"]), (2000, 0), record)
                if lack.call == "perf_event_open":
                    self.assertIn("Function not implemented", json.dumps(record["meters"]))

    def test_no_testbed(self):
        for lack, reason in TESTBED:
            with self.subTest(call=lack.call):
                self.unusable(f"testbed netns cannot run here: {reason}", self.words("null", "txring"),
                              preexec_fn=without(lack))
                self.assertEqual(self.table("testbeds", lack)["netns"]["reason"], reason)

    def test_lists_and_doctor_ask_the_kernel_not_its_version(self):
        live = Lack("bpf", NO_COMMAND, TEST_RUN)
        reason = "live frames of XDP (Linux 5.18 and newer): Invalid argument"
        self.assertEqual(self.table("generators", live)["xdp-live"]["cannot"]["netns"], reason)
        done = subprocess.run([RXLAB, "doctor", "--json"], capture_output=True, text=True, timeout=60,
                              preexec_fn=without(live))
        said = {(row["section"], row["name"]): row for row in json.loads(done.stdout)}
        row = said["generator", "xdp-live"]
        self.assertEqual((row["state"], row["text"]), ("cannot", reason), row)
        self.assertNotIn(("kernel", "XDP live frames"), said)  # it once stood there by the version, against the other
        self.assertEqual(said["testbed", "netns"]["state"], "ok")
        captures = self.table("captures", Lack("bpf", NO_CALL))
        for name in ("af-xdp", "ykvm-xdp", "xdp-count"):
            self.assertEqual(captures[name]["cannot"]["netns"], "BPF program probe: Function not implemented")


if __name__ == "__main__":
    unittest.main()
