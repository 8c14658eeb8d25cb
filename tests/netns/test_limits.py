# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""A machine with too few resources: one clear reason, exit status 1 or 2, nothing left behind; or it works anyway."""

import errno
import os
import resource
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from machine import SYS_BPF, FaultTest, present  # noqa: E402
from netns import GENERATORS, RXLAB, SCHEMA, command, rows, schema, until  # noqa: E402
from oldkernel import POSSIBLE, Lack, without  # noqa: E402
from pcapfile import pcap  # noqa: E402

# Of rings and buffers: capture, setting, least, most.
BOUNDS = (
    ("tpacket2", "frames", 16, 1 << 18), ("tpacket2", "frame_bytes", 256, 65536), ("tpacket3", "blocks", 2, 4096),
    ("tpacket3", "block_bytes", 4096, 1 << 22), ("fanout", "blocks", 2, 4096), ("recv", "rcvbuf_bytes", 4096, 1 << 29),
    ("recvmmsg", "rcvbuf_bytes", 4096, 1 << 29), ("libpcap", "buffer_bytes", 65536, 1 << 29), ("af-xdp", "frames", 64, 65536),
    ("af-xdp", "frame_bytes", 2048, 4096), ("ykvm-xdp", "slots", 64, 1 << 20), ("ykvm-xdp", "slot_bytes", 128, 4096),
    ("dpdk", "ring", 64, 4096),
)


def limited(what, value):
    return lambda: resource.setrlimit(what, (value, value))


class Limits(FaultTest):
    def without(self, rights):
        if os.geteuid() or not shutil.which("setpriv"):
            self.skipTest("needs root and setpriv")
        names = ",".join(f"-{right}" for right in rights)
        return {"prefix": ["setpriv", f"--bounding-set={names}", f"--inh-caps={names}"]}

    def test_no_right_to_packet_sockets(self):
        options = self.without(["net_raw"])
        self.needs("xdp-live")  # which needs none: so it is the capture that fails
        for capture in ("recv", "recvmmsg", "tpacket2", "tpacket3", "fanout"):
            with self.subTest(capture=capture):
                self.failed(f"{capture}: packet socket: Operation not permitted", command(capture, "xdp-live"), **options)
        for capture, reason in (("libpcap", "libpcap: cannot activate on dut: "), ("af-xdp", "AF_XDP: socket: ")):
            with self.subTest(capture=capture):
                self.failed(reason, command(capture, "xdp-live"), **options)
        for generator in ("txring", "libnet"):
            with self.subTest(generator=generator):
                self.failed("packet socket: Operation not permitted", command("null", generator), **options)

    @unittest.skipUnless(POSSIBLE, "needs root on x86-64")
    def test_no_right_to_bpf(self):
        forbidden = {"preexec_fn": without(Lack("bpf", errno.EPERM))}
        for capture in ("af-xdp", "ykvm-xdp", "xdp-count"):
            with self.subTest(capture=capture):
                self.failed("BPF program probe: Operation not permitted", command(capture), **forbidden)
        self.failed("BPF program rxlab_probe: Operation not permitted", command("null", "xdp-live"), **forbidden)

    def test_no_right_to_namespaces_or_interfaces(self):
        for right, reason in (("sys_admin", "cannot make a network namespace"), ("net_admin", "cannot make a pair of veth")):
            with self.subTest(right=right):
                self.unusable(f"testbed netns cannot run here: {reason}", command("null"), **self.without([right]))

    def test_rights_that_are_not_needed(self):
        for right in ("sys_nice", "perfmon", "ipc_lock", "dac_override"):
            with self.subTest(right=right):
                self.runs(command("tpacket3", rate=20000, count=2000), 2000, **self.without([right]))

    def runs(self, words, count, **options):
        _, record = self.recorded(words, **options)
        self.assertIn(record["status"], ("ok", "invalid"), record)
        self.assertEqual((record["ledger"]["offered"], record["ledger"]["unaccounted"]), (count, 0), record)
        return record

    def test_nothing_may_be_locked(self):
        for most in (0, 4096, 65536):
            options = {"preexec_fn": limited(resource.RLIMIT_MEMLOCK, most), **self.without(["ipc_lock"])}
            for capture in ("recv", "tpacket3", "libpcap", "ykvm-xdp", "xdp-count"):
                with self.subTest(most=most, capture=capture):
                    self.runs(command(capture, rate=20000, count=2000), 2000, **options)
            with self.subTest(most=most, capture="af-xdp"):
                self.failed("AF_XDP: 8388608 bytes are more than RLIMIT_MEMLOCK lets be pinned (ulimit -l)",
                            command("af-xdp"), **options)
            with self.subTest(most=most, capture="dpdk"):
                self.needs_row("captures", "dpdk")
                self.failed("DPDK: net_af_packet0: cannot attach it", command("dpdk"), **options)

    def test_few_files(self):
        """From far too few to enough: an error at any point, and no hang."""
        for capture, generator in (("tpacket3", "txring"), ("ykvm-xdp", "xdp-live"), ("af-xdp", "libnet"), ("libpcap", "replay")):
            for most in range(4, 20):
                with self.subTest(capture=capture, generator=generator, most=most):
                    self.needs(generator)
                    self.few_files(capture, generator, most)

    def few_files(self, capture, generator, most):
        words = command(capture, generator, rate=20000, count=200)
        if generator == "replay":
            path = pcap(os.path.join(self.side, "a.pcap"), [50] * 10)
            words = command(capture, generator, 1518, 20000, 200, gen_pcap=path)
        done = self.start(words, preexec_fn=limited(resource.RLIMIT_NOFILE, most))
        if not done.stdout:
            self.assertIn(done.returncode, (1, 2), done)  # 2: a file that the trial names
            self.assertIn("Too many open files", done.stderr)
            self.assertLess(most, 16)
        else:
            record = schema.parse(done.stdout, "stdout", SCHEMA)
            self.assertIn((done.returncode, record["status"]), ((0, "ok"), (1, "invalid"), (1, "failed")), done)
            self.assertNotIn("signal", record["reason"] or "")

    def test_rings_beyond_all_bounds(self):
        for capture, setting, least, most in BOUNDS:
            for value in (-1, least - 1, most + 1, 1 << 31, 1 << 64, "many", "1e3"):
                with self.subTest(capture=capture, setting=setting, value=value):
                    self.refused(f"{capture}: {setting}={value}: must be a whole number from {least} to {most}",
                                 command(capture, **{setting: value}))
        for capture, settings in (("tpacket3", {"block_bytes": 12345}), ("ykvm-xdp", {"slots": 100}), ("af-xdp", {"frames": 100})):
            with self.subTest(capture=capture, **settings):
                self.refused("power", command(capture, **settings))
        for value in (-1, 1 << 20, "many"):
            self.refused(f"gen.batch={value}: must be a whole number", command("null", gen_batch=value))

    def test_rings_larger_than_memory(self):
        """A machine with 64 MiB to spare, as /proc/meminfo tells it."""
        path = os.path.join(self.side, "meminfo")
        with open(path, "w", encoding="ascii") as text:
            text.write("MemTotal: 131072 kB\nMemFree: 65536 kB\nMemAvailable: 65536 kB\n")
        small = ["unshare", "--mount", "sh", "-c", f'mount --bind {path} /proc/meminfo && exec "$@"', "sh"]
        for capture, settings, size in (("tpacket3", {"blocks": 4096}, 1 << 30), ("tpacket2", {"frames": 1 << 18}, 1 << 29),
                                        ("fanout", {"blocks": 4096}, 1 << 30), ("libpcap", {"buffer_bytes": 1 << 29}, 1 << 29)):
            with self.subTest(capture=capture):
                self.failed(f"{capture}: a ring of {size} bytes, and this machine has {65536 << 10} to spare",
                            command(capture, **settings), prefix=small)
        self.runs(command("tpacket3", rate=20000, count=2000), 2000, prefix=small)

    @unittest.skipUnless(POSSIBLE, "needs root on x86-64")
    def test_no_memory_for_maps(self):
        options = {"preexec_fn": without(Lack("bpf", errno.ENOMEM, 0))}
        self.failed("BPF map ykvm_control of 1 times 320 bytes: Cannot allocate memory", command("ykvm-xdp"), **options)
        self.failed("bytes: Cannot allocate memory", command("null", "xdp-live"), **options)

    def test_one_cpu(self):
        alone = {"preexec_fn": lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})}
        for capture in ("recv", "tpacket3", "libpcap", "fanout", "af-xdp", "ykvm-xdp", "xdp-count"):
            with self.subTest(capture=capture):
                record = self.runs(command(capture, count=5000), 5000, **alone)
                self.assertEqual(record["knobs"]["reader_cpu"], record["knobs"]["sender_cpu"])
        for generator in GENERATORS:
            with self.subTest(generator=generator):
                self.needs(generator)
                self.runs(command("tpacket3", generator, count=5000), 5000, **alone)
        # Readers that never sleep, beside their sender.
        self.runs(command("recv", count=5000, spin_usecs=1000), 5000, **alone)
        if "netns" not in rows("captures")["dpdk"]["cannot"]:
            self.runs(command("dpdk", count=5000), 5000, **alone)

    def test_one_cpu_and_a_reader_with_its_own(self):
        self.failed("reader_cpu 2: there are 1 CPUs, by affinity or RXLAB_CPUS", [*command("recv"), "--reader-cpu", "2"],
                    preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))

    def test_names_that_mean_nothing(self):
        for capture, settings, words in (("af-xdp", {"mode": "fast"}, "mode=fast: must be native, skb or zerocopy"),
                                         ("fanout", {"spread": "x"}, "spread=x: must be hash, lb"),
                                         ("kcap", {"algorithm": "x"}, "algorithm=x: must be horspool")):
            with self.subTest(capture=capture):
                self.refused(words, command(capture, **settings))


@unittest.skipUnless(SYS_BPF, "the number of bpf() is not known on this machine")
class WhatIsLeft(FaultTest):
    """The tests' own detection: each kind of leftover is seen, and its removal too."""

    def test_a_namespace(self):
        with subprocess.Popen(["unshare", "--net", "sleep", "60"]) as process:
            until(lambda: {kind for kind, _ in present() - self.before} == {"namespace"}, "a namespace")
            process.kill()

    def test_bpf(self):
        process = subprocess.Popen([RXLAB, *command("ykvm-xdp", count=10 ** 7)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        until(lambda: {kind for kind, _ in present() - self.before} == {"namespace", "program", "map", "link"},
              "program, maps and link")
        process.kill()


if __name__ == "__main__":
    unittest.main()
