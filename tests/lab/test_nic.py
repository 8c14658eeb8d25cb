# SPDX-License-Identifier: GPL-2.0-or-later
"""The DUT's NIC interrupts as an 82576 does; with nic=as-is, as QEMU's igb; where that is impossible, nothing runs."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, Trials, cache_like, environment, run, status, trial  # noqa: E402

RATE = 20000


def null(usecs, rate=RATE, count=2000, **settings):
    return trial("interrupt-coalesced", 64, rate, count, base="null", rx_usecs=usecs, **settings)


# Interrupts a second at 20,000 frames: as many as frames, or one a gap. 1 and 3: the driver chooses, 30 and 49 us.
CHIP = {null(0): 20000, null(1): 20000, null(3): 20000, null(10): 20000, null(50): 20000, null(100): 10000,
        null(250): 4000, null(1000, count=6000): 1000, null(100, rate=5000, count=1000): 5000,
        trial("ykvm-zc", 64, RATE, 2000, rx_usecs=50): 20000, trial("ykvm-zc", 64, RATE, 2000, rx_usecs=250): 4000}
# As QEMU has it: two a gap of 4.096 us each, with the frames that it holds.
AS_IS = {null(50, nic="as-is"): 8000, null(250, nic="as-is"): 1905}
OVERLOADED = {name: trial(name, 64, "max", 4000) for name in ("libpcap", "ykvm")}
POLLED = {nic: trial("ykvm-zc", 64, "max", 4000, rx_usecs=0, nic=nic) for nic in ("chip", "as-is")}

TRIALS = Trials([*CHIP, *AS_IS, *OVERLOADED.values(), *POLLED.values()])


class Nic(LabTest):
    def check_rates(self, wanted):
        for words, rate in wanted.items():
            with self.subTest(" ".join(words)):
                record = TRIALS.record(words)
                seconds = record["generator"]["duration_ns"] / 1e9
                # The first frame interrupts at time 0, and the last gap ends behind the last frame.
                self.assertAlmostEqual(record["irq"]["hard"], rate * seconds, delta=0.01 * rate * seconds + 2)

    def test_interrupts_are_those_of_the_chip(self):
        self.check_rates(CHIP)

    def test_as_it_is_they_are_those_of_the_model(self):
        self.check_rates(AS_IS)

    def test_a_driver_that_polls_is_not_interrupted(self):
        for name, words in OVERLOADED.items():
            with self.subTest(name):
                irq = TRIALS.record(words)["irq"]
                self.assertGreater(irq["hard"], 0)
                self.assertLess(10 * irq["hard"], irq["polls"])
        # A driver of its own, without a gap: frames that arrive while it polls do not interrupt.
        hard = {nic: TRIALS.record(words)["irq"]["hard"] for nic, words in POLLED.items()}
        self.assertLess(hard["chip"], 0.6 * hard["as-is"])

    def test_records_are_whole(self):
        for words in TRIALS.wanted:
            with self.subTest(" ".join(words)):
                record = TRIALS.record(words)
                self.assertEqual((record["status"], record["ledger"]["unaccounted"]), ("ok", 0))
                self.assertAlmostEqual(record["cpu"]["dut_share"], 0.25, delta=0.01)
                self.assertEqual(record["knobs"]["nic"], record["spec"]["set"].get("nic", "chip"))

    def test_records_repeat_on_a_busy_machine(self):
        spinner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self.addCleanup(spinner.wait)
        self.addCleanup(spinner.kill)
        for words in (null(250), null(250, nic="as-is"), OVERLOADED["ykvm"]):
            with self.subTest(" ".join(words)):
                self.assertEqual(run(*words).stdout, TRIALS.line(words))

    def test_the_setting_is_checked_before_anything_starts(self):
        for words, reason in ((null(50, nic="e1000"), "nic=e1000: must be chip or as-is"),
                              ((*trial("libpcap", nic="chip"), "--testbed", "netns"), "only the testbed lab")):
            with self.subTest(reason):
                done = run(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(reason, done.stderr)


class OtherModels(LabTest):
    """QEMU whose igb is not that of 10.0."""

    def qemu(self, mode, *devices):
        """QEMU and the plugin on a machine of these devices and no guest but its firmware; ends by itself or is ended."""
        real, folder = status(), self.folder()
        packages = os.path.join(real["cache"], "packages")
        libraries = ":".join(os.path.join(packages, "qemu", path, "x86_64-linux-gnu") for path in ("usr/lib", "lib"))
        words = [os.path.join(packages, "qemu/usr/bin/qemu-system-x86_64"), "-M", "q35", "-nodefaults", "-display", "none",
                 "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off",
                 "-plugin", f"{real['image']}/rxlab-tcg.so,dut=0,out={folder}/counts,nic={mode}"]
        for name in ("qemu", "seabios"):
            words += ["-L", os.path.join(packages, "qemu/usr/share", name)]
        for device in devices:
            words += ["-device", f"{device},romfile="]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=3, stdin=subprocess.DEVNULL,
                                  env={**os.environ, "LD_LIBRARY_PATH": libraries}, check=False)
        except subprocess.TimeoutExpired:
            return None, ""
        return done.returncode, done.stderr

    def test_the_plugin_ends_a_trial_that_cannot_have_its_nic(self):
        for devices in ((), ("e1000e",)):
            with self.subTest(devices):
                code, said = self.qemu("chip", *devices)
                self.assertEqual(code, 1, said)
                self.assertIn("rxlab-tcg: nic=chip: QEMU has no device igb, or more than one", said)

    def test_it_runs_on_where_it_can_or_is_not_asked(self):
        self.assertIsNone(self.qemu("chip", "igb")[0])

    def test_the_lab_refuses_before_the_first_trial(self):
        cache = self.folder()
        image = cache_like(cache, "info", "initramfs", "senders1-reader1/stopped", "senders1-reader1/symbols")
        with open(os.path.join(image, "senders1-reader1", "stop"), "w", encoding="utf-8") as word:
            word.write("QEMU's igb takes a unit of EITR for 250 ns, not for 1024\n")
        listed = json.loads(run("list", "testbeds", "--json", env=environment(cache)).stdout)
        works = {row["name"]: row["runnable"] for row in listed}
        no_other = int(not works["netns"])  # the doctor is content with one testbed
        for words, code in ((null(50), 1), (("lab", "build"), 1), (("lab", "status"), 1), (("doctor",), no_other)):
            with self.subTest(" ".join(words)):
                done = run(*words, env=environment(cache))
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                self.assertIn("unit of EITR for 250 ns", done.stdout + done.stderr)

    def test_doctor_and_status_say_which_it_is(self):
        self.assertIn("82576 as the chip is: igb of QEMU", status()["nic"])
        line, = (line for line in run("doctor").stdout.splitlines() if line.split()[1:3] == ["nic", "lab"])
        self.assertEqual(line.split()[0], "ok")


if __name__ == "__main__":
    unittest.main()
