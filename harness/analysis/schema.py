# SPDX-License-Identifier: GPL-2.0-or-later
"""Records against results/schema.json: a validator for the part of JSON Schema that it uses, and the one reader.

No dependency outside the standard library. A keyword of the schema that is not known here is an error of its own, so
that the schema cannot grow past its checker.
"""

import json
import math
import os
import re
import sys

VERSION = 1
PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "results", "schema.json")
ANNOTATIONS = {"$schema", "$id", "title", "description"}


class SchemaError(Exception):
    """Says file, line, field and what is wrong."""


# Exactly these: True is no number.
TYPES = {"object": {dict}, "array": {list}, "string": {str}, "null": {type(None)}, "boolean": {bool}, "integer": {int},
         "number": {int, float}}


def short(text):
    """For a message: of a long text the beginning."""
    return text if len(text) <= 40 else text[:40] + "..."


def is_type(value, name):
    return type(value) in TYPES[name]


def check_type(value, names, _schema):
    names = [names] if isinstance(names, str) else names
    for name in names:
        if type(value) in TYPES[name]:
            return
    yield "", f"must be {' or '.join(names)}, not {short(json.dumps(value))}"


def check_const(value, wanted, _schema):
    if value != wanted or isinstance(value, bool) != isinstance(wanted, bool):
        yield "", f"must be {json.dumps(wanted)}, not {short(json.dumps(value))}"


def check_enum(value, choices, _schema):
    if value not in choices:
        yield "", f"must be one of {', '.join(map(str, choices))}, not {short(json.dumps(value))}"


def check_minimum(value, least, _schema):
    if is_type(value, "number") and not value >= least:
        yield "", f"{value} is below {least}"


def check_maximum(value, most, _schema):
    if is_type(value, "number") and not value <= most:
        yield "", f"{value} is above {most}"


def check_pattern(value, pattern, _schema):
    if isinstance(value, str) and not re.search(pattern, value):
        yield "", f"{short(repr(value))} does not match {pattern}"


def check_required(value, keys, _schema):
    if isinstance(value, dict):
        for key in keys:
            if key not in value:
                yield key, "is missing"


def check_properties(value, properties, _schema):
    if isinstance(value, dict):
        for key, schema in properties.items():
            if key in value:
                yield from below(key, problems(value[key], schema))


def check_additional(value, schema, parent):
    if not isinstance(value, dict):
        return
    for key in value.keys() - parent.get("properties", {}).keys():
        if schema is False:
            yield key, "is not in the schema"
        else:
            yield from below(key, problems(value[key], schema))


def check_items(value, schema, _parent):
    for i, item in enumerate(value if isinstance(value, list) else ()):
        yield from below(str(i), problems(item, schema))


CHECKS = {
    "type": check_type, "const": check_const, "enum": check_enum, "minimum": check_minimum, "maximum": check_maximum,
    "pattern": check_pattern, "required": check_required, "properties": check_properties,
    "additionalProperties": check_additional, "items": check_items,
}


def below(key, found):
    for path, what in found:
        yield f"{key}.{path}" if path else key, what


def problems(value, schema):
    """(dotted field, what is wrong) for each violation."""
    for keyword, argument in schema.items():
        if keyword in CHECKS:
            yield from CHECKS[keyword](value, argument, schema)
        elif keyword not in ANNOTATIONS:
            raise SchemaError(f"schema keyword {keyword} is not known to the checker")


def load_schema(path=PATH):
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON number")


def whole(text):
    """C writes 64 bits, and reads no more; nor does anything that computes with floats."""
    if len(text) > 20 or not -1 << 63 <= int(text) < 1 << 63:
        raise ValueError(f"{text[:20]}... is too large a number")
    return int(text)


def real(text):
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def values(line):
    """What a line of JSON holds; ValueError."""
    record = json.loads(line, parse_constant=refuse_constant, parse_int=whole, parse_float=real)
    if "\\u" in line:  # half a character, which no file can hold
        json.dumps(record, ensure_ascii=False).encode()
    return record


def parse(line, where, schema):
    """The record of one line; SchemaError if it is none."""
    try:
        record = values(line)
    except json.JSONDecodeError as why:
        raise SchemaError(f"{where}: no JSON at character {why.colno}") from None
    except UnicodeEncodeError:
        raise SchemaError(f"{where}: a \\u escape that is half a character") from None
    except RecursionError:
        raise SchemaError(f"{where}: nested too deep") from None
    except ValueError as why:
        raise SchemaError(f"{where}: {why}") from None
    version = record.get("schema") if isinstance(record, dict) else None
    if version != VERSION:
        raise SchemaError(f"{where}: schema {short(str(version))}, this program reads {VERSION}")
    found = next(problems(record, schema), None)
    if found:
        raise SchemaError(f"{where}: {found[0][:80]}: {found[1]}")
    return record


def read(path, warn=None):
    """All records of a trials.jsonl in the file's order. A last line without an end is dropped with a warning."""
    warn = warn or (lambda text: print(text, file=sys.stderr))
    schema = load_schema()
    records = {}
    try:
        with open(path, encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith("\n"):
                    warn(f"{path}:{number}: dropped a last line without an end")
                    break
                record = parse(line, f"{path}:{number}", schema)
                if record["id"] in records:
                    raise SchemaError(f"{path}:{number}: trial {record['id']} stands twice")
                records[record["id"]] = record
    except OSError as why:
        raise SchemaError(f"{path}: {why.strerror}") from None
    except UnicodeDecodeError as why:
        raise SchemaError(f"{path}: {why}") from None
    return list(records.values())
