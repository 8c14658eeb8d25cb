# SPDX-License-Identifier: GPL-2.0-or-later
# runs first: images of several kernels
"""Bisections over kernels of one's own: which one has a slowdown in our module first, and in which function."""

import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import planted  # noqa: E402
from lab import TOP, LabTest, copy_tree, environment, run  # noqa: E402

N = 5
# `make test-planted` takes eight images, with the first bad one in the middle; each that is tried is booted.
IMAGES, FIRST_BAD = (8, 5) if os.environ.get("RXLAB_PLANTED") == "all" else (3, 3)
BISECT = ("bisect", "--capture", "ykvm", "--metric", "insn", "--count", "4000")
made = contextlib.ExitStack()


def tearDownModule():
    made.close()


def modules_of(top, headers, to):
    """Our modules of a tree, built for the lab's own kernel."""
    subprocess.run(["make", "-s", "-C", os.path.join(top, "kmod"), "module", f"KDIR={headers}", f"OUT={to}"], check=True,
                   capture_output=True, text=True, timeout=900)
    return [os.path.join(to, name) for name in sorted(os.listdir(to)) if name.endswith(".ko")]


def image(folder, number, kernel, ours):
    """lib/modules of a kernel: the lab's own, with our modules beside them, marked so that each image is another one."""
    to = os.path.join(folder, f"modules-{number}")
    os.makedirs(os.path.join(to, "updates"))
    os.symlink(os.path.join(kernel, "modules"), os.path.join(to, "kernel"))
    mark = os.path.join(folder, "mark")
    with open(mark, "w", encoding="utf-8") as out:
        out.write(f"image {number}")
    for path in ours:
        copy = os.path.join(to, "updates", os.path.basename(path))
        shutil.copy(path, copy)
        subprocess.run(["objcopy", "--add-section", f".rxlab={mark}", copy], check=True, timeout=60)
    return f"v{number}={os.path.join(kernel, 'vmlinuz')},{to}"


@functools.cache
def images():
    """A cache of its own, and the words that name IMAGES kernels, slower from FIRST_BAD on."""
    folder = made.enter_context(tempfile.TemporaryDirectory(prefix="rxlab-test-"))
    packages = os.path.join(planted.real_cache(), "packages")
    kernel, tree, cache = (os.path.join(*path) for path in ((packages, "kernel"), (folder, "tree"), (folder, "cache")))
    copy_tree(tree)
    planted.patch(tree, "ykvm", N)
    headers, built = os.path.join(kernel, "headers"), [os.path.join(folder, name) for name in ("good", "bad")]
    good = modules_of(TOP, headers, built[0])
    bad = modules_of(tree, headers, built[1])
    os.makedirs(cache)
    os.symlink(packages, os.path.join(cache, "packages"))
    words = [image(folder, n, kernel, bad if n >= FIRST_BAD else good) for n in range(1, IMAGES + 1)]
    return environment(cache), words


class Bisect(LabTest):
    def bisect(self, out, *words):
        env, names = images()
        options = [word for name in names for word in ("--image", name)]
        return run(*BISECT, *options, "--out", out, "--json", *words, env=env, timeout=3000)

    def test_the_image_and_the_function_are_found(self):
        out = os.path.join(self.folder(), "out")
        done = self.bisect(out)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual((found["good"], found["bad"]), (f"v{FIRST_BAD - 1}", f"v{FIRST_BAD}"))
        self.assertLessEqual(found["measured"], 5)
        self.assertEqual(found["counted_functions"], ["frame_take [ykvm]"])
        self.assertEqual(len(found["functions"]), 1, found)
        self.assertIn("frame_take [ykvm] (tap): dearer, +5.0", found["functions"][0])
        with open(os.path.join(out, "plan.jsonl"), encoding="utf-8") as plan:
            reasons = [json.loads(line)["reason"] for line in plan]
        self.assertEqual(reasons[:2], [f"the good end of {IMAGES} versions", f"the bad end of {IMAGES} versions"])
        with open(os.path.join(out, "bisect.json"), encoding="utf-8") as text:
            self.assertEqual(json.loads(text.read()), found)
        self.resumed(out, done.stdout)
        self.steps(found)

    def resumed(self, out, whole):
        """Nothing is measured twice, and the end is the same."""
        done = self.bisect(out, "--resume")
        self.assertEqual((done.returncode, done.stdout), (0, whole), done.stderr)

    def steps(self, found):
        """As git bisect run asks: the same verdicts, by the same images."""
        env, names = images()
        values = {one["version"]: one["value"] for one in found["versions"]}
        self.assertEqual(values[f"v{FIRST_BAD}"] - values["v1"] > 4, True, values)
        for number, bar, status in ((1, "1", 1), (1, "100000", 0), (IMAGES, "1", 1)):
            done = run("bisect-step", "--capture", "ykvm", "--metric", "insn", "--count", "4000", "--bar", bar, "--image",
                       names[number - 1], env=env, timeout=900)
            self.assertEqual(done.returncode, status, done.stderr)


if __name__ == "__main__":
    unittest.main()
