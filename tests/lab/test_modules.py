# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the lab has its modules built: in one place for the same sources, whatever the agent is, and never in another's."""

import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import RXLAB, TOP, LabTest, copy_tree, environment, run, status  # noqa: E402

MAKE = '#!/bin/sh\necho "asked to make: $*" >&2\nexit 1\n'


class Modules(LabTest):
    def setUp(self):
        super().setUp()
        self.top = copy_tree(os.path.join(self.folder(), "rxlab"))
        os.makedirs(os.path.join(self.top, "build"))
        shutil.copy(RXLAB, os.path.join(self.top, "rxlab"))
        for name in ("rxlab-agent", "rxlab-agent.whole", "rxlab-tcg.so"):
            shutil.copy(os.path.join(TOP, "build", name), os.path.join(self.top, "build"))
        self.cache, tools = self.folder(), self.folder()
        os.symlink(os.path.join(status()["cache"], "packages"), os.path.join(self.cache, "packages"))
        make = os.path.join(tools, "make")
        with open(make, "w", encoding="utf-8") as f:
            f.write(MAKE)
        os.chmod(make, 0o755)
        self.env = environment(self.cache, PATH=tools + ":" + os.environ["PATH"])
        self.env.pop("KMOD_BUILT", None)

    def place(self):
        """Where make is asked to build the modules; it does not."""
        done = subprocess.run([os.path.join(self.top, "rxlab"), "lab", "build"], env=self.env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done)
        return re.search(r"asked to make: .* OUT=(\S+)", done.stderr).group(1)

    def append(self, name, text):
        with open(os.path.join(self.top, name), "a", encoding="utf-8") as f:
            f.write(text)

    def test_by_their_sources_alone(self):
        first = self.place()
        self.assertTrue(first.startswith(os.path.join(self.cache, "kmod") + "/"), first)
        self.append("build/rxlab-agent", "another capture")
        self.assertEqual(self.place(), first)
        self.append("kmod/ring.h", "\n")
        other = self.place()
        self.assertTrue(other.startswith(os.path.join(self.cache, "kmod") + "/"), other)
        self.assertNotEqual(other, first)

    def test_lab_clean_removes_them(self):
        os.makedirs(os.path.join(self.cache, "kmod", "0123"))
        self.assertEqual(run("lab", "clean", env=self.env).returncode, 0)
        self.assertEqual(os.listdir(self.cache), ["packages"])


if __name__ == "__main__":
    unittest.main()
