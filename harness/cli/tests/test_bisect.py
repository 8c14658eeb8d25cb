# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rxlab bisect`, `bisect-step` and `compare --by function` refuse, before anything is fetched or run."""

import os
import subprocess
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
RXLAB = os.path.abspath(os.environ.get("RXLAB") or os.path.join(TOP, "rxlab"))
CAPTURE = ("--capture", "recv")
METRIC = (*CAPTURE, "--metric", "insn")
STEP = (*METRIC, "--bar", "2000")


class Refused(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.cache = holder.name

    def refused(self, status, words, *said):
        done = subprocess.run([RXLAB, *words], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "RXLAB_CACHE": self.cache})
        self.assertEqual((done.returncode, done.stdout), (status, ""), done)
        for text in said:
            self.assertIn(text, done.stderr)

    def image(self, name, vmlinuz="vmlinuz", modules="modules"):
        return ("--image", f"{name}={os.path.join(self.cache, vmlinuz)},{os.path.join(self.cache, modules)}")

    def test_bisect(self):
        cases = (
            ((), "option --capture is missing"), (CAPTURE, "option --metric is missing"),
            ((*CAPTURE, "--metric", "recieved"), "no metric 'recieved', did you mean 'received'?"),
            (("--capture", "recvv", "--metric", "insn"), "did you mean 'recv'?"),
            ((*METRIC, "--bar", "x"), "--bar x: must be a number above 0, or a share"),
            ((*METRIC, "--good", "6.1"), "option --bad is missing"),
            ((*METRIC, "--image", "a=b"), "not of the form NAME=VMLINUZ,MODULES"),
            ((*METRIC, "--image", "a=b,c", "--image", "a=d,e"), "a: two images of one name"),
            ((*METRIC, "--image", "a=b,c"), "a bisection is over two or more"),
            ((*METRIC, "--kernel", "6.1"), "--kernel is of bisect-step"),
            ((*METRIC, *self.image("a"), *self.image("b"), "--kernels", "6.1"), "--kernels and --image are two lists"),
            ((*CAPTURE, "--metric", "loss_free", "--rate", "50000"), "with --metric loss_free a search finds it"),
            ((*METRIC, "here"), "unexpected 'here'"),
        )
        for words, said in cases:
            with self.subTest(said):
                self.refused(2, ("bisect", *words), said)

    def test_images_that_are_none(self):
        os.mkdir(os.path.join(self.cache, "modules"))
        self.refused(2, ("bisect", *METRIC, *self.image("a"), *self.image("b")), "vmlinuz: no kernel to be read")
        with open(os.path.join(self.cache, "vmlinuz"), "w", encoding="utf-8") as out:
            out.write("no kernel")
        self.refused(2, ("bisect", *METRIC, *self.image("a"), *self.image("b")),
                     "none of the modules that the guest uses is in it")
        self.refused(2, ("bisect", *METRIC, *self.image("a", modules="missing"), *self.image("b")),
                     "missing: no folder of modules")
        self.assertEqual(os.listdir(os.path.join(self.cache, "kernels")), [])

    def test_git_bisect_ends_at_wrong_usage(self):
        for words, said in ((METRIC, "--bar: a number is needed"), ((*METRIC, "--bar", "10%"), "--bar: a number is needed"),
                            (STEP, "one kernel: --image VMLINUZ,MODULES or --kernel VERSION"),
                            ((*STEP, "--image", "a,b", "--image", "c,d"), "one kernel"),
                            ((*STEP, "--image", "a,b", "--good", "6.1"), "are of bisect"), (CAPTURE, "--metric is missing")):
            with self.subTest(said):
                self.refused(128, ("bisect-step", *words), said)

    def mirror(self):
        """A cache with a list of the mirror's kernels, and a lab whose own kernel it has no more."""
        for folder in ("packages", "kernels"):
            os.mkdir(os.path.join(self.cache, folder))
        with open(os.path.join(self.cache, "packages", "versions"), "w", encoding="utf-8") as out:
            out.write("linux-image-6.1.0-56-amd64 6.1.192-1\n")
        with open(os.path.join(self.cache, "kernels", "list"), "w", encoding="utf-8") as out:
            for release, version in (("5.10.0-30", "5.10.218-1"), ("6.1.0-47", "6.1.170-3"), ("6.12.107+deb13", "6.12.107-1"),
                                     ("6.12.9+deb13", "6.12.9-1"), ("6.12.9+deb13-rt", "6.12.9-1"),
                                     ("6.18.5+deb13", "6.18.5-1")):
                out.write(f"linux-image-{release}-amd64 {version} trixie http://mirror/a.deb 1 {'0' * 64} -\n")

    def versions(self, *words):
        done = subprocess.run([RXLAB, "bisect", *METRIC, "--dry-run", *words], capture_output=True, text=True, timeout=60,
                              check=False, env={**os.environ, "RXLAB_CACHE": self.cache})
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        lines = done.stdout.splitlines()
        return dict(zip(lines[::2], lines[1::2]))

    def test_versions_of_the_mirror_lie_between_the_ends(self):
        self.mirror()
        found = self.versions("--good", "6.1", "--bad", "6.12")
        self.assertEqual(list(found), ["6.1.170-47", "6.12.9-deb13", "6.12.107-deb13"])
        self.assertIn("set.kernel=6.1.170-47", found["6.1.170-47"])
        found = self.versions("--good", "own", "--bad", "6.12.9")
        self.assertEqual(list(found), ["6.1.192-56", "6.12.9-deb13"])
        self.assertNotIn("set.kernel", found["6.1.192-56"])
        self.assertEqual(list(self.versions("--good", "own", "--bad", "6.18", "--kernels", "5.10,own,6.12,6.18")),
                         ["own", "6.12", "6.18"])

    def test_ends_that_are_none(self):
        self.mirror()
        for words, said in ((("--good", "6.12", "--bad", "6.1"), "comes after --bad"),
                            (("--good", "6.12", "--bad", "6.12.107"), "are the same kernel, 6.12.107-deb13"),
                            (("--good", "6.1", "--bad", "6.12-rt"), "one is a kernel of real time"),
                            (("--good", "6.1", "--bad", "6.18", "--kernels", "6.1,6.12"), "--bad 6.18: not among the 2"),
                            (("--good", "6.1", "--bad", "6.18", "--kernels", "6.1,,6.18"), "a name is empty"),
                            (("--good", "6.1", "--bad", "6.18", "--kernels", "6.1,6.1,6.18"), "6.1 stands twice")):
            with self.subTest(said):
                self.refused(2, ("bisect", *METRIC, *words), said)

    def test_compare(self):
        self.refused(2, ("compare", "a", "b", "--by", "stage"), "only 'function' is known")
        self.refused(2, ("compare", "a", "--by", "function"), "takes two records or results folders")
        self.refused(1, ("compare", "a", "b", "--by", "function"), "a: no such file or folder")


if __name__ == "__main__":
    unittest.main()
