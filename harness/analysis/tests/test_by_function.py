# SPDX-License-Identifier: GPL-2.0-or-later
"""What two profiles differ in: own code told from executions, layout told from changes, inlined functions from callers."""

import json
import os
import sys
import tempfile
import unittest

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")]
import by_function as work  # noqa: E402
import compare_functions  # noqa: E402
import fixture  # noqa: E402
import profiles  # noqa: E402

FRAMES = 1000
STAGES = ("driver", "softirq", "tap", "copy", "allocation", "wakeup", "interrupt", "syscall", "library", "consumer",
          "other")


def function(owner, runs, calls=FRAMES, stage="tap"):
    """runs: (how often, distances) pairs."""
    return {"owner": owner, "stage": stage, "instructions": sum(times * len(text) for times, text in runs), "loaded": 0,
            "stored": 0, "calls": calls, "code": " ".join(f"{times}:{text}" for times, text in runs)}


def plain(owner, insns, calls=FRAMES, stage="tap", seed=0):
    """A function of so many instructions a call; another seed is other code."""
    text = "." + "".join("234567"[(i * i + seed * (i + 3)) % 6] for i in range(1, insns))
    return function(owner, [(calls, text)], calls, stage)


FILL = plain("igb_poll [igb]", 500, stage="driver")


def record(identity="00ff00ff00ff00ff", number=1, **settings):
    r = fixture.record(number, "tpacket3", **settings)
    r["testbed"]["identity"] = identity
    r["cpu"]["instructions"] = dict.fromkeys(STAGES, 0)
    return r


def profile(*rows, **keys):
    return profiles.Profile(record(**keys), rows)


def found(a, b, identity="11ee11ee11ee11ee"):
    """{function: row} of the comparison of a list of functions with another one, on another image."""
    got = work.compare(profile(*a), profile(*b, identity=identity))
    return got, {row["function"]: row for row in got["functions"]}


class OwnCode(unittest.TestCase):
    def test_more_code_is_dearer(self):
        for n in (5, 8, 30):
            text = "." + "3" * 39
            a, b = (function("f", [(FRAMES, text[:20] + "1" * more + text[20:])]) for more in (0, n))
            got, rows = found([FILL, a], [FILL, b])
            self.assertEqual((rows["f"]["kind"], rows["f"]["change"], rows["f"]["own"]), (work.DEARER, n, n))
            self.assertTrue(got["changed"])
            self.assertEqual([row["function"] for row in got["functions"] if row["kind"]], ["f"])

    def test_a_loop_that_burns_is_dearer(self):
        text = "." + "3" * 39
        a = function("f", [(FRAMES, text)])
        b = function("f", [(FRAMES, text[:20] + "5"), (7 * FRAMES, "32"), (FRAMES, text[20:])])
        _, rows = found([a], [b])
        self.assertEqual((rows["f"]["kind"], rows["f"]["own"]), (work.DEARER, 15))
        _, rows = found([b], [a])
        self.assertEqual((rows["f"]["kind"], rows["f"]["own"]), (work.CHEAPER, -15))

    def test_the_same_code_more_often_is_not(self):
        a, b = (function("schedule", [(calls, "." + "3" * 99)], calls) for calls in (500, 520))
        got, rows = found([FILL, a], [FILL, b])
        self.assertEqual((rows["schedule"]["kind"], rows["schedule"]["own"]), (work.OFTENER, 0))
        self.assertTrue(rows["schedule"]["layout"] and got["within_layout"] and not got["changed"])

    def test_beyond_what_layout_makes_it_is_a_change(self):
        a, b = (function("schedule", [(calls, "." + "3" * 99)], calls) for calls in (500, 700))
        got, rows = found([FILL, a], [FILL, b])
        self.assertFalse(rows["schedule"]["layout"])
        self.assertTrue(got["changed"])

    def test_on_one_image_nothing_is_layout(self):
        a, b = (function("schedule", [(calls, "." + "3" * 99)], calls) for calls in (500, 520))
        got, rows = found([FILL, a], [FILL, b], identity="00ff00ff00ff00ff")
        self.assertFalse(rows["schedule"]["layout"])
        self.assertTrue(got["changed"])

    def test_a_rare_path_is_no_change(self):
        a = function("f", [(FRAMES, "." + "3" * 50)])
        b = function("f", [(FRAMES, "." + "3" * 20), (30, "45674567"), (FRAMES, "3" * 30)])
        got, rows = found([FILL, a], [FILL, b])
        self.assertEqual(rows["f"]["kind"], work.SAME)
        self.assertFalse(got["changed"])

    def test_other_code_of_the_same_cost_called_more_often(self):
        """Another compiler's: no distance is as it was, a call costs the same."""
        a, b = (plain("f", 100, calls, seed=seed) for calls, seed in ((500, 0), (515, 3)))
        got, rows = found([FILL, a], [FILL, b])
        self.assertEqual(rows["f"]["kind"], work.OFTENER)
        self.assertFalse(got["changed"])

    def test_where_the_code_is_not_known_its_share_decides(self):
        rows = [{**plain("f (lib)", insns), "code": None, "calls": None} for insns in (100, 101, 110)]
        for other, kind in ((rows[1], work.OFTENER), (rows[2], work.DEARER)):
            self.assertEqual(found([FILL, rows[0]], [FILL, other])[1]["f (lib)"]["kind"], kind)

    def test_frames_differ_and_functions_do_not(self):
        a = profile(plain("f", 40))
        b = profile(plain("f", 40, 500))
        b.frames = 500
        self.assertEqual(work.compare(a, b)["functions"][0]["kind"], work.SAME)


class Names(unittest.TestCase):
    def test_gone_and_new(self):
        got, rows = found([FILL, plain("old_way", 300)], [FILL, plain("quick", 90, seed=2)])
        self.assertEqual([rows[name]["kind"] for name in ("old_way", "quick")], [work.GONE, work.NEW])
        self.assertEqual([rows[name]["note"] for name in ("old_way", "quick")], ["", ""])
        self.assertEqual(work.makers(got), ["old_way -300.0 (gone)", "quick +90.0 (new)"])

    def test_a_module_that_was_built_in_is_the_same(self):
        _, rows = found([plain("packet_rcv [af_packet]", 100)], [plain("packet_rcv", 100)])
        self.assertEqual({name: row["kind"] for name, row in rows.items()}, {"packet_rcv": work.SAME})

    def test_renamed(self):
        _, rows = found([FILL, plain("copy_user_generic_string", 60)], [FILL, plain("copy_user_generic_fast", 62)])
        self.assertEqual(rows["copy_user_generic_string"]["note"], "now copy_user_generic_fast")
        self.assertEqual(rows["copy_user_generic_fast"]["note"], "was copy_user_generic_string")


class Inlined(unittest.TestCase):
    def test_the_caller_grows_by_as_much(self):
        a = [FILL, plain("caller", 100), plain("small", 40), plain("other", 30)]
        b = [FILL, function("caller", [(FRAMES, plain("caller", 100)["code"].split(":")[1] + "1" * 35)]),
             plain("other", 30)]
        got, rows = found(a, b)
        self.assertEqual((rows["small"]["kind"], rows["small"]["note"]), (work.GONE, "inlined in caller"))
        self.assertEqual((rows["caller"]["kind"], rows["caller"]["note"]), (work.DEARER, "with small"))
        _, rows = found(b, a)
        self.assertEqual((rows["small"]["kind"], rows["small"]["note"]), (work.NEW, "out of caller"))
        self.assertEqual(rows["caller"]["note"], "without small")
        self.assertTrue(got["changed"])

    def test_who_is_executed_too_seldom_is_not_its_caller(self):
        a = [FILL, plain("tick", 100, 100), plain("small", 40)]
        b = [FILL, plain("tick", 450, 100, seed=1)]
        self.assertEqual(found(a, b)[1]["small"]["note"], "")

    def test_of_two_that_may_be_it_none_is_named(self):
        a = [FILL, plain("one", 100), plain("two", 100), plain("small", 40)]
        b = [FILL, plain("one", 136, seed=1), plain("two", 136, seed=1)]
        self.assertEqual(found(a, b)[1]["small"]["note"], "")


class Command(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.top = holder.name

    def folder(self, name, *trials):
        """A results folder of (record, functions) pairs; no functions: no profile."""
        path = os.path.join(self.top, name)
        os.makedirs(path)
        with open(os.path.join(path, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(fixture.lines(r for r, _ in trials))
        for r, rows in trials:
            side = os.path.join(path, "side", r["id"])
            os.makedirs(side)
            if rows:
                self.write(os.path.join(side, "owners"), [[row[k] for k in ("stage", "owner", "instructions", "loaded",
                                                                            "stored")] for row in rows])
                self.write(os.path.join(side, "code"), [[row["owner"], row["calls"] or "-", row["code"]] for row in rows])
        return path

    def write(self, path, rows):
        with open(path, "w", encoding="utf-8") as out:
            out.writelines("\t".join(map(str, row)) + "\n" for row in rows)

    def run_it(self, *words):
        return fixture.main(compare_functions, *words, "--by", "function")

    def test_trials_are_matched_but_for_their_kernel(self):
        a = self.folder("a", (record(kernel="6.1.1", seed=1), [FILL, plain("f", 40)]),
                        (record(number=2, seed=1, rate=5000), [FILL]))
        b = self.folder("b", (record(number=3, seed=1, kernel="6.12.2", identity="11ee11ee11ee11ee"),
                              [FILL, plain("f", 60)]))
        status, out, err = self.run_it(a, b, "--json")
        self.assertEqual((status, err), (1, ""))
        pair, = json.loads(out)["pairs"]
        self.assertEqual((pair["before"], pair["after"], pair["unlike"]), (540.0, 560.0, []))
        self.assertEqual([row["function"] for row in pair["functions"] if row["kind"]], ["f"])
        for form in ((), ("--markdown",)):
            status, out, _ = self.run_it(a, b, *form)
            self.assertEqual(status, 1)
            self.assertIn("dearer", out)
            self.assertIn("kernel 6.12.2", out)

    def test_equal_profiles_have_status_0(self):
        a = self.folder("a", (record(), [FILL]))
        status, out, _ = self.run_it(a, a)
        self.assertEqual(status, 0)
        self.assertIn("no change", out)

    def test_the_only_trials_are_compared_and_their_differences_told(self):
        a = self.folder("a", (record(work="count"), [FILL]))
        b = self.folder("b", (record(number=2, rate=5000, seed=1), [FILL]))
        _, out, _ = self.run_it(a, b)
        self.assertIn("they differ in rate_pps 100000 and 5000", out)
        self.assertIn("they differ in work count and unset", out)

    def test_one_folder_of_several_kernels(self):
        a = self.folder("a", *((record(number=n, seed=1, kernel=k), [FILL, plain("f", 10 * n)])
                               for n, k in enumerate(("6.1.9", "6.12.3", "6.18.1"), 1)))
        status, out, _ = self.run_it(f"{a}:6.1", f"{a}:6.18", "--json")
        self.assertEqual((status, json.loads(out)["pairs"][0]["change"]), (1, 20))
        status, out, err = self.run_it(a, a)
        self.assertEqual((status, out), (1, ""))
        self.assertIn("differ in their kernel alone: say which one", err)

    def test_a_record_and_its_side_folder(self):
        a = self.folder("a", (record(), [FILL, plain("f", 40)]))
        os.rename(os.path.join(a, "trials.jsonl"), os.path.join(a, "record.json"))
        os.rename(os.path.join(a, "side", record()["id"]), os.path.join(a, record()["id"]))
        path = os.path.join(a, "record.json")
        self.assertEqual(self.run_it(path, path)[0], 0)

    def test_without_code_as_older_profiles_are(self):
        a = self.folder("a", (record(), [FILL, plain("f", 40)]))
        os.unlink(os.path.join(a, "side", record()["id"], "code"))
        b = self.folder("b", (record(identity="11ee11ee11ee11ee"), [FILL, plain("f", 45)]))
        status, out, _ = self.run_it(a, b)
        self.assertEqual(status, 1)
        self.assertIn("f (tap): dearer", out)

    def test_bad_input_is_said_in_one_line(self):
        none = self.folder("none", (record(), None))
        some = self.folder("some", (record(), [FILL]))
        os.mkdir(os.path.join(self.top, "empty"))
        with open(os.path.join(self.top, "text"), "w", encoding="utf-8") as out:
            out.write("no record\n")
        cases = ((f"{self.top}/missing", "no such file or folder"), (none, "none of 1 trials has a profile"),
                 (f"{self.top}/empty", "no trials.jsonl"), (f"{some}:7.9", "no trial has the id or the kernel 7.9"),
                 (f"{self.top}/text", "no JSON"))
        for source, words in cases:
            with self.subTest(words):
                status, out, err = self.run_it(some, source)
                self.assertEqual((status, out, err.count("\n")), (1, "", 1))
                self.assertIn(words, err)

    def test_usage(self):
        for words in (("a", "--by", "function"), ("a", "b", "--by", "stage"), ("a", "b", "--json"),
                      ("a", "b", "--by", "function", "--json", "--markdown")):
            status, _, err = fixture.main(compare_functions, *words)
            self.assertEqual(status, 2, err)


if __name__ == "__main__":
    unittest.main()
