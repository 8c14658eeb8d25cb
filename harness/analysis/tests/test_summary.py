# SPDX-License-Identifier: GPL-2.0-or-later
import contextlib
import copy
import io
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import records as rec  # noqa: E402
import summary  # noqa: E402


def record(number, capture="libpcap", frame=64, rate=100000, unique=1000, knobs=None, status="ok", **settings):
    sent = 1000
    return {
        "schema": 1, "id": f"{number:016x}",
        "testbed": {"name": "lab", "clock": "virtual", "identity": "00ff00ff00ff00ff"},
        "spec": {"capture": capture, "frame_bytes": frame, "rate_pps": rate, "count": sent, "seed": number,
                 "senders": 1, "reader_cpu": 1, "set": settings},
        "status": status, "reason": None if status == "ok" else "guest panic",
        "generator": {"sent": sent, "achieved_pps": rate, "duration_ns": 10000000},
        "capture": {"unique": unique}, "nic": {"accepted": unique},
        "drops": {"nic_no_descriptor": sent - unique, "capture": None},
        "ledger": {"offered": sent, "delivered": unique, "dropped": sent - unique, "unaccounted": 0},
        "cpu": {"busy_ns": 3000000, "dut_share": 0.43}, "irq": {"hard": 200},
        "latency_ns": {"p50": 1500, "p99": 25000, "mean": 2500}, "knobs": knobs or {},
    }


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = holder.name

    def write(self, records, predictions=None):
        with open(os.path.join(self.dir, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.writelines(json.dumps(r) + "\n" for r in records)
        if predictions:
            with open(os.path.join(self.dir, "predictions.tsv"), "w", encoding="utf-8") as out:
                out.write("\t".join(predictions[0]) + "\n")
                out.writelines("\t".join(str(v) for v in p.values()) + "\n" for p in predictions)

    def lines(self, records, predictions=None):
        self.write(records, predictions)
        return summary.summarize(self.dir).splitlines()


class Tables(Folder):
    def row(self, lines, start):
        return next(line for line in lines if line.startswith(start)).split()

    def test_measured_without_predictions(self):
        lines = self.lines([record(1, unique=750)])
        self.assertEqual(self.row(lines, "libpcap, 64 B")[3:],
                         ["1", "100000", "75000", "25.00", "-", "-", "-", "250", "-", "4000", "20000", "0"])
        self.assertIn("no predictions: run `rxlab model validate` first", lines)

    def test_prediction_stands_beside(self):
        p = {"id": f"{1:016x}", "role": "predicted", "dd1k_loss_pct": 24.5, "mm1k_loss_pct": 26,
             "err_dd1k_loss_pp": -0.5}
        row = self.row(self.lines([record(1, unique=750)], [p]), "libpcap, 64 B")
        self.assertEqual(row[6:10], ["25.00", "24.50", "26.00", "-0.50"])

    def test_calibration_is_counted_and_not_shown(self):
        p = {"id": f"{1:016x}", "role": "calibration", "dd1k_loss_pct": "nan"}
        lines = self.lines([record(1, rate=5000), record(2)], [p])
        self.assertTrue(lines[2].startswith("1 of them calibrate"))
        self.assertFalse(any(" 5000 " in line for line in lines))

    def test_seeds_are_averaged_and_counted(self):
        row = self.row(self.lines([record(1, unique=700), record(2, unique=800)]), "libpcap, 64 B")
        self.assertEqual(row[3:7], ["2", "100000", "75000", "25.00"])

    def test_sweep_has_a_table_of_its_own(self):
        trials = [record(n, knobs={"rx_usecs": str(us)}) for n, us in enumerate((0, 50, 1000))]
        lines = self.lines(trials)
        at = lines.index("Coalescing: interrupts and delay against rx-usecs")
        self.assertEqual([line.split()[-11:][0] for line in lines[at + 3:at + 6]], ["0", "50", "1000"])
        self.assertEqual(lines[at + 3].split()[-5:-1], ["1.5", "25.0", "2.5", "-"])
        self.assertNotIn("Load: measured, and predicted loss in %", lines)

    def test_settings_become_notes(self):
        lines = self.lines([record(1), record(2, buffer_bytes="65536")])
        self.assertIn("[1] buffer_bytes=65536", lines)
        self.assertTrue(any(line.startswith("libpcap, 64 B [1]") for line in lines))

    def test_failed_trials_are_listed_with_their_reason(self):
        failed = record(7, status="failed")
        failed.update(generator={"sent": None}, capture={"unique": None}, ledger=None, latency_ns=None, cpu={}, irq={})
        lines = self.lines([record(1), failed])
        self.assertIn("2 trials: 1 ok, 0 invalid, 1 failed", lines)
        self.assertIn("0000000000000007  failed: libpcap, 64 bytes, 100000 pps: guest panic", lines)

    def test_unknown_is_a_dash_and_not_zero(self):
        r = record(1)
        r["irq"] = {"hard": None}
        r["ledger"] = None
        row = self.row(self.lines([r]), "libpcap, 64 B")
        self.assertEqual(row[-2:], ["-", "-"])

    def test_capture_without_a_consumer_is_judged_by_the_nic(self):
        r = record(1, capture="null", unique=0)
        r["nic"]["accepted"] = 900
        self.assertAlmostEqual(rec.loss_pct(r), 10)

    def test_two_identities_are_warned_about(self):
        other = record(2)
        other["testbed"] = dict(other["testbed"], identity="1111111111111111")
        self.assertTrue(any("not comparable" in line for line in self.lines([record(1), other])))


class Whole(Folder):
    def run_main(self, *words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = summary.main(["summary.py", *words])
        return status, out.getvalue(), err.getvalue()

    def test_same_records_same_bytes(self):
        trials = [record(n, capture=c, frame=f, rate=r) for n, (c, f, r) in enumerate(
            (c, f, r) for c in ("ykvm", "null", "zeta") for f in (64, 1518) for r in (5000, 100000))]
        first = self.lines(trials)
        self.assertEqual(first, self.lines(list(reversed(copy.deepcopy(trials)))))
        names = [line.split(",")[0] for line in first if " B " in line]
        self.assertEqual(names, ["null", "null", "ykvm", "ykvm", "zeta", "zeta"])

    def test_written_and_printed(self):
        self.write([record(1)])
        status, out, _ = self.run_main(self.dir)
        self.assertEqual(status, 0)
        with open(os.path.join(self.dir, "summary.txt"), encoding="utf-8") as text:
            self.assertEqual(text.read(), out)

    def test_messages(self):
        self.assertEqual(self.run_main()[0], 2)
        status, _, err = self.run_main(os.path.join(self.dir, "nowhere"))
        self.assertEqual((status, "nowhere/trials.jsonl: No such file" in err), (1, True))
        for text, says in (("{", ":2: "), ('{"schema": 2}', ":2: schema is not 1"),
                           ('{"schema": 1, "spec": {}}', ":2: spec.capture is missing")):
            self.write([record(1)])
            with open(os.path.join(self.dir, "trials.jsonl"), "a", encoding="utf-8") as out:
                out.write(text + "\n")
            status, _, err = self.run_main(self.dir)
            self.assertEqual(status, 1)
            self.assertIn("trials.jsonl" + says, err)


if __name__ == "__main__":
    unittest.main()
