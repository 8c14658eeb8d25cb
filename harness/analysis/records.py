# SPDX-License-Identifier: GPL-2.0-or-later
"""What summary and figures need of records and their predictions. Unknown is None, never 0."""

import csv
import math
import os

import schema

# The order in which captures are listed and drawn; names not here follow, alphabetically.
CAPTURE_ORDER = ["null", "xdp-count", "recv", "recvmmsg", "io-uring", "nflog", "bpf-ringbuf", "bpf-perfbuf", "libpcap",
                 "libpcap-immediate", "tpacket2", "tpacket3", "fanout",
                 "af-xdp", "ykvm-xdp", "ykvm", "napi-tuned", "interrupt-coalesced", "adaptive-coalesced"]
# Columns of the tables of predictions that are text; an id may consist of digits, and is still no number.
TEXT_COLUMNS = {"id", "capture", "variant", "role", "rule", "calibrated_from"}

# From a frame's stamp to the driver's transmit function without waiting, and from there to the next stamp.
STAMP_UNPACED_NS = 700
STAMP_NEXT_NS = 2000

BadRecord = schema.SchemaError  # says file, line and what is wrong


def load(folder):
    """All records of FOLDER/trials.jsonl, sorted: campaigns run in random order, which no table or figure may show."""
    path = os.path.join(folder, "trials.jsonl")
    if not os.path.exists(path):
        raise BadRecord(f"{folder}: no results folder: {path}: No such file or directory")
    records = schema.read(path)
    if not records:
        raise BadRecord(f"{path}: no records")
    if len({r["testbed"]["clock"] for r in records}) > 1:
        raise BadRecord(f"{path}: records of the virtual and of the wall clock; they share no table and no axis")
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
    return (capture_rank(spec["capture"]), asked(record), spec["frame_bytes"],
            rx_usecs(record) if rx_usecs(record) is not None else -1,
            math.inf if rate is None else rate, record["id"])


def asked(record):
    """What was asked for besides capture, frame, rate and rx_usecs, as text: for sorting, not for names."""
    spec = record["spec"]
    words = [spec["generator"]] + [f"{k}={spec[k]}" for k in ("senders", "reader_cpu") if spec[k] != 1]
    return " ".join(words + [f"{k}={v}" for k, v in sorted(spec["set"].items()) if k != "rx_usecs"])


def asked_rate(record):
    rate = record["spec"]["rate_pps"]
    return "max" if rate is None else f"{rate:,}"


def rate_order(record):
    rate = record["spec"]["rate_pps"]
    return math.inf if rate is None else rate


def sweep_name(record):
    """The capture of a trial in a sweep of rx-usecs; for interrupt-coalesced, which sets only that, its base."""
    capture = record["spec"]["capture"]
    return record["knobs"].get("base", capture) if capture == "interrupt-coalesced" else capture


def knob(record, key):
    """As read back from the machine, or else as asked for."""
    for values in (record.get("knobs") or {}, record["spec"].get("set") or {}):
        if values.get(key) is not None:
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
    """Frames that reached the consumer, or that the trial's own filter rejected: neither is lost."""
    delivered = get(record, "ledger", "delivered")
    rejected = (get(record, "drops", "filter") or 0) if "filter" in record["spec"].get("set", {}) else 0
    return None if delivered is None else delivered + rejected


def ratio(a, b, scale=1.0):
    return None if a is None or not b else scale * a / b


def loss_pct(record):
    share = ratio(carried(record), get(record, "generator", "sent"), 100)
    return None if share is None else 100 - share


def received_pps(record):
    return ratio(carried(record), get(record, "generator", "sent"), get(record, "generator", "achieved_pps") or 0)


def busy_ns(record):
    """cpu.busy_ns; for a reader that never sleeps, without the polls that found nothing."""
    polls, busy = record["capture"].get("polls") or {}, get(record, "cpu", "busy_ns")
    idle = (polls.get("empty") or 0) * (polls.get("empty_ns") or 0)
    return None if busy is None else busy - idle


def cost(record, prediction=None):
    """CPU a packet: instructions on the virtual clock, ns on the wall clock.

    Without what the trial costs when no packet comes, as far as the calibration knows it.
    """
    net = (prediction or {}).get("meas_cost")
    return ratio(busy_ns(record), carried(record)) if net is None else net


def reader_ns(record):
    """CPU time of the reader's thread a packet, ns; on the wall clock only."""
    used = (record["cpu"].get("reader") or {}).values()
    return ratio(sum(used), carried(record)) if used and None not in used else None


def cpu_a_frame(record):
    """Instructions on the virtual clock; on the wall clock, where only that is known, ns of the reader's CPU."""
    work = ratio(busy_ns(record), carried(record))
    return reader_ns(record) if work is None else work


def irq_per_s(record):
    return ratio(get(record, "irq", "hard"), get(record, "generator", "duration_ns"), 1e9)


def stamp_lead_ns(record):
    """How long before the wire pktgen stamps a frame: it builds the next one, and then waits for its turn. Measured in
    the guest (docs/latency.md); None where it was not."""
    spec = record["spec"]
    if spec["generator"] != "pktgen" or any(k.startswith("gen.") and k != "gen.flows" for k in spec["set"]):
        return None
    if spec["rate_pps"] is None:
        return STAMP_UNPACED_NS
    return max(round(1e9 * spec["senders"] / spec["rate_pps"]) - STAMP_NEXT_NS, STAMP_UNPACED_NS)
