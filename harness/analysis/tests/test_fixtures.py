# SPDX-License-Identifier: GPL-2.0-or-later
"""Records as each schema had them (results/fixtures/schema-N) stay readable, by python and by C, whatever comes later."""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
import audit  # noqa: E402
import csv_export  # noqa: E402
import fixture  # noqa: E402
import latency  # noqa: E402
import records as rec  # noqa: E402
import rescore  # noqa: E402
import schema  # noqa: E402
import summary  # noqa: E402
from test_schema import OPTIONAL, OPTIONAL_PARTS  # noqa: E402

RXLAB = os.environ.get("RXLAB") or os.path.join(ROOT, "rxlab")
CLOCKS = ("virtual", "wall")


def stored(version, clock):
    return os.path.join(fixture.FOLDER, f"schema-{version}", clock)


class Fixtures(unittest.TestCase):
    def copies(self):
        """(clock, a copy of that folder, its records as they stand there) of every schema."""
        holder = tempfile.TemporaryDirectory(prefix="rxlab-test-")
        self.addCleanup(holder.cleanup)
        for version in range(1, schema.VERSION + 1):
            for clock in CLOCKS:
                folder = os.path.join(holder.name, f"{version}-{clock}")
                shutil.copytree(stored(version, clock), folder)
                with open(os.path.join(folder, "trials.jsonl"), encoding="utf-8") as text:
                    yield clock, folder, [json.loads(line) for line in text]

    def test_every_kind_of_record_is_there(self):
        kept = [r for _, _, records in self.copies() for r in records]
        self.assertEqual({r["status"] for r in kept}, {"ok", "invalid", "failed"})
        for part, fields in OPTIONAL.items():
            for field in fields:
                self.assertTrue(any(field in (r[part] or {}) for r in kept), f"{part}.{field}")
        for part in OPTIONAL_PARTS:
            self.assertTrue(any(part in r for r in kept), part)
        self.assertIn(2, {r["spec"]["senders"] for r in kept})
        self.assertIn(2, {r["spec"]["reader_cpu"] for r in kept})

    def test_python_reads_them(self):
        for clock, folder, records in self.copies():
            read = rec.load(folder)
            self.assertEqual(sorted(r["id"] for r in read), sorted(r["id"] for r in records), folder)
            self.assertEqual({r["testbed"]["clock"] for r in read}, {clock})

    def test_every_command_in_python_takes_them(self):
        for _, folder, _ in self.copies():
            for module in (summary, latency, rescore, audit):
                status, out, err = fixture.main(module, folder)
                self.assertEqual((status, err), (0, ""), f"{module.__name__} {folder}")
                self.assertTrue(out, module.__name__)

    def test_as_a_table_each_has_its_row(self):
        for _, folder, records in self.copies():
            self.assertEqual(fixture.main(csv_export, folder), (0, "", ""))
            with open(os.path.join(folder, "trials.csv"), encoding="utf-8", newline="") as text:
                rows = list(csv.DictReader(text))
            self.assertEqual([row["id"] for row in rows], [r["id"] for r in records])
            self.assertEqual([row["reason"] for row in rows], [r["reason"] or "" for r in records])

    @unittest.skipUnless(os.access(RXLAB, os.X_OK), "rxlab is not built")
    def test_c_reads_them(self):
        for clock, folder, records in self.copies():
            done = subprocess.run([RXLAB, "compare", folder, folder], capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"{len(records)} equal, 0 different", done.stdout)
            done = subprocess.run([RXLAB, "model", "calibrate", folder], capture_output=True, text=True, check=False)
            if clock == "virtual":
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertRegex(done.stdout, r"\nlibpcap +64 +\d+ constant-cost +\d+ \+- +\d+")
            else:
                self.assertEqual(done.returncode, 2)
                self.assertIn("no trial calibrates", done.stderr)

    def test_one_of_a_later_schema_is_refused_with_both_numbers(self):
        for _, folder, records in self.copies():
            with open(os.path.join(folder, "trials.jsonl"), "w", encoding="utf-8") as out:
                out.write(fixture.lines([{**records[0], "schema": schema.VERSION + 1}]))
            with self.assertRaises(rec.BadRecord) as why:
                rec.load(folder)
            self.assertIn(f"schema {schema.VERSION + 1}, this program reads {schema.VERSION}", str(why.exception))


if __name__ == "__main__":
    unittest.main()
