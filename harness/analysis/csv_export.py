#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""trials.csv of a results folder: one row a record, one column a field, RFC 4180.

usage: csv_export.py DIR      reads DIR/trials.jsonl, writes DIR/trials.csv whole or not at all

{"id":"0f..","spec":{"frame_bytes":64,"rate_pps":null}}  ->  id,spec.frame_bytes,spec.rate_pps
                                                             0f..,64,

Unknown (null) is an empty field, a list is its JSON text. Columns are those of the schema, in its order, but for
optional parts and lists that no record has; settings and knobs get a column for each key that any record has, in alphabetical order.
"""

import csv
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cli  # noqa: E402
import schema as rec  # noqa: E402


def columns(schema, records, path=()):
    """Paths of all columns below path."""
    if "properties" in schema:
        return [c for key, sub in schema["properties"].items()
                if path or key in schema["required"] or any(key in record for record in records)
                for c in columns(sub, records, path + (key,))]
    if isinstance(schema.get("additionalProperties"), dict):
        keys = {key for record in records for key in value_at(record, path) or {}}
        return [path + (key,) for key in sorted(keys)]
    if schema.get("type") == "array" and not any(value_at(record, path) for record in records):
        return []
    return [path]


def value_at(record, path):
    for key in path:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def cell(value):
    return "" if value is None else json.dumps(value) if isinstance(value, (list, dict)) else value


def write(out, schema, records):
    paths = columns(schema, records)
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(".".join(path) for path in paths)
    for record in records:
        table.writerow(cell(value_at(record, path)) for path in paths)


def main(argv):
    if len(argv) != 2 or argv[1] in ("-h", "--help"):
        print(__doc__, file=sys.stdout if "--help" in argv or "-h" in argv else sys.stderr)
        return 0 if "--help" in argv or "-h" in argv else 2
    folder = argv[1]
    try:
        records = rec.read(os.path.join(folder, "trials.jsonl"))
        schema = rec.load_schema()
        cli.replace(os.path.join(folder, "trials.csv"), lambda out: write(out, schema, records))
    except (rec.SchemaError, OSError) as why:
        print(f"csv_export.py: {cli.reason(why)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    cli.run(main)
