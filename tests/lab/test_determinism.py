# SPDX-License-Identifier: GPL-2.0-or-later
"""A trial is a pure function: the same bytes on a busy machine, from a snapshot made anew, of an image built anew."""

import concurrent.futures
import hashlib
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import (AT_ONCE, TOP, LabTest, build_image, cache_like, copy_tree, environment, run, status,  # noqa: E402
                 trial)

# Steep parts of the loss curve, where anything that moves shows.
WANTED = (trial("libpcap", 64, 160000), trial("ykvm", 64, "max"))


def lines(wanted, **options):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda words: run(*words, **options), wanted))
    for one in done:
        if one.returncode:
            raise AssertionError(one.stdout + one.stderr)
    return [one.stdout for one in done]


def sha256(path):
    with open(path, "rb") as data:
        return hashlib.sha256(data.read()).hexdigest()


class Determinism(LabTest):
    first = None

    def reference(self):
        if Determinism.first is None:
            Determinism.first = lines(WANTED)
        return Determinism.first

    def spin(self):
        """Keeps a CPU busy until the test ends."""
        spinner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self.addCleanup(spinner.wait)
        self.addCleanup(spinner.kill)

    def test_host_load_does_not_show(self):
        calm = self.reference()
        for _ in range(os.cpu_count() or 1):
            self.spin()
        twice = lines((WANTED[0], WANTED[0]))
        self.assertEqual(twice[0], twice[1])
        self.assertEqual(twice[0], calm[0])

    def test_trials_differ_where_they_should(self):
        """What makes the others mean something: another seed is another record, with other numbers in it."""
        other = lines([(*WANTED[0], "--seed", "2")])[0]
        self.assertNotEqual(other.partition('"generator":{')[2], self.reference()[0].partition('"generator":{')[2])

    def test_snapshot_made_anew_gives_the_same_records(self):
        cache = self.folder()
        made = os.path.join(cache_like(cache, "info", "initramfs"), "senders1-reader1", "stopped")
        os.makedirs(made + ".new")  # as one leaves behind that was killed while it made a snapshot
        with open(os.path.join(made + ".new", "ram"), "wb") as half:
            half.write(b"half of it")
        again = lines(WANTED[:1], env=environment(cache))
        self.assertEqual(sorted(os.listdir(made)), ["devices", "ram", "seal"])
        self.assertFalse(os.path.exists(made + ".new"))
        self.assertGreater(os.path.getsize(os.path.join(made, "devices")), 1 << 19)
        again += lines(WANTED[1:], env=environment(cache))
        self.assertEqual(again, self.reference())

    def test_image_built_anew_is_the_same(self):
        real, folder = status(), self.folder()
        packages = os.path.join(real["cache"], "packages")
        copy = copy_tree(os.path.join(folder, "elsewhere", "rxlab"))
        subprocess.run(["make", "-C", copy, "-s", "-j2", "build/rxlab-agent"], check=True, capture_output=True,
                       timeout=300)
        agents = [os.path.join(top, "build/rxlab-agent") for top in (TOP, copy)]
        self.assertEqual(sha256(agents[0]), sha256(agents[1]), "the agent has its folder in it")
        images = [build_image(TOP, packages, agents[0], os.path.join(folder, "here")),
                  build_image(copy, packages, agents[1], os.path.join(folder, "there"))]
        wanted = sha256(os.path.join(real["image"], "initramfs"))
        self.assertEqual([sha256(path) for path in images], [wanted, wanted])
        with open(os.path.join(real["image"], "info"), encoding="utf-8") as info:
            self.assertIn(f"initramfs_sha256={wanted}\n", info.read())


if __name__ == "__main__":
    unittest.main()
