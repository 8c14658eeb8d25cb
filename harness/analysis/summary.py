#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Summary of a results folder: measured and predicted side by side.

usage: summary.py DIR      reads DIR/trials.jsonl, predictions.tsv and prediction-errors.txt (the last two may be
                           missing: run `rxlab model validate DIR`), writes DIR/summary.txt and prints it
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import records as rec  # noqa: E402

LOAD_COLUMNS = [  # heading, width, decimals
    ("offered pps", 11, 0), ("received pps", 12, 0), ("loss %", 8, 2), ("D/D/1/K", 8, 2), ("M/M/1/K", 8, 2),
    ("err pp", 7, 2), ("at NIC", 7, 0), ("at capt.", 8, 0), ("CPU/pkt", 8, 0), ("irq/s", 8, 0), ("unacc.", 6, 0),
]
SWEEP_COLUMNS = [
    ("rx-usecs", 8, 0), ("irq/s", 8, 0), ("predicted", 9, 0), ("err %", 7, 1), ("loss %", 7, 2), ("CPU/pkt", 8, 0),
    ("p50 us", 8, 1), ("p99 us", 8, 1), ("mean us", 8, 1), ("predicted", 9, 1), ("unacc.", 6, 0),
]


def cell(value, width, decimals):
    text = "-" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0: no "-0.0"
    return f"{text:>{width}}"


def mean(values):
    """Of what is known; None when nothing is."""
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def heading(records):
    status = {s: sum(r["status"] == s for r in records) for s in ("ok", "invalid", "failed")}
    lines = []
    for bed in sorted({(r["testbed"].get("name", "?"), r["testbed"]["clock"], r["testbed"]["identity"])
                       for r in records}):
        lines.append("testbed {}, {} clock, identity {}".format(*bed))
    if len(lines) > 1:
        lines.append("WARNING: more than one testbed identity; their numbers are not comparable")
    lines.append("{} trials: {} ok, {} invalid, {} failed".format(len(records), *status.values()))
    return lines


def load_values(r, p):
    return [rec.get(r, "generator", "achieved_pps"), rec.received_pps(r), rec.loss_pct(r), p.get("dd1k_loss_pct"),
            p.get("mm1k_loss_pct"), p.get("err_dd1k_loss_pp"), rec.get(r, "drops", "nic_no_descriptor"),
            rec.get(r, "drops", "capture"), rec.cost(r), rec.irq_per_s(r), rec.get(r, "ledger", "unaccounted")]


def us(ns):
    return None if ns is None else ns / 1e3


def sweep_values(r, p):
    return [rec.rx_usecs(r), rec.irq_per_s(r), p.get("irq_per_s"), p.get("err_irq_pct"), rec.loss_pct(r), rec.cost(r),
            us(rec.get(r, "latency_ns", "p50")), us(rec.get(r, "latency_ns", "p99")),
            us(rec.get(r, "latency_ns", "mean")), us(p.get("latency_ns")), rec.get(r, "ledger", "unaccounted")]


def grouped(records, key):
    groups = {}
    for r in records:
        groups.setdefault(key(r), []).append(r)
    return groups


def table(records, predictions, columns, values, key, name):
    """One row for each key; seeds are averaged, n says how many there were."""
    lines = [f"{'':40} {'n':>3}" + "".join(f" {h:>{w}}" for h, w, _ in columns)]
    last = None
    for k, group in grouped(records, key).items():
        rows = [values(r, predictions.get(r["id"], {})) for r in group]
        label = name(group[0])
        if last not in (None, label):
            lines.append("")
        cells = "".join(" " + cell(mean(v), w, d) for v, (_, w, d) in zip(zip(*rows), columns))
        lines.append(f"{label if label != last else '':40} {len(group):>3}{cells}")
        last = label
    return lines


def load_table(records, predictions, notes):
    def key(r):
        return (r["spec"]["capture"], rec.settings(r), r["spec"]["frame_bytes"], rec.rx_usecs(r),
                r["spec"].get("rate_pps"))

    def name(r):
        return f"{r['spec']['capture']}, {r['spec']['frame_bytes']} B" + notes.mark(r)

    return table(records, predictions, LOAD_COLUMNS, load_values, key, name)


def sweep_table(records, predictions, notes):
    def key(r):
        return (r["spec"]["capture"], rec.settings(r), r["spec"]["frame_bytes"], r["spec"].get("rate_pps"),
                rec.rx_usecs(r))

    def name(r):
        rate = r["spec"].get("rate_pps")
        at = "max" if rate is None else f"{rate:,}"
        return f"{r['spec']['capture']}, {r['spec']['frame_bytes']} B, {at} pps" + notes.mark(r)

    ordered = sorted(records, key=lambda r: rec.sort_key(r)[:3] + (r["spec"].get("rate_pps") or 0,
                                                                   rec.rx_usecs(r) or 0, r["id"]))
    return table(ordered, predictions, SWEEP_COLUMNS, sweep_values, key, name)


class Notes:
    """Settings of a row as [1], explained once below the tables."""

    def __init__(self):
        self.texts = []

    def mark(self, r):
        text = rec.settings(r)
        if not text:
            return ""
        if text not in self.texts:
            self.texts.append(text)
        return f" [{self.texts.index(text) + 1}]"

    def lines(self):
        return [f"[{n}] {text}" for n, text in enumerate(self.texts, 1)]


def section(title, lines):
    return ["", title, "-" * len(title), *lines]


def troubles(records):
    return [f"{r['id']}  {r['status']}: {r['spec']['capture']}, {r['spec']['frame_bytes']} bytes, "
            f"{r['spec'].get('rate_pps') or 'max'} pps: {r.get('reason')}" for r in records if r["status"] != "ok"]


def error_summary(folder, predictions):
    try:
        with open(os.path.join(folder, "prediction-errors.txt"), encoding="utf-8") as text:
            return section("Prediction errors", text.read().splitlines())
    except FileNotFoundError:
        return [] if predictions else section("Prediction errors", ["no predictions: run `rxlab model validate` first"])


def summarize(folder):
    records = rec.load(folder)
    predictions = rec.load_predictions(folder)
    notes = Notes()
    calibration = {i for i, p in predictions.items() if p.get("role") == "calibration"}
    shown = [r for r in records if r["status"] == "ok" and r["id"] not in calibration]
    swept = rec.sweeps(shown)
    unit = "instructions" if all(r["testbed"]["clock"] == "virtual" for r in records) else "ns"
    lines = heading(records)
    if calibration:
        lines.append(f"{len(calibration)} of them calibrate the models: not in the tables, but in predictions.tsv")
    loads = [r for r in shown if r["id"] not in swept]
    if loads:
        lines += section("Load: measured, and predicted loss in %", load_table(loads, predictions, notes))
    if swept:
        lines += section("Coalescing: interrupts and delay against rx-usecs",
                         sweep_table([r for r in shown if r["id"] in swept], predictions, notes))
    lines += ["", f"CPU/pkt: {unit} outside idle for each packet received; at NIC: no receive descriptor;"
              " at capt.: the capture's own buffer; err: D/D/1/K less measured; -: unknown"]
    lines += notes.lines()
    lines += error_summary(folder, predictions)
    if troubles(records):
        lines += section("Trials without a measurement", troubles(records))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def main(argv):
    if len(argv) != 2 or argv[1].startswith("-"):
        print("usage: summary.py DIR", file=sys.stderr)
        return 2
    try:
        text = summarize(argv[1])
        with open(os.path.join(argv[1], "summary.txt"), "w", encoding="utf-8") as out:
            out.write(text)
    except (rec.BadRecord, OSError) as why:
        print(f"summary: {why}", file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
