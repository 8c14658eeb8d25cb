# SPDX-License-Identifier: GPL-2.0-or-later
"""Ratios within blocks, the A/A pair and disturbed trials, over made-up records."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import fixture  # noqa: E402
import interference  # noqa: E402
import native  # noqa: E402


def record(number, capture, block, rate=None, delivered=1000, pps=100000, waits=None, **settings):
    r = fixture.record(number, capture, 64, rate, delivered, **settings)
    r["testbed"].update(name="netns", clock="wall")
    r["spec"]["seed"] = block
    r["spec"]["generator"] = "xdp-live"
    r["generator"]["achieved_pps"] = pps
    waits = {"sender": 0, "reader": 0, "steal": 0, **(waits or {})}
    r["meters"] = {"threads": {"reader": {"wait_ns": waits["reader"]}, "sender0": {"wait_ns": waits["sender"]}},
                   "time": {"steal_ns": [0, waits["steal"]]}}
    return r


class Rules(unittest.TestCase):
    def test_a_wait_above_the_limit_disturbs(self):
        took = record(1, "recv", 1)["generator"]["duration_ns"]
        for who in ("sender", "steal"):
            self.assertEqual(interference.disturbed(record(1, "recv", 1, waits={who: took // 10})), who)
            self.assertIsNone(interference.disturbed(record(1, "recv", 1, waits={who: took // 25})))

    def test_a_reader_that_sleeps_may_wait_longer(self):
        took = record(1, "recv", 1)["generator"]["duration_ns"]
        waits = {"reader": took // 10}
        self.assertIsNone(interference.disturbed(record(1, "recv", 1, waits=waits)))
        self.assertEqual(interference.disturbed(record(1, "recv", 1, waits=waits, spin_usecs="50")), "reader")
        self.assertEqual(interference.disturbed(record(1, "recv", 1, waits={"reader": took // 2})), "reader")

    def test_unknown_waits_disturb_nothing(self):
        r = record(1, "recv", 1, waits={"sender": None, "steal": None})
        self.assertIsNone(interference.disturbed(r))
        del r["meters"]
        self.assertIsNone(interference.disturbed(r))

    def test_loss_free_ends_at_the_first_loss(self):
        ladder = [record(1, "recv", 1, pps=100), record(2, "recv", 1, pps=200), record(3, "recv", 1, 300, 999, 300),
                  record(4, "recv", 1, pps=400)]
        rates = {native.inf, 300}
        self.assertEqual(native.loss_free(ladder, rates), 200)
        self.assertEqual(native.loss_free(ladder[:2] + ladder[3:], {native.inf}), 400)
        self.assertEqual(native.loss_free(ladder[2:], rates), 0)

    def test_a_missing_trial_that_could_say_otherwise_leaves_the_rate_unknown(self):
        def free(*trials):  # of those offered: (rate, achieved, delivered); None is unpaced
            of = [record(n, "recv", 1, rate, delivered, pps) for n, (rate, pps, delivered) in enumerate(trials)]
            return native.loss_free_rates({1: of}, {250, 500, native.inf})[1]

        low, high, top = (250, 250, 1000), (500, 500, 1000), (None, 900, 1000)
        self.assertEqual(free(low, high, top), 900)
        self.assertIsNone(free(low, high))  # the unpaced one might have lost nothing
        self.assertIsNone(free(low, top))
        self.assertIsNone(free(high, top))
        self.assertIsNone(free(low, (None, 900, 999)))  # 500 might have lost nothing
        self.assertIsNone(free(high, (None, 900, 999)))  # 250 might have lost some
        self.assertEqual(free(low, (500, 500, 999)), 250)
        self.assertEqual(free((250, 250, 999)), 0)
        self.assertEqual(free(low, (None, 400, 1000)), 400)  # its sender cannot give 500

    def test_rates_asked_for_are_those_of_all_blocks(self):
        blocks = {1: [record(1, "recv", 1, 500, pps=500), record(2, "recv", 1, pps=900)],
                  2: [record(3, "recv", 2, 500, pps=500)]}
        self.assertEqual(native.loss_free_rates(blocks), {1: 900, 2: None})

    def test_a_block_without_a_loss_free_rate_counts_as_the_least(self):
        self.assertEqual(native.ratios_in_blocks({1: 0, 2: 10, 3: 0, 4: None, 5: 8}, {1: 5, 2: 0, 3: 0, 4: 1, 5: 4}),
                         [0, native.inf, None, None, 2])

    def test_cost_is_of_one_rate(self):
        r = record(1, "recv", 1, 500)
        r["cpu"]["reader"] = {"user_ns": 1000, "system_ns": 1000}
        self.assertEqual(native.cpu_ns([r], {500}), 2)
        self.assertIsNone(native.cpu_ns([r], {500, native.inf}))  # the unpaced trial was disturbed


class Tables(unittest.TestCase):
    def campaign(self, other=100000, waits=None):
        """Six blocks; tpacket3 gets slower from block to block, ykvm-xdp is always three times as fast."""
        found = []
        for b in range(1, 7):
            pps = 100000 + 1000 * b
            found += [record(10 * b, "tpacket3", b, pps=pps), record(10 * b + 1, "ykvm-xdp", b, pps=3 * pps, waits=waits),
                      record(10 * b + 2, "tpacket3", b, pps=pps + (b % 2) * 500, label="a"),
                      record(10 * b + 3, "tpacket3", b, pps=pps * other / 100000, label="b")]
        return found

    def lines(self, records):
        (title, lines), = native.tables(records)
        self.assertEqual(title, "Wall clock: captures over blocks")
        return lines

    def row(self, lines, start):
        return next(line for line in lines if line.startswith(start))[native.NAME_WIDTH:].split()

    def test_ratio_is_taken_within_blocks(self):
        lines = self.lines(self.campaign())
        self.assertEqual(" ".join(self.row(lines, "ykvm-xdp")[:5]), "6 310 [303 to 318]")
        self.assertIn("3.00 [3.00 to 3.00]", next(line for line in lines if line.startswith("ykvm-xdp")))
        self.assertIn("1.00 [1.00 to 1.00]", next(line for line in lines if line.startswith("tpacket3")))

    def test_pair_shows_no_difference_or_warns(self):
        good = next(line for line in self.lines(self.campaign()) if line.startswith("A/A pair"))
        self.assertIn("tpacket3, 64 bytes: ratio 1.002 [1.000 to 1.005], 6 blocks: no difference shown", good)
        bad = next(line for line in self.lines(self.campaign(other=90000)) if line.startswith("A/A pair"))
        self.assertIn("WARNING: a difference where there is none", bad)

    def test_each_two_of_three_labels_are_a_pair(self):
        found = self.campaign() + [record(200 + b, "tpacket3", b, pps=50000, label="c") for b in range(1, 7)]
        pairs = [line.split(": ")[0] for line in self.lines(found) if line.startswith("A/A pair")]
        self.assertEqual(pairs, [f"A/A pair, tpacket3, 64 bytes, {two}" for two in ("a to b", "a to c", "b to c")])

    def test_labels_are_no_rows(self):
        lines = self.lines(self.campaign())
        self.assertEqual(sum(line.startswith("tpacket3") for line in lines), 1)
        self.assertFalse(any("label" in line for line in lines))

    def test_disturbed_trials_are_counted_and_left_out(self):
        lines = self.lines(self.campaign(waits={"sender": 10 ** 12}))
        self.assertIn("6 by waits of the sender", lines[1])
        self.assertIn("WARNING: more than 10 %", lines[1])
        self.assertEqual(self.row(lines, "ykvm-xdp")[:2], ["0", "-"])

    def test_a_row_that_loses_at_its_lowest_rate_in_most_blocks_has_none(self):
        found = self.campaign()
        for b in range(1, 7):
            found += [record(100 + b, "recv", b, rate=250000, pps=250000, delivered=1000 if b < 3 else 999),
                      record(110 + b, "recv", b, pps=500000, delivered=900)]
        row = self.row(self.lines(found), "recv")
        self.assertEqual(" ".join(row[:5]), "6 0 [0 to 250]")

    def test_cells_say_how_many_blocks_they_have_where_some_are_missing(self):
        found = self.campaign()
        for b in range(1, 7):
            found.append(record(100 + b, "ykvm-xdp", b, rate=50000, pps=50000,
                                waits={"sender": 10 ** 12} if b == 2 else None))
        self.assertEqual(" ".join(self.row(self.lines(found), "ykvm-xdp")[:3]), "6 312 n=5")

    def test_conditions_that_are_not_the_captures_have_tables_of_their_own(self):
        found = [r for b in range(1, 7) for n, conditions in enumerate(({"work": "count"}, {"work": "touch"},
                                                                      {"gen.batch": "8"}, {"reader_cpu": 2}))
                 for r in [record(10 * b + n, "recv", b, pps=1000 * (n + 1))]
                 if self.under(r, conditions)]
        lines = self.lines(found)
        self.assertEqual([line for line in lines if line.startswith("64 bytes")],
                         [f"64 bytes, xdp-live, reader sleeps at once, {words}"
                          for words in ("gen.batch=8", "reader_cpu=2", "work=count", "work=touch")])
        self.assertEqual([line.split()[2] for line in lines if line.startswith("recv")], ["3", "4", "1", "2"])

    def under(self, r, conditions):
        for key, value in conditions.items():
            (r["spec"] if key == "reader_cpu" else r["spec"]["set"])[key] = value
        return True

    def test_waits_that_nobody_knows_are_told(self):
        self.assertNotIn("unknown", self.lines(self.campaign())[1])
        self.assertIn("WARNING: waits of 6 unknown", self.lines(self.campaign(waits={"sender": None}))[1])

    def test_virtual_clock_and_single_blocks_have_no_such_table(self):
        virtual = [fixture.record(n, "recv") for n in (1, 2)]
        virtual[1]["spec"]["seed"] = 2
        self.assertEqual(native.tables(virtual), [])
        self.assertEqual(native.tables([record(1, "recv", 1), record(2, "recv", 1, 100)]), [])


if __name__ == "__main__":
    unittest.main()
