# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rxlab tune` says of an exploration."""

import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import commands  # noqa: E402
import fixture  # noqa: E402
import made_tune as made  # noqa: E402
import tune  # noqa: E402
import tune_grid  # noqa: E402

DEFAULT, FAST = made.values(0, 10, 100, 2200, 19000), made.values(0, 20, 200, 2000, 5000)
LOSSLESS = {"loss": {"most": 0.0, "left": 0.0, "met": True}}


def two(**more):
    points = [made.point(1, {}, DEFAULT), made.point(2, {"rx_usecs": "50", "gro": "1"}, FAST)]
    return made.found(points, limits=LOSSLESS, **more)


class Said(unittest.TestCase):
    def said(self, found, *words):
        with tempfile.TemporaryDirectory() as folder:
            made.write(folder, found)
            status, out, err = fixture.main(tune, folder, *words)
        self.assertEqual((status, err), (0, ""))
        return out

    def test_the_answer_and_what_it_is_better_in(self):
        out = self.said(two())
        self.assertIn("Take: rx_usecs=50 gro=1", out)
        self.assertIn("cpu 2,000 (-9.1 %)", out)
        self.assertIn("irq 5,000 (-73.7 %)", out)
        self.assertIn("loss <= 0 %: kept", out)
        self.assertIn("margin: the next that meets the wish has +10.0 % cpu", out)

    def test_commands_make_and_undo_it(self):
        out = self.said(two())
        self.assertIn("Make it (DEV: the interface):\n  ethtool -K DEV gro on\n  ethtool -C DEV rx-usecs 50\n", out)
        self.assertIn("Undo it:\n  ethtool -C DEV rx-usecs 3\n", out)

    def test_knobs_and_pairs_in_plain_numbers(self):
        out = self.said(two())
        self.assertIn("rx_usecs               p50 10 at 3, 20 at 50; p99 100 at 3, 200 at 50; cpu 2,000 at 50, 2,200 at 3", out)
        self.assertIn("Without any effect, moved from the default: busy_poll", out)
        self.assertIn("rx_usecs=50 with busy_poll=50: irq -50 %", out)
        self.assertIn("left out: rx_frames: its NIC waits by time alone", out)

    def test_a_wish_that_nothing_meets(self):
        found = two()
        found["rates"][0]["answer"].update(met=False, limits={"p99": {"most": 150.0, "left": -50.0, "met": False}})
        out = self.said(found)
        self.assertIn("Nothing measured meets the wish", out)
        self.assertIn("p99 <= 150 us: missed by 50", out)
        self.assertNotIn("margin", out)

    def test_a_rate_that_loses_everywhere_or_nowhere(self):
        self.assertIn("No setting loses a frame at this rate", self.said(two()))
        points = [made.point(1, {}, made.values(0.5, 1, 1, 1, 1)), made.point(2, {"gro": "1"}, made.values(0.25, 1, 1, 1, 1))]
        self.assertIn("Every setting loses frames at this rate, the best one 25 %", self.said(made.found(points)))

    def test_a_value_that_the_driver_makes_another_of(self):
        found = two()
        found["rates"][0]["points"][1]["knobs"] = {"rx_usecs": "48", "gro": "1"}
        self.assertIn("rx_usecs=50 was accepted and is 48", self.said(found))

    def test_a_capture_without_delay(self):
        points = [made.point(1, {}, made.values(0, None, None, 2200, 19000)),
                  made.point(2, {"rx_usecs": "50"}, made.values(0, None, None, 2000, 5000))]
        out = self.said(made.found(points))
        self.assertIn("cpu 2,000 (-9.1 %)", out)
        self.assertNotIn("p99 -", out)

    def test_fresh_trials(self):
        found = two()
        a, d = found["rates"][0]["points"][1], found["rates"][0]["points"][0]
        a["trials"], d["trials"] = [FAST] * 6, [DEFAULT] * 6
        self.assertIn("in 5 fresh trials it met the wish 5 times, with less cpu than the default 5 times of 5", self.said(found))

    def test_json_has_the_commands(self):
        rate = json.loads(self.said(two(), "--json"))["rates"][0]
        self.assertEqual(rate["commands"], ["ethtool -K DEV gro on", "ethtool -C DEV rx-usecs 50"])
        self.assertEqual(rate["one_point"], [])

    def test_no_exploration(self):
        with tempfile.TemporaryDirectory() as folder:
            status, _, err = fixture.main(tune, folder)
        self.assertEqual(status, 1)
        self.assertIn("no exploration is complete there", err)


class Pair(unittest.TestCase):
    """On a wall clock: what the default's own trials differ by, no difference is."""

    def points(self, cpu):
        spread = [made.values(0, 10, p, c, None) for p, c in ((100, 2200), (110, 2300), (104, 2250), (100, 2200))]
        return [made.point(1, {}, spread[0], trials=spread), made.point(2, {"gro": "1"}, made.values(0, 10, 105, cpu, None)),
                made.point(3, {}, spread[0], front=False, trials=spread, twin=True)]

    def test_what_it_cannot_tell_apart_is_one_point(self):
        rate = made.found(self.points(2150), clock="wall")["rates"][0]
        spread = tune.noise(rate)
        self.assertAlmostEqual(spread["p99"], 1.1)
        self.assertEqual(len(tune.groups(tune.measured(rate), spread)), 1)
        self.assertIn("it is one point with it", "\n".join(tune.front_lines(rate, "ns")))
        self.assertIn("they are one point", "\n".join(tune.answer_lines(made.found(self.points(2150)), rate)))

    def test_what_it_can(self):
        rate = made.found(self.points(1500), clock="wall")["rates"][0]
        self.assertEqual(tune.told_apart(*tune.measured(rate), tune.noise(rate)), ["cpu"])

    def test_without_blocks_nothing_is_one_point(self):
        rate = two()["rates"][0]
        self.assertEqual(tune.noise(rate), {})
        self.assertEqual(len(tune.groups(tune.measured(rate), {})), 2)


class Commands(unittest.TestCase):
    def test_every_knob_has_one(self):
        import conditions
        for key in set(conditions.KNOBS) - {"nic"}:
            self.assertIsNotNone(commands.command(key, "1"), key)
        self.assertIsNone(commands.command("timeout_ms", "1"))

    def test_the_ring_comes_first_and_is_undone_last(self):
        do, undo = commands.pair({"rx_usecs": "50", "threaded": "1", "rx_ring": "1024"},
                                 {"rx_usecs": "3", "threaded": "0", "rx_ring": "256"})
        self.assertEqual(do, ["ethtool -G DEV rx 1024", "ethtool -C DEV rx-usecs 50", "echo 1 > /sys/class/net/DEV/threaded"])
        self.assertEqual(undo[-1], "ethtool -G DEV rx 256")


class Grid(unittest.TestCase):
    def test_a_line_a_setting_in_order(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "trials.jsonl"), "w", encoding="utf-8") as out:
                out.write(fixture.lines([fixture.record(i, rate=110000, rx_usecs=v) for i, v in ((1, "50"), (2, "9"))]))
            self.assertEqual(fixture.main(tune_grid, folder, folder)[0], 0)
            with open(os.path.join(folder, "libpcap-110000.tsv"), encoding="utf-8") as table:
                lines = table.read().splitlines()
        self.assertEqual(lines[1].split("\t"), ["rx_usecs", "loss", "p50", "p99", "cpu", "irq", "id"])
        self.assertEqual([line.split("\t")[0] for line in lines[2:]], ["9", "50"])
        self.assertEqual(lines[2].split("\t")[1:6], ["0", "1.5", "25", "3000", "20000"])


if __name__ == "__main__":
    unittest.main()
