# SPDX-License-Identifier: GPL-2.0-or-later
# runs alone: trials at this machine's own speed want both of its CPUs
"""The conformance suite between network namespaces: every row of the table passes, and rows that are broken do not."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from netns import TOP, NetnsTest, rows, spaces  # noqa: E402

# The check that must find each fault of capture-impls/tests/conformance/faulty/table.c.
FAULTS = {
    "leaves-a-file": "twice", "leaves-memory": "twice", "leaves-a-mapping": "twice", "leaves-a-setting": "twice",
    "leaves-a-file-when-it-fails": "no-interface", "closes-a-file-of-others": "no-interface",
    "fails-without-a-word": "no-interface", "needs-no-right": "rights",
    "hides-its-need": "rights", "leaves-a-file-when-few-are-allowed": "files", "leaves-a-mapping-when-short": "memory",
    "takes-any-name": "sizes", "leaves-a-file-when-small": "sizes", "idles-on-one-cpu": "one-cpu",
    "overdraws": "budget", "miscounts": "budget", "blocks": "budget", "sleeps-on": "wait", "never-sleeps": "wait",
    "minds-signals": "wait", "flips-a-byte": "frames", "cuts-a-byte": "frames", "hides-tags": "vlan",
    "keeps-all": "snaplen", "lets-all-in": "filter", "swaps": "order", "repeats": "order", "counts-backwards": "counts",
    "knows-too-much": "full", "counts-no-loss": "full", "takes-all-memory": "full", "crashes-when-down": "down",
    "hangs-when-removed": "removed", "leaves-a-file-when-removed": "removed", "leaves-a-program": "killed",
}


def suite(program, *words):
    done = subprocess.run([os.path.join(TOP, "build", program), *words], capture_output=True, text=True, timeout=280)
    return done.returncode, done.stdout.splitlines(), done.stderr


def bad(lines):
    return [line for line in lines if line.startswith("not ok ")]


class Conformance(NetnsTest):
    def test_every_row(self):
        before = spaces()
        status, lines, said = suite("conformance")
        self.assertEqual(bad(lines), [], said)
        self.assertEqual(status, 0, said)
        self.assertEqual([line.removeprefix("# group ") for line in lines if line.startswith("# group ")], list(rows("captures")))
        skips = dict(line.removeprefix("ok - netns ").split(" all # SKIP cannot run here: ") for line in lines if " all # " in line)
        listed = {name: row["cannot"]["netns"] for name, row in rows("captures").items() if "netns" not in row["testbeds"]}
        self.assertEqual(set(skips), set(listed))
        for name, why in listed.items():
            if " sets " in why:  # the suite tries, and has the kernel's word for it
                self.assertIn(why.split()[2].split("=")[0], skips[name])
            else:
                self.assertEqual(skips[name], why)
        self.assertLessEqual(spaces(), before)

    def test_a_row_by_name(self):
        status, lines, _ = suite("conformance", "--check", "frames", "recv")
        self.assertEqual((status, lines), (0, ["# group recv", "ok - netns recv frames", "1 passed, 0 failed, 0 skipped"]))
        self.assertEqual(suite("conformance", "nosuch"), (2, [], "conformance: no capture is called nosuch\n"))
        self.assertEqual(suite("conformance", "--check", "nosuch"), (2, [], "conformance: no check is called nosuch\n"))

    def test_what_passes_nothing_is_no_success(self):
        self.assertEqual(suite("conformance", "--check", "frames", "skeleton")[0], 77)


class Faults(NetnsTest):
    def test_a_sound_one_passes_everything(self):
        status, lines, _ = suite("conformance-faulty", "sound")
        self.assertEqual(bad(lines), [])
        self.assertEqual(status, 0)
        self.assertEqual([line for line in lines if "SKIP" in line], [])
        # And no check is without a fault that it finds.
        self.assertEqual({line.split()[-1] for line in lines if line.startswith("ok ")}, set(FAULTS.values()))

    def test_a_ring_that_cannot_be_filled_is_not_said_to_be_sound(self):
        status, lines, _ = suite("conformance-faulty", "--check", "full", "bottomless")
        self.assertEqual((status, lines[-1]), (77, "0 passed, 0 failed, 1 skipped"))
        self.assertIn("# SKIP its ring holds more than the ", lines[1])

    def test_each_fault_is_found(self):
        for fault, check in FAULTS.items():
            with self.subTest(fault=fault, check=check):
                status, lines, _ = suite("conformance-faulty", "--check", check, fault)
                self.assertEqual((status, lines[-1]), (1, "0 passed, 1 failed, 0 skipped"))
                self.assertTrue(bad(lines)[0].startswith(f"not ok - netns {fault} {check}: "), lines)

    def test_a_file_too_few_is_told_from_one_too_many(self):
        _, lines, _ = suite("conformance-faulty", "--check", "no-interface", "closes-a-file-of-others")
        self.assertIn(": a file of somebody else is closed: ", bad(lines)[0])
        _, lines, _ = suite("conformance-faulty", "--check", "twice", "leaves-a-file")
        self.assertIn(": open files are not the same: ", bad(lines)[0])


if __name__ == "__main__":
    unittest.main()
