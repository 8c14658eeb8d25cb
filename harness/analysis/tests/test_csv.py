# SPDX-License-Identifier: GPL-2.0-or-later
"""trials.csv: shape, unknowns, quoting, and nothing half-written."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "..", "csv_export.py")
sys.path.insert(0, HERE)
from test_schema import golden  # noqa: E402


class Export(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.records = [json.loads(golden(name)) for name in ("golden_ok", "golden_failed")]

    def export(self, text=None):
        if text is None:
            text = "".join(json.dumps(r) + "\n" for r in self.records)
        with open(os.path.join(self.folder, "trials.jsonl"), "w", encoding="utf-8") as out:
            out.write(text)
        return subprocess.run([sys.executable, SCRIPT, self.folder], capture_output=True, text=True)

    def text(self):
        with open(os.path.join(self.folder, "trials.csv"), encoding="utf-8", newline="") as text:
            return text.read()

    def rows(self):
        return list(csv.DictReader(self.text().splitlines()))

    def test_one_row_a_record_in_order(self):
        self.assertEqual(self.export().returncode, 0)
        rows = self.rows()
        self.assertEqual([r["id"] for r in rows], [r["id"] for r in self.records])
        self.assertEqual(rows[0]["ledger.dropped"], "1482")
        self.assertEqual(rows[0]["capture.own.received"], "18519")
        self.assertEqual(rows[0]["cpu.dut_share"], "0.4341")
        self.assertEqual(rows[0]["latency_ns.p99_9"], "80000")
        self.assertEqual(rows[0]["spec.set.buffer_bytes"], "2097152")

    def test_unknown_is_empty_and_zero_is_zero(self):
        self.export()
        rows = self.rows()
        self.assertEqual(rows[0]["capture.own.if_dropped"], "")
        self.assertEqual(rows[0]["drops.softnet"], "0")
        for column in ("generator.sent", "ledger.offered", "latency_ns.p50", "drops.capture", "spec.set.buffer_bytes"):
            self.assertEqual(rows[1][column], "", column)

    def test_columns_do_not_depend_on_the_records_order(self):
        self.records[1]["knobs"] = {"zeta": "1", "alpha": "2"}
        self.export()
        head = self.text().split("\r\n")[0]
        self.records.reverse()
        self.export()
        self.assertEqual(self.text().split("\r\n")[0], head)
        self.assertIn("knobs.alpha,knobs.rx_usecs,knobs.zeta", head)

    def test_quoting_and_line_ends(self):
        self.records[1]["reason"] = 'said "no", twice'
        self.export()
        self.assertIn(',"said ""no"", twice",', self.text())
        self.assertEqual(self.text().count("\r\n"), 3)
        self.assertEqual(self.text().count("\n"), 3)

    def test_a_part_that_only_some_have(self):
        self.export()
        self.assertNotIn("meters.", self.text())
        self.records[1]["meters"] = json.loads(golden("golden_meters", "meters/tests/wall_test.c"))
        self.assertEqual(self.export().returncode, 0)
        rows = self.rows()
        self.assertEqual(rows[0]["meters.time.steal_ns"], "")
        self.assertEqual(json.loads(rows[1]["meters.time.steal_ns"]), self.records[1]["meters"]["time"]["steal_ns"])
        self.assertEqual(json.loads(rows[1]["meters.threads.reader"]), self.records[1]["meters"]["threads"]["reader"])

    def test_a_list_that_no_record_has(self):
        self.export()
        self.assertEqual(json.loads(self.rows()[0]["cpu.each"]), self.records[0]["cpu"]["each"])
        for record in self.records:
            record["cpu"].pop("each", None)
        self.assertEqual(self.export().returncode, 0)
        self.assertNotIn("cpu.each", self.text())

    def test_no_records_give_a_head(self):
        self.assertEqual(self.export("").returncode, 0)
        self.assertEqual(self.rows(), [])
        self.assertTrue(self.text().startswith("schema,id,testbed.name,"))

    def test_a_bad_record_leaves_the_old_file(self):
        self.export()
        before = self.text()
        done = self.export('{"schema":9}\n')
        self.assertEqual(done.returncode, 1)
        self.assertIn("trials.jsonl:1: schema 9, this program reads 1", done.stderr)
        self.assertEqual(self.text(), before)
        self.assertEqual(sorted(os.listdir(self.folder)), ["trials.csv", "trials.jsonl"])

    def test_usage(self):
        done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        done = subprocess.run([sys.executable, SCRIPT, "--help"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        self.assertIn("usage:", done.stdout)


if __name__ == "__main__":
    unittest.main()
