# SPDX-License-Identifier: GPL-2.0-or-later
"""results/schema.json against the lines that record.c writes, and its checker against what it must refuse."""

import ast
import copy
import json
import os
import re
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import schema as rec  # noqa: E402


# Fields that only some records have.
OPTIONAL = {"capture": ["truncated", "polls", "work"], "cpu": ["each", "instructions", "reader"],
            "latency_ns": ["buckets"], "irq": ["switches"], "spec": ["frame"],
            "generator": ["achieved_bps", "gaps_ns", "schedule"], "ledger": ["sizes"],
            "drops": ["xdp", "filter"]}
OPTIONAL_PARTS = ["meters"]


def golden(name, test="record/tests/record_test.c"):
    """The line that record_test.c expects of record_line()."""
    with open(os.path.join(HERE, "..", "..", test), encoding="utf-8") as source:
        body = re.search(name + r"\[\] =(.*?);\n", source.read(), re.S).group(1)
    return "".join(ast.literal_eval(literal) for literal in re.findall(r'"(?:[^"\\]|\\.)*"', body))


def fields(schema, path=""):
    for key, sub in schema.get("properties", {}).items():
        yield path + key, sub
        yield from fields(sub, path + key + ".")


OF_MIXES = {"spec": "frame", "generator": "achieved_bps", "ledger": "sizes"}  # absent from the golden record


class Schema(unittest.TestCase):
    def setUp(self):
        self.schema = rec.load_schema()
        self.ok = json.loads(golden("golden_ok"))

    def problems(self, record):
        return [f"{path}: {what}" for path, what in rec.problems(record, self.schema)]

    def test_what_record_c_writes_is_valid(self):
        for name in ("golden_ok", "golden_failed"):
            self.assertEqual(self.problems(json.loads(golden(name))), [])

    def test_keys_are_in_the_schemas_order(self):
        self.assertEqual(list(self.ok), [part for part in self.schema["properties"] if part not in OPTIONAL_PARTS])
        for part in ("spec", "generator", "capture", "nic", "drops", "ledger", "cpu", "irq", "latency_ns"):
            wanted = [key for key in self.schema["properties"][part]["properties"] if key != OF_MIXES.get(part)]
            self.assertEqual(list(self.ok[part]), wanted)

    def test_every_field_is_described_with_its_unit(self):
        for path, sub in fields(self.schema):
            self.assertRegex(sub.get("description", ""), r"\w.* Unit: .+\.$", path)

    def test_every_object_is_closed_and_complete(self):
        for path, sub in fields(self.schema):
            if "properties" in sub:
                self.assertIs(sub["additionalProperties"], False, path)
                needed = [key for key in sub["properties"] if key not in OPTIONAL.get(path, ())]
                self.assertEqual(sub["required"], needed, path)

    def test_readme_names_every_field(self):
        with open(os.path.join(HERE, "..", "..", "..", "results", "README.md"), encoding="utf-8") as text:
            named = re.findall(r"^\| `([a-z0-9_.]+)` \|", text.read(), re.M)
        self.assertEqual([n for n in named if not n.endswith((".jsonl", ".csv", ".json", ".yaml"))],
                         [path for path, _ in fields(self.schema)])

    def test_what_is_refused(self):
        def without(*path):
            def edit(record):
                for key in path[:-1]:
                    record = record[key]
                del record[path[-1]]
            return edit

        def change(value, *path):
            def edit(record):
                for key in path[:-1]:
                    record = record[key]
                record[path[-1]] = value
            return edit

        for edit, wanted in (
            (without("knobs"), "knobs: is missing"),
            (without("capture", "own", "dropped"), "capture.own.dropped: is missing"),
            (change(1, "colour"), "colour: is not in the schema"),
            (change(1, "nic", "colour"), "nic.colour: is not in the schema"),
            (change("5", "generator", "sent"), 'generator.sent: must be integer or null, not "5"'),
            (change(5.0, "generator", "sent"), "generator.sent: must be integer or null, not 5.0"),
            (change(True, "generator", "sent"), "generator.sent: must be integer or null, not true"),
            (change(-1, "drops", "softnet"), "drops.softnet: -1 is below 0"),
            (change(63, "spec", "frame_bytes"), "spec.frame_bytes: 63 is below 64"),
            (change(1519, "spec", "frame_bytes"), "spec.frame_bytes: 1519 is above 1518"),
            (change(None, "spec", "frame_bytes"), "spec.frame_bytes: must be number, not null"),
            (change(0, "spec", "rate_pps"), "spec.rate_pps: 0 is below 1"),
            (change("good", "status"), 'status: must be one of ok, invalid, failed, not "good"'),
            (change("sun", "testbed", "clock"), 'testbed.clock: must be one of virtual, wall, not "sun"'),
            (change("xyz", "id"), "id: 'xyz' does not match ^[0-9a-f]{16}$"),
            (change(True, "schema"), "schema: must be 1, not true"),
            (change("sleep", "capture", "work", "name"),
             'capture.work.name: must be one of count, touch, flow, match, not "sleep"'),
            (without("capture", "work", "flows"), "capture.work.flows: is missing"),
            (change({"a": 1}, "knobs"), "knobs.a: must be string or null, not 1"),
            (change([], "latency_ns"), "latency_ns: must be object or null, not []"),
        ):
            record = copy.deepcopy(self.ok)
            edit(record)
            self.assertEqual(self.problems(record), [wanted])

    def test_what_wall_c_writes_is_valid(self):
        self.ok["meters"] = json.loads(golden("golden_meters", "meters/tests/wall_test.c"))
        self.assertEqual(self.problems(self.ok), [])
        self.assertEqual(list(self.ok["meters"]), list(self.schema["properties"]["meters"]["properties"]))
        for edit, wanted in (
            (lambda m: m["cpus"].append("2"), 'meters.cpus.2: must be integer, not "2"'),
            (lambda m: m["time"]["user_ns"].append(-1), "meters.time.user_ns.2: -1 is below 0"),
            (lambda m: m["time"].update(user_ns=5), "meters.time.user_ns: must be array, not 5"),
            (lambda m: m["threads"]["reader"].pop("run_ns"), "meters.threads.reader.run_ns: is missing"),
            (lambda m: m["perf"]["cpus"].update(task_clock_ns=[1]),
             "meters.perf.cpus.task_clock_ns: is not in the schema"),
        ):
            record = copy.deepcopy(self.ok)
            edit(record["meters"])
            self.assertEqual(self.problems(record), [wanted])

    def test_a_negative_rest_is_valid(self):
        self.ok["ledger"]["unaccounted"] = -2
        self.assertEqual(self.problems(self.ok), [])

    def test_work_and_polls_may_be_absent(self):
        del self.ok["capture"]["work"]
        del self.ok["capture"]["polls"]
        self.assertEqual(self.problems(self.ok), [])

    def test_an_unknown_keyword_is_no_silence(self):
        with self.assertRaisesRegex(rec.SchemaError, "keyword multipleOf is not known"):
            list(rec.problems(1, {"multipleOf": 2}))


class Read(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "trials.jsonl")
        self.lines = golden("golden_ok"), golden("golden_failed")

    def read(self, text):
        with open(self.path, "w", encoding="utf-8") as out:
            out.write(text)
        self.warnings = []
        return rec.read(self.path, self.warnings.append)

    def test_whole_lines(self):
        self.assertEqual(len(self.read("\n".join(self.lines) + "\n")), 2)
        self.assertEqual(self.warnings, [])
        self.assertEqual(self.read(""), [])

    def test_a_torn_last_line_is_dropped_with_a_warning(self):
        self.assertEqual(len(self.read(self.lines[0] + "\n" + self.lines[1][:-7])), 1)
        self.assertEqual(self.warnings, [f"{self.path}:2: dropped a last line without an end"])

    def test_errors_name_file_and_line(self):
        ok = self.lines[0]
        for text, wanted in (
            (ok + "\n{}\n", ":2: schema None, this program reads 1"),
            (ok.replace('"schema":1', '"schema":2') + "\n", ":1: schema 2, this program reads 1"),
            (ok + "\n" + ok + "\n", ":2: trial [0-9a-f]{16} stands twice"),
            (ok[:-9] + "\n" + ok + "\n", ":1: "),
            (ok.replace("0.4341", "NaN") + "\n", ":1: NaN is no JSON number"),
            ("[]\n", ":1: schema None"),
        ):
            with self.assertRaisesRegex(rec.SchemaError, re.escape(self.path) + wanted):
                self.read(text)

    def test_a_missing_file_is_named(self):
        with self.assertRaisesRegex(rec.SchemaError, "nosuch.*No such file"):
            rec.read(os.path.join(self.folder.name, "nosuch"))


if __name__ == "__main__":
    unittest.main()
