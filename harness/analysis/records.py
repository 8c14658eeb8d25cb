# SPDX-License-Identifier: GPL-2.0-or-later
"""Records of a results folder, and the predictions beside them. Unknown is None, never 0."""

import csv
import json
import math
import os

SCHEMA = 1
# The order in which captures are listed and drawn; names not here follow, alphabetically.
CAPTURE_ORDER = ["null", "libpcap", "ykvm", "napi-tuned", "interrupt-coalesced"]
# Of the tables of predictions; an id may be all digits, and is still no number.
TEXT_COLUMNS = {"id", "capture", "variant", "role", "rule", "calibrated_from"}


class BadRecord(Exception):
    """Says file, line and what is wrong."""


def parse(line, where):
    try:
        record = json.loads(line)
    except ValueError as why:
        raise BadRecord(f"{where}: {why}") from None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise BadRecord(f"{where}: schema is not {SCHEMA}")
    for part, key in (("spec", "capture"), ("spec", "frame_bytes"), ("testbed", "clock"), ("testbed", "identity")):
        if not isinstance(record.get(part), dict) or record[part].get(key) is None:
            raise BadRecord(f"{where}: {part}.{key} is missing")
    for key in ("id", "status"):
        if not isinstance(record.get(key), str):
            raise BadRecord(f"{where}: {key} is missing")
    return record


def load(folder):
    """All records of FOLDER/trials.jsonl, sorted: campaigns run shuffled, and what is made of them must not show it."""
    path = os.path.join(folder, "trials.jsonl")
    try:
        with open(path, encoding="utf-8") as lines:
            records = [parse(line, f"{path}:{n}") for n, line in enumerate(lines, 1) if line.strip()]
    except OSError as why:
        raise BadRecord(f"{path}: {why.strerror}") from None
    if not records:
        raise BadRecord(f"{path}: no records")
    return sorted(records, key=sort_key)


def load_table(folder, name):
    """Rows of FOLDER/NAME as dicts; numbers as float, nan as None. Empty when there is no such file."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as lines:
            return [{k: v if k in TEXT_COLUMNS else field(v) for k, v in row.items()}
                    for row in csv.DictReader(lines, delimiter="\t")]
    except FileNotFoundError:
        return []


def load_predictions(folder):
    """What `rxlab model validate` says, by record id."""
    return {row["id"]: row for row in load_table(folder, "predictions.tsv")}


def field(text):
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else None


def capture_rank(name):
    known = name in CAPTURE_ORDER
    return (CAPTURE_ORDER.index(name) if known else len(CAPTURE_ORDER), name)


def sort_key(record):
    spec = record["spec"]
    rate = spec.get("rate_pps")
    return (capture_rank(spec["capture"]), settings(record), spec["frame_bytes"],
            rx_usecs(record) if rx_usecs(record) is not None else -1,
            math.inf if rate is None else rate, record["id"])


def settings(record):
    """What besides capture, frame, rate and rx_usecs tells this trial apart: "reader_cpu=2 buffer_bytes=65536"."""
    spec = record["spec"]
    words = [f"{k}={spec[k]}" for k in ("senders", "reader_cpu") if spec.get(k, 1) != 1]
    words += [f"{k}={v}" for k, v in sorted((spec.get("set") or {}).items()) if k != "rx_usecs"]
    return " ".join(words)


def knob(record, key):
    """As read back from the machine, or else as asked for."""
    for values in (record.get("knobs") or {}, record["spec"].get("set") or {}):
        if key in values:
            try:
                return float(values[key])
            except ValueError:
                return None
    return None


def rx_usecs(record):
    return knob(record, "rx_usecs")


def get(record, part, key):
    value = (record.get(part) or {}).get(key)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def carried(record):
    """Frames that reached the consumer; of a capture without one, those that reached the NIC's memory."""
    unique, accepted = get(record, "capture", "unique"), get(record, "nic", "accepted")
    return accepted if unique == 0 and accepted is not None else unique


def ratio(a, b, scale=1.0):
    return None if a is None or not b else scale * a / b


def loss_pct(record):
    share = ratio(carried(record), get(record, "generator", "sent"), 100)
    return None if share is None else 100 - share


def received_pps(record):
    return ratio(carried(record), get(record, "generator", "sent"), get(record, "generator", "achieved_pps") or 0)


def cost(record):
    """CPU a packet: instructions on the virtual clock, ns on the wall clock."""
    return ratio(get(record, "cpu", "busy_ns"), carried(record))


def irq_per_s(record):
    return ratio(get(record, "irq", "hard"), get(record, "generator", "duration_ns"), 1e9)


def sweeps(records, least=3):
    """Ids of trials that differ only in rx_usecs, where at least `least` values of it were measured."""
    groups = {}
    for r in records:
        spec = r["spec"]
        key = (spec["capture"], settings(r), spec["frame_bytes"], spec.get("rate_pps"))
        groups.setdefault(key, []).append(r)
    return {r["id"] for g in groups.values() if len({rx_usecs(r) for r in g}) >= least for r in g}
