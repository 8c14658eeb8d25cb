# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables over made-up records, and the whole summary over records measured in the lab (results/fixtures)."""
import copy
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
RXLAB = os.environ.get("RXLAB") or os.path.join(ROOT, "rxlab")
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import fixture  # noqa: E402
import records as rec  # noqa: E402
import summary  # noqa: E402
from fixture import failed, record  # noqa: E402
from table import NAME_WIDTH  # noqa: E402

WIDEST = 110


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = holder.name

    def write(self, records, predictions=None):
        with open(os.path.join(self.dir, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(fixture.lines(records))
        if predictions:
            with open(os.path.join(self.dir, "predictions.tsv"), "w", encoding="utf-8") as out:
                out.write("\t".join(predictions[0]) + "\n")
                out.writelines("\t".join(str(v) for v in p.values()) + "\n" for p in predictions)

    def lines(self, records, predictions=None):
        self.write(records, predictions)
        return summary.summarize(self.dir).splitlines()


class Clocks(Folder):
    def wall(self, number, **keys):
        r = record(number, **keys)
        r["testbed"].update(name="netns", clock="wall")
        r["spec"]["generator"] = r["generator"]["name"] = "txring"
        return r

    def test_two_clocks_share_no_table(self):
        with self.assertRaisesRegex(rec.BadRecord, "virtual and of the wall clock"):
            self.lines([record(1), self.wall(2)])

    def test_wall_clock_counts_in_ns(self):
        lines = self.lines([self.wall(1), self.wall(2, rate=50000)])
        self.assertTrue(any(line.startswith("CPU/pkt: ns") for line in lines), lines)

    def test_two_generators_share_no_row(self):
        other = self.wall(2)
        other["spec"]["generator"] = other["generator"]["name"] = "xdp-live"
        lines = self.lines([self.wall(1), other])
        self.assertTrue(any(line.startswith("ground: generator txring") for line in lines), lines)
        self.assertIn("[1] generator=xdp-live", lines)


class Tables(Folder):
    def section(self, lines, title):
        at = lines.index(title) + 2
        return lines[at:next((n for n in range(at, len(lines)) if lines[n].startswith("---")), len(lines))]

    def row(self, lines, start, title="All loads"):
        return next(line for line in lines[lines.index(title):] if line.startswith(start))[NAME_WIDTH:].split()

    def test_measured_without_predictions(self):
        lines = self.lines([record(1, delivered=750)])
        self.assertEqual(self.row(lines, "libpcap 64"),
                         ["100000", "75000", "25.00", "-", "-", "250", "-", "4000", "-", "20000", "-"])
        self.assertIn("no predictions: run `rxlab model validate` first", lines)

    def test_prediction_stands_beside(self):
        p = {"id": f"{1:016x}", "role": "predicted", "dd1k_loss_pct": 24.5, "err_dd1k_loss_pp": -0.5, "meas_cost": 3900,
             "cost": 3950, "irq_per_s": 19000}
        self.assertEqual(self.row(self.lines([record(1, delivered=750)], [p]), "libpcap 64")[3:],
                         ["24.50", "-0.50", "250", "-", "3900", "3950", "20000", "19000"])

    def test_limits_of_a_capture(self):
        trials = [record(1, rate=60000), record(2, rate=90000), record(3, rate=120000, delivered=900),
                  record(4, rate=150000), record(5, rate=None, delivered=400)]
        trials[4]["generator"]["achieved_pps"] = 250000
        p = {"id": f"{5:016x}", "role": "predicted", "service_ns": 9000, "dd1k_pps": 110000, "cost": 8250}
        lines = self.lines(trials, [p])
        self.assertEqual(self.row(lines, "libpcap", "Captures at their limit"),
                         ["7500", "8250", "10.0", "90000", "111111", "250000", "100000", "60.00", "110000", "10.0"])

    def test_no_rate_without_loss_is_a_dash(self):
        lines = self.lines([record(1, delivered=999)])
        self.assertEqual(self.row(lines, "libpcap", "Captures at their limit")[3], "-")

    def test_calibration_is_counted_and_not_shown(self):
        p = {"id": f"{1:016x}", "role": "calibration", "dd1k_loss_pct": "nan"}
        lines = self.lines([record(1, rate=5000), record(2)], [p])
        self.assertTrue(any(line.startswith("1 calibrate") for line in lines))
        self.assertFalse(any(" 5000 " in line for line in lines))

    def test_seeds_are_averaged_and_counted(self):
        lines = self.lines([record(1, delivered=700), record(2, delivered=800)])
        self.assertTrue(any(line.startswith("libpcap 64") and "2 seeds" in line for line in lines))
        self.assertEqual(self.row(lines, "libpcap 64")[:3], ["100000", "75000", "25.00"])

    def test_on_the_wall_clock_they_are_blocks(self):
        trials = [record(1, seed=1), record(2, seed=2)]
        for r in trials:
            r["testbed"].update(name="netns", clock="wall")
        lines = self.lines(trials)
        self.assertTrue(any(line.startswith("libpcap 64") and "2 blocks" in line for line in lines))

    def test_on_the_wall_clock_nothing_is_said_by_columns_of_dashes(self):
        r = record(1)
        r["testbed"].update(name="netns", clock="wall")
        r["irq"]["hard"] = r["irq"]["polls"] = None
        lines = self.lines([r])
        self.assertNotIn("irq/s", lines[lines.index("All loads") + 3])
        self.assertEqual(self.row(lines, "libpcap 64"), ["100000", "100000", "0.00", "0", "3000"])

    def test_a_long_name_moves_no_number(self):
        lines = self.lines([record(n, capture="a-capture-with-a-long-name", buffers="4096") for n in (1, 2)])
        at = next(n for n, line in enumerate(lines) if line.startswith("a-capture") and "2 seeds" in line)
        self.assertEqual(lines[at + 1][:NAME_WIDTH].strip(), "")
        self.assertEqual(lines[at + 1].split()[0], "100000")

    def test_an_interrupted_campaign_is_told(self):
        with open(os.path.join(self.dir, "campaign.yaml"), "w", encoding="utf-8") as out:
            out.write("name: x\n")
        self.assertTrue(any("not complete" in line for line in self.lines([record(1)])))

    def test_no_ledger_is_none(self):
        self.assertIn("ledger: no trial was measured", self.lines([failed(1)]))

    def test_sweep_has_a_table_of_its_own(self):
        trials = [record(n, capture="interrupt-coalesced", knobs={"rx_usecs": str(us), "base": "ykvm"}, base="ykvm")
                  for n, us in enumerate((0, 50, 1000))]
        lines = self.lines(trials)
        at = lines.index("Coalescing: what rx-usecs does") + 4
        self.assertEqual([line[NAME_WIDTH:].split()[0] for line in lines[at:at + 3]], ["0", "50", "1000"])
        self.assertTrue(lines[at].startswith("ykvm 64, 100,000 pps "))
        self.assertEqual(lines[at].split()[-3:], ["2.5", "-", "25.0"])
        self.assertNotIn("All loads", lines)

    def test_two_values_of_rx_usecs_are_two_rows_with_names_of_their_own(self):
        """The knob that was read back tells them apart, where there are too few values for a sweep."""
        trials = [record(10 * n + k, capture="interrupt-coalesced", rate=rate, rx_usecs=us,
                         knobs={"rx_usecs": us, "base": "libpcap"})
                  for n, us in enumerate(("10", "250")) for k, rate in enumerate((20000, 60000))]
        lines = self.lines([*trials, record(90), record(91, capture="null")])
        for title in ("All loads", "Captures at their limit"):
            names = {line[:NAME_WIDTH].strip() for line in self.section(lines, title) if line.startswith("inter")}
            self.assertEqual(len(names), 2, names)
        self.assertIn("[1] rx_usecs=10", lines)
        self.assertIn("[2] rx_usecs=250", lines)

    def test_rows_beyond_the_line_rate_are_marked(self):
        lines = self.lines([record(1, frame=1518, rate=60000), record(2, frame=1518, rate=90000),
                            record(3, rate=90000)])
        marked = [line for line in lines[lines.index("All loads"):] if line.endswith(" *")]
        self.assertEqual(len(marked), 1)
        self.assertIn(" 90000 ", marked[0])
        self.assertTrue(any("81,274 pps of 1518-byte frames" in line for line in lines))

    def test_settings_become_notes(self):
        lines = self.lines([record(1), record(2, buffer_bytes="65536")])
        self.assertIn("[1] buffer_bytes=65536", lines)
        self.assertTrue(any(line.startswith("libpcap 64 [1]") for line in lines))

    def test_failed_trials_are_listed_with_their_reason(self):
        lines = self.lines([record(1), failed(7)])
        self.assertIn("2 trials: 1 ok, 0 invalid, 1 failed", lines)
        self.assertIn("0000000000000007  failed: libpcap, 64 bytes, 100000 pps: guest panic", lines)

    def test_unknown_is_a_dash_and_not_zero(self):
        r = record(1)
        r["irq"]["hard"] = None
        self.assertEqual(self.row(self.lines([r]), "libpcap 64")[-2:], ["-", "-"])

    def test_capture_that_checks_no_numbers_has_the_ledgers(self):
        r = record(1, capture="null", delivered=900)
        r["capture"]["unique"] = None
        self.assertAlmostEqual(rec.loss_pct(r), 10)

    def test_ledger_that_does_not_balance_is_told(self):
        r = record(2)
        r["ledger"]["unaccounted"] = 3
        self.assertIn("ledger: every frame accounted for in 1 of 2; WARNING: 1 do not balance",
                      self.lines([record(1), r]))

    def test_two_identities_are_warned_about(self):
        other = record(2)
        other["testbed"]["identity"] = "1111111111111111"
        self.assertTrue(any("not comparable" in line for line in self.lines([record(1), other])))

    def test_two_kernels_have_two_identities_and_are_named(self):
        other = record(2, kernel="7.3.4-deb13")
        other["testbed"]["identity"] = "1111111111111111"
        lines = self.lines([record(1), other])
        self.assertFalse(any("not comparable" in line for line in lines))
        self.assertIn("identity 1111111111111111, kernel 7.3.4-deb13", "\n".join(lines))


class Ratios(Folder):
    """Captures side by side, under equal conditions only."""

    COST, RATE = "Captures side by side: cost of a packet", "Captures side by side: loss-free rate"

    def block(self, lines, title, conditions):
        """{capture: cells} of the rows below one line of conditions."""
        rows = {}
        at = lines.index(conditions, lines.index(title)) + 1
        for line in lines[at:]:
            if not line.startswith("  "):
                break
            rows[line[:NAME_WIDTH].strip()] = line[NAME_WIDTH:].split()
        return rows

    def test_cost_and_its_ratios(self):
        trials = [record(n, capture=c, rate=None) for n, c in enumerate(("libpcap", "ykvm", "tpacket3"))]
        for r, busy in zip(trials, (3000000, 1500000, 2500000)):
            r["cpu"]["busy_ns"] = busy
            r["generator"]["achieved_pps"] = 200000
        rows = self.block(self.lines(trials), self.COST, "64 bytes, max")
        self.assertEqual(list(rows), ["libpcap", "tpacket3", "ykvm"])
        self.assertEqual(rows["libpcap"], ["3000", "1.200", "1.000", "200000", "0.00", "0.20"])
        self.assertEqual(rows["ykvm"][:3], ["1500", "0.600", "0.500"])

    def test_conditions_are_not_mixed(self):
        def swept(number, base):
            return record(number, capture="interrupt-coalesced", rate=None, knobs={"base": base, "rx_usecs": "0"},
                          rx_usecs="0", base=base)

        lines = self.lines([
            record(1, rate=None), record(2, capture="ykvm", rate=None),
            record(3, rate=None, **{"gen.clone_skb": "1000"}), record(4, capture="ykvm", rate=None, frame=128),
            record(5, rate=None, work="touch"), record(6, capture="ykvm", rate=None, work="touch", buffers="64"),
            swept(7, "ykvm"), swept(8, "libpcap")])
        self.assertEqual(list(self.block(lines, self.COST, "64 bytes, max")), ["libpcap", "ykvm"])
        self.assertEqual(list(self.block(lines, self.COST, "64 bytes, max, work=touch")),
                         ["libpcap", "ykvm buffers=64"])
        self.assertEqual(list(self.block(lines, self.COST, "64 bytes, max, rx_usecs=0"))[::2],
                         ["libpcap (interrupt-coalesc", "ykvm (interrupt-coalesced)"])
        # A single row has no other beside it.
        self.assertFalse(any(line.startswith("128 bytes, max") or "clone_skb=1000" in line
                             for line in lines[lines.index(self.COST):lines.index("Prediction errors")]))

    def test_a_knob_that_a_capture_turns_by_itself_parts_it_from_the_yardstick(self):
        trials = [record(n, capture=c, rate=None, knobs={"gro": gro})
                  for n, (c, gro) in enumerate((("libpcap", "1"), ("null", "1"), ("ykvm", "0"), ("kcap", "0")))]
        lines = self.lines(trials)
        self.assertEqual(list(self.block(lines, self.COST, "64 bytes, max")), ["null", "libpcap"])
        apart = self.block(lines, self.COST, "64 bytes, max, gro=0")
        self.assertEqual((list(apart), apart["ykvm"][1:3]), (["ykvm", "kcap"], ["-", "-"]))
        self.assertIn("[1] gro=0", lines)

    def test_a_run_without_a_yardstick_has_no_ratios(self):
        lines = self.lines([record(1, capture="ykvm"), record(2, capture="null")])
        self.assertNotIn(self.COST, lines)
        self.assertNotIn(self.RATE, lines)

    def test_loss_free_rates(self):
        lost = {("tpacket3", 90000), ("libpcap", 60000), ("libpcap", 90000)}
        trials = [record(10 * n + k, capture=c, rate=rate, delivered=900 if (c, rate) in lost else 1000)
                  for n, c in enumerate(("libpcap", "tpacket3", "ykvm")) for k, rate in enumerate((30000, 60000, 90000))]
        rows = self.block(self.lines(trials), self.RATE, "64 bytes")
        self.assertEqual(rows, {"libpcap": ["30000", "60000", "0.50", "1.00"],
                                "tpacket3": ["60000", "90000", "1.00", "2.00"],
                                "ykvm": ["≥90000", "-", "1.50", "3.00"]})

    def test_loss_at_every_rate_is_a_dash(self):
        trials = [record(10 * n + k, capture=c, rate=rate, delivered=900)
                  for n, c in enumerate(("libpcap", "ykvm")) for k, rate in enumerate((30000, 60000))]
        self.assertEqual(self.block(self.lines(trials), self.RATE, "64 bytes")["ykvm"], ["-", "30000", "-", "-"])


class Whole(Folder):
    def main(self, *words):
        return fixture.main(summary, *words)

    def test_same_records_same_bytes(self):
        trials = [record(n, capture=c, frame=f, rate=r) for n, (c, f, r) in enumerate(
            (c, f, r) for c in ("ykvm", "null", "zeta") for f in (64, 1518) for r in (5000, 100000))]
        first = self.lines(trials)
        self.assertEqual(first, self.lines(list(reversed(copy.deepcopy(trials)))))
        names = [line.split()[0] for line in first[first.index("All loads") + 4:] if line[:1].isalpha()]
        self.assertEqual(names[:6], ["null", "null", "ykvm", "ykvm", "zeta", "zeta"])

    def test_written_and_printed(self):
        self.write([record(1)])
        status, out, _ = self.main(self.dir)
        self.assertEqual(status, 0)
        with open(os.path.join(self.dir, "summary.txt"), encoding="utf-8") as text:
            self.assertEqual(text.read(), out)

    def test_what_cannot_be_written_is_printed_all_the_same(self):
        self.write([record(1)])
        with mock.patch("cli.replace", side_effect=PermissionError(13, "Permission denied")):
            status, out, err = self.main(self.dir)
        self.assertEqual((status, out), (0, summary.summarize(self.dir)))
        self.assertEqual(err, f"rxlab report: {self.dir}/summary.txt is not written: Permission denied\n")

    def test_markdown_has_a_row_a_capture_at_the_smallest_frame(self):
        self.write([record(n, capture=c, frame=f, delivered=800) for n, (c, f) in enumerate(
            (c, f) for c in ("ykvm", "null") for f in (64, 1518))])
        status, out, _ = self.main("--markdown", self.dir)
        self.assertEqual((status, out.splitlines()[2:]), (0, ["| null | 3,750 | - | 80,000 (20.0 %) | - | - |",
                                                              "| ykvm | 3,750 | - | 80,000 (20.0 %) | - | - |"]))
        self.assertFalse(os.path.exists(os.path.join(self.dir, "summary.txt")))

    def test_messages(self):
        self.assertEqual(self.main()[0], 2)
        status, _, err = self.main(os.path.join(self.dir, "nowhere"))
        self.assertEqual((status, "nowhere/trials.jsonl: No such file" in err), (1, True))
        whole = fixture.lines([record(1)])
        for text, says in ((whole + "{\n", ":2: "), (whole + '{"schema": 2}\n', ":2: schema 2"),
                           (whole + '{"schema": 1}\n', ":2: id: is missing"), (whole + whole, ":2: trial"),
                           ("", ": no records")):
            with open(os.path.join(self.dir, "trials.jsonl"), "w", encoding="utf-8") as out:
                out.write(text)
            status, _, err = self.main(self.dir)
            self.assertEqual(status, 1)
            self.assertIn("trials.jsonl" + says, err)


class Measured(Folder):
    """results/fixtures: how it was made is in its README."""

    def golden(self, name):
        with open(os.path.join(fixture.FOLDER, name), encoding="utf-8") as text:
            return text.read()

    def copied(self, *names):
        for name in names:
            shutil.copy(os.path.join(fixture.FOLDER, name), self.dir)

    def test_golden_summary(self):
        self.copied("trials.jsonl", "predictions.tsv", "prediction-errors.txt")
        text = summary.summarize(self.dir)
        self.assertEqual(text, self.golden("summary.txt"))
        self.assertLessEqual(max(map(len, text.splitlines())), WIDEST)

    @unittest.skipUnless(os.access(RXLAB, os.X_OK), "rxlab is not built")
    def test_predictions_are_those_of_rxlab(self):
        self.copied("trials.jsonl")
        subprocess.run([RXLAB, "model", "validate", self.dir], check=True, capture_output=True)
        made, golden = rec.load_predictions(self.dir), rec.load_predictions(fixture.FOLDER)
        self.assertEqual(made.keys(), golden.keys())
        for ident, wanted in golden.items():
            for key, value in wanted.items():
                if isinstance(value, float):
                    near = 1e-4 * abs(value) + 1e-6
                    self.assertAlmostEqual(made[ident][key], value, delta=near, msg=f"{ident} {key}")
                else:
                    self.assertEqual(made[ident][key], value, f"{ident} {key}")

    def test_model_meets_the_measurement_outside_the_knee(self):
        errors = [p["err_dd1k_loss_pp"] for p in rec.load_predictions(fixture.FOLDER).values()
                  if p["role"] == "predicted" and not 0.9 < p["rho"] < 1.1]
        self.assertGreater(len(errors), 5)
        self.assertLess(max(map(abs, errors)), 3)


if __name__ == "__main__":
    unittest.main()
