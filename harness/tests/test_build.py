# SPDX-License-Identifier: GPL-2.0-or-later
"""A build that lacks something: one line that names the file or the variable, and no half-made result."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
RXLAB = os.environ.get("RXLAB") or os.path.join(TOP, "rxlab")
WANTED = {"NETMAP_DIR": "sys/net/netmap_user.h", "PFRING_DIR": "userland/lib/pfring.h",
          "DPDK_DIR": "usr/lib/x86_64-linux-gnu/librte_eal.a"}


class Build(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rxlab-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def done(self, *words, **variables):
        without = {"SANITIZE", "COVERAGE", "WERROR", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "GNUMAKEFLAGS", *WANTED}
        env = {key: value for key, value in os.environ.items() if key not in without}
        return subprocess.run(words, capture_output=True, text=True, timeout=60, cwd=TOP, env={**env, **variables})

    def refused(self, done, wanted):
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), done)
        self.assertIn(wanted, done.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_folder_without_what_it_was_named_for(self):
        for variable, path in WANTED.items():
            with self.subTest(variable=variable):
                wanted = f"{variable}={self.folder}: no {path} in it"
                self.refused(self.done("make", "all", f"B={self.folder}/build", f"{variable}={self.folder}"), wanted)
                self.refused(self.done("make", "all", f"B={self.folder}/build", **{variable: self.folder}), wanted)

    def test_a_folder_that_has_it(self):
        path = os.path.join(self.folder, WANTED["NETMAP_DIR"])
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="ascii"):
            pass
        done = self.done("make", "help", f"NETMAP_DIR={self.folder}", f"B={self.folder}/build")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_modules_without_a_kernels_headers(self):
        out = os.path.join(self.folder, "out")
        done = self.done("make", "-C", "kmod", "KDIR=/nonexistent/headers", f"OUT={out}")
        self.assertEqual(done.returncode, 2, done)
        self.assertIn("/nonexistent/headers: No such file or directory", done.stderr)
        self.assertEqual([name for name in os.listdir(out) if name.endswith((".ko", ".o"))], [])

    def test_dpdk_without_its_library(self):
        out = os.path.join(self.folder, "out.so")
        done = self.done("sh", "capture-impls/dpdk/build.sh", self.folder, out)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done)
        self.assertIn("librte_eal.a is missing", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_another_compiler_or_other_flags_build_anew(self):
        words = ("make", "-s", f"B={self.folder}/build", f"{self.folder}/build/harness/util/err.o")
        anew = [[], ["EXTRA_CFLAGS=-DA='\"x, y\"'"], ["CC=env gcc"], ["CC=env gcc", "SANITIZE=address,undefined"], []]
        for more in anew:
            with self.subTest(more=more):
                self.assertEqual(self.done(*words, "-q", *more).returncode, 1)
                done = self.done(*words, *more)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(self.done(*words, "-q", *more).returncode, 0)

    def test_warnings_are_errors_only_for_who_asks(self):
        words = ("make", "-n", f"B={self.folder}/build", f"{self.folder}/build/harness/util/err.o")
        self.assertNotIn(" -Werror ", self.done(*words).stdout)
        self.assertIn(" -Werror ", self.done(*words, "WERROR=1").stdout)

    @unittest.skipUnless(os.access(RXLAB, os.X_OK), "rxlab is not built")
    def test_a_program_without_dpdk_beside_it(self):
        alone = shutil.copy(RXLAB, self.folder)
        done = self.done(alone, "list", "captures", "--json")
        row = next(row for row in json.loads(done.stdout) if row["name"] == "dpdk")
        self.assertIn("built without DPDK: run 'make dpdk'", row["cannot"]["netns"])


if __name__ == "__main__":
    unittest.main()
