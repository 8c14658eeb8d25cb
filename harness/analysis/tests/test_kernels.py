# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of one capture on several kernels, of trials that were measured already."""

import json
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")]
import fixture  # noqa: E402
import kernels as work  # noqa: E402
import profiles  # noqa: E402
from test_by_function import FILL, function, plain, record  # noqa: E402


class Names(unittest.TestCase):
    def test_a_series_means_its_versions(self):
        for name, word, same in (("6.12.118-deb13", "6.12", True), ("6.12.118-deb13", "6.12.118", True),
                                 ("6.12.118-deb13", "6.12.118-deb13", True), ("6.12.118-deb13", "6.1", False),
                                 ("7.3.4-deb13-rt", "7.3", False), ("7.3.4-deb13-rt", "7.3-rt", True),
                                 ("7.3.4-deb13", "7.3-rt", False), ("own", "own", True), ("own", "6.1", False)):
            self.assertEqual(profiles.is_kernel(name, word), same, (name, word))

    def test_the_newest_of_each_series(self):
        listed = [{"series": series, "name": name} for series, name in
                  (("6.1", "6.1.190-55"), ("6.1", "6.1.192-56"), ("6.12", "6.12.118-deb13"))]
        self.assertEqual(work.newest(listed), ["6.1.192-56", "6.12.118-deb13"])


class Table(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.out = os.path.join(holder.name, "out")
        self.lines = []
        slower = function("f", [(1000, plain("f", 40)["code"].split(":")[1] + "1" * 20)])
        for n, (kernel, rows) in enumerate((("6.1.192-56", [FILL, plain("f", 40)]), ("6.12.118-deb13", [FILL, slower]),
                                            ("6.18.3-deb14", [FILL, slower])), 1):
            self.add(record(f"{n:016x}", n, seed=1, kernel=kernel), rows)
        with open(os.path.join(self.out, "trials.jsonl"), "w", encoding="utf-8") as text:
            text.write(fixture.lines(self.lines))

    def add(self, r, rows):
        side = os.path.join(self.out, "side", r["id"])
        os.makedirs(side)
        stages = r["cpu"]["instructions"]
        with open(os.path.join(side, "owners"), "w", encoding="utf-8") as owners, \
                open(os.path.join(side, "code"), "w", encoding="utf-8") as code:
            for row in rows:
                stages[row["stage"]] += row["instructions"]
                owners.write("\t".join(map(str, (row["stage"], row["owner"], row["instructions"], 0, 0))) + "\n")
                code.write("\t".join(map(str, (row["owner"], row["calls"], row["code"]))) + "\n")
        self.lines.append(r)

    def run_it(self, *words, kernels="6.1,6.12,6.18"):
        with mock.patch.object(work, "rxlab", side_effect=AssertionError("nothing is left to be measured")):
            return fixture.main(work, "--capture", "tpacket3", "--out", self.out, "--no-search", "--kernels", kernels,
                                *words)

    def test_a_line_a_kernel_and_who_made_the_step(self):
        status, out, _ = self.run_it()
        self.assertEqual(status, 0, out)
        lines = out.splitlines()
        self.assertEqual([line.split()[0] for line in lines[:4]],
                         ["kernel", "6.1.192-56", "6.12.118-deb13", "6.18.3-deb14"])
        self.assertIn("540.0", lines[1])
        self.assertIn("+20.0 (+3.7 %)", lines[2])
        self.assertIn("+0.0 (+0.0 %), within layout", lines[3])
        self.assertEqual(lines[4:], ["  6.1.192-56 -> 6.12.118-deb13: f +20.0 (dearer)"])

    def test_json_and_markdown_say_the_same(self):
        _, out, _ = self.run_it("--json")
        found = json.loads(out)["kernels"]
        self.assertEqual([one["instructions_per_frame"] for one in found], [540, 560, 560])
        self.assertEqual(found[1]["step"]["functions"], ["f +20.0 (dearer)"])
        self.assertEqual(found[0]["loss_free_pps"], None)
        _, out, _ = self.run_it("--markdown")
        self.assertIn("| 6.12.118-deb13 | 560.0 |", out)

    def test_what_has_no_stage_is_shown_as_unknown(self):
        mystery = [{**plain("mystery", 50), "stage": "other"}, {**plain("riddle", 40), "stage": "other"}]
        self.add(record(f"{9:016x}", 9, seed=1, kernel="7.3.4-deb13"), [FILL, *mystery])
        with open(os.path.join(self.out, "trials.jsonl"), "w", encoding="utf-8") as text:
            text.write(fixture.lines(self.lines))
        _, out, _ = self.run_it(kernels="6.1,7.3")
        self.assertIn("  7.3.4-deb13: unknown, in no stage: mystery 50.0, riddle 40.0", out.splitlines())
        self.assertNotIn("6.1.192-56: unknown", out)
        _, out, _ = self.run_it("--markdown", kernels="6.1,7.3")
        self.assertIn("7.3.4-deb13: unknown, in no stage: mystery 50.0, riddle 40.0 |", out)
        _, out, _ = self.run_it("--json", kernels="6.1,7.3")
        self.assertEqual(json.loads(out)["kernels"][1]["unknown"][0], {"owner": "mystery", "instructions": 50.0})

    def test_one_that_cannot_run_has_its_reason(self):
        with mock.patch.object(work, "measured", side_effect=lambda f, a, k, r: self.maybe(f, k)):
            status, out, _ = fixture.main(work, "--capture", "tpacket3", "--out", self.out, "--no-search", "--kernels",
                                          "6.1,6.12,6.18")
        self.assertEqual(status, 1)
        self.assertIn("not measured: guest panic", out)
        self.assertIn("6.1.192-56 -> 6.18.3-deb14: f +20.0", out)

    def test_one_that_is_too_old_is_named_and_the_others_are_shown(self):
        def asked(folder, _asked, kernel, _rest):
            if kernel == "6.1":
                raise work.Failed(2, "io-uring cannot run on kernel 5.10")
            return work.folder_has(folder, kernel)
        with mock.patch.object(work, "measured", side_effect=asked):
            status, out, _ = fixture.main(work, "--capture", "x", "--out", self.out, "--no-search", "--kernels", "6.1,6.12")
            self.assertEqual((status, "not measured: io-uring cannot run" in out, "6.12.118" in out), (1, True, True), out)
            status, out, said = fixture.main(work, "--capture", "x", "--out", self.out, "--no-search", "--kernels", "6.1")
            self.assertEqual((status, out), (2, ""))
            self.assertIn("io-uring cannot run on kernel 5.10", said)

    def maybe(self, folder, kernel):
        if kernel == "6.12":
            raise work.Failed(1, "guest panic")
        return work.folder_has(folder, kernel)

    def test_usage(self):
        for words in (("--frame", "64"), ("--capture", "x", "--json", "--markdown"), ("--capture", "x", "--rate", "5"),
                      ("--capture", "x", "--kernels", "6.1,,6.2"), ("--capture", "x", "--kernels", "6.1,6.1")):
            self.assertEqual(fixture.main(work, *words)[0], 2, words)


if __name__ == "__main__":
    unittest.main()
