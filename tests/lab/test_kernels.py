# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab on another kernel than its own, 6.12: equal records, our modules, several kernels in one folder, and one that does not boot."""

import functools
import json
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import LabTest, parse, run, status, trial  # noqa: E402

SERIES = "6.12"
BAD = "6.12.0-bad"
SHORT = ("--frame", "64", "--rate", "max", "--count", "2000")


@functools.cache
def prepared():
    """What the first trial on that kernel says; it fetches, builds and boots."""
    return run("trial", "--kernel", SERIES, "--capture", "recv", *SHORT, timeout=1800)


class Kernels(LabTest):
    def setUp(self):
        super().setUp()
        done = prepared()
        if "asking the mirror" in done.stderr and done.returncode == 2 or "cannot be fetched" in done.stderr:
            self.skipTest(f"no Linux {SERIES} here: {done.stderr.splitlines()[-1]}")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.record = parse(done.stdout)
        self.kernel = self.record["spec"]["set"]["kernel"]

    def test_a_series_becomes_a_whole_version_and_the_record_repeats(self):
        self.assertRegex(self.kernel, r"^6\.12\.\d+-[a-z0-9.]+$")
        self.assertNotEqual(self.record["testbed"]["identity"], status()["identity"])
        again = run("trial", "--kernel", self.kernel, "--capture", "recv", *SHORT)
        self.assertEqual(again.stdout, prepared().stdout, again.stderr)

    def test_its_image_is_the_same_wherever_it_is_built(self):
        """Its modules had the folder in them where the headers were unpacked, which has another name each time."""
        images = os.path.join(status()["cache"], "images")
        for name in os.listdir(images):
            with open(os.path.join(images, name, "info"), encoding="utf-8") as info:
                if f"identity={self.record['testbed']['identity']}\n" not in info.read():
                    continue
            with open(os.path.join(images, name, "initramfs"), "rb") as image:
                self.assertNotIn(images.encode(), image.read())
            return
        self.fail("no image has the record's identity")

    def test_our_modules_run_on_it(self):
        record = parse(run("trial", "--kernel", self.kernel, "--capture", "ykvm", *SHORT).stdout)
        self.assertEqual((record["status"], record["ledger"]["unaccounted"]), ("ok", 0), record["reason"])

    def bad_kernel(self):
        """A kernel that is not one, beside the real."""
        folder = os.path.join(status()["cache"], "kernels")
        bad = os.path.join(folder, BAD)
        shutil.copytree(os.path.join(folder, self.kernel), bad)
        self.addCleanup(shutil.rmtree, bad)
        with open(os.path.join(bad, "vmlinuz"), "r+b") as kernel:
            kernel.seek(1 << 20)
            kernel.write(bytes(1 << 20))

    def test_one_that_does_not_boot_fails_alone(self):
        self.bad_kernel()
        folder = self.folder()
        with open(os.path.join(folder, "c.yaml"), "w", encoding="utf-8") as out:
            out.write("name: t\nsweeps:\n  - {capture: recv, frame_bytes: 64, rate_pps: [20000, max], count: 500, "
                      f"kernel: [own, {self.kernel}, {BAD}]}}\n")
        done = run("run", os.path.join(folder, "c.yaml"), "--out", os.path.join(folder, "out"), timeout=1800)
        self.assertEqual(done.returncode, 1, done.stderr)
        with open(os.path.join(folder, "out", "trials.jsonl"), encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
        told = {}
        for record in records:
            told.setdefault(record["spec"]["set"].get("kernel"), set()).add(record["status"])
            if record["status"] == "failed":
                self.assertIn(f"kernel {BAD}: the guest cannot be made ready", record["reason"])
        self.assertEqual(told, {None: {"ok"}, self.kernel: {"ok"}, BAD: {"failed"}})
        self.is_in_manifest(os.path.join(folder, "out", "manifest.json"), records)

    def test_one_that_cannot_be_fetched_stops_no_other(self):
        """The mirror has its package in the list, and nothing where it should lie."""
        gone = "6.12.1-deb99"
        folder, path = self.folder(), os.path.join(status()["cache"], "kernels", "list")
        with open(path, encoding="utf-8") as text:
            before = text.read()
        self.addCleanup(lambda: self.write(path, before))
        self.write(path, before + f"linux-image-6.12.1+deb99-amd64 6.12.1-1 trixie file://{folder}/gone.deb 1000 {'0' * 64} kmod\n")
        self.write(os.path.join(folder, "c.yaml"), "name: t\nsweeps:\n  - {capture: recv, frame_bytes: 64, rate_pps: 20000, count: 500, "
                   f"kernel: [own, {gone}]}}\n")
        done = run("run", os.path.join(folder, "c.yaml"), "--out", os.path.join(folder, "out"), timeout=1800)
        self.assertEqual(done.returncode, 1, done.stderr)
        said = f"kernel {gone}: kernels.sh fetch failed: kernel {gone}: gone.deb cannot be fetched, or is damaged"
        with open(os.path.join(folder, "out", "trials.jsonl"), encoding="utf-8") as lines:
            told = {r["spec"]["set"].get("kernel"): r for r in map(json.loads, lines)}
        self.assertEqual({kernel: r["status"] for kernel, r in told.items()}, {None: "ok", gone: "failed"})
        self.assertIn(said, told[gone]["reason"])
        self.assertIsNone(told[gone]["testbed"]["identity"])
        self.assertIn(said, done.stderr)
        with open(os.path.join(folder, "out", "manifest.json"), encoding="utf-8") as text:
            self.assertIn("cannot be fetched", json.load(text)["testbed"]["kernels"][gone]["reason"])
        self.assertFalse(os.path.exists(os.path.join(status()["cache"], "kernels", gone)))

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)

    def is_in_manifest(self, path, records):
        with open(path, encoding="utf-8") as text:
            testbed = json.load(text)["testbed"]
        self.assertEqual(testbed["identity"], status()["identity"])
        for record in records:
            kernel = record["spec"]["set"].get("kernel")
            known = testbed["kernels"][kernel] if kernel else testbed
            self.assertEqual(record["testbed"]["identity"], known["identity"])

    def test_what_the_mirror_lacks_is_said_when_the_trial_is_planned(self):
        done = run(*trial("recv"), "--kernel", "6.12.99999")
        self.assertEqual(done.returncode, 2)
        self.assertIn("the mirror has no kernel 6.12.99999; the nearest: 6.12.", done.stderr)


if __name__ == "__main__":
    unittest.main()
