#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Summary of a results folder, measured and predicted side by side: what `rxlab report` does."""

import os
import sys
import textwrap

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cli  # noqa: E402
import native  # noqa: E402
import ratios  # noqa: E402
import rates as rules  # noqa: E402
import records as rec  # noqa: E402
import sizes  # noqa: E402
from conditions import UNREAD  # noqa: E402
from folder import Folder  # noqa: E402
from rates import mean  # noqa: E402
from table import NAME_WIDTH, grouped, head, mark, means, row  # noqa: E402

LINE_WIDTH = 110
HELP = """\
usage: rxlab report DIR [--markdown]

Prints the tables of a results folder: measured, and predicted beside it where `rxlab model validate DIR` was run. They
go to DIR/summary.txt too, where that folder can be written. Rows that are compared ran under equal conditions; each
condition that differs from the common ground is named.

  --markdown  one row a capture, at the smallest frame: the table of the README; nothing is written

Exit status: 0 ok, 1 no records or bad ones, 2 usage.
"""

OVERVIEW_COLUMNS = [  # heading, second line, width, decimals
    ("CPU/pkt", "at max", 7, 0), ("", "model", 7, 0), ("", "err %", 6, 1),
    ("loss-free", "up to pps", 9, 0), ("knee,", "model", 7, 0),
    ("max", "offered", 7, 0), ("", "received", 8, 0), ("", "loss %", 6, 2), ("", "model", 7, 0), ("", "err %", 6, 1),
]
LOAD_COLUMNS = [
    ("", "offered", 7, 0), ("", "received", 8, 0), ("", "loss %", 6, 2), ("", "model", 6, 2), ("", "err pp", 6, 2),
    ("lost", "at NIC", 6, 0), ("lost", "in cap", 6, 0), ("CPU", "/pkt", 6, 0), ("", "model", 6, 0), ("", "irq/s", 6, 0),
    ("", "model", 6, 0),
]
SWEEP_COLUMNS = [
    ("rx-", "usecs", 5, 0), ("", "irq/s", 6, 0), ("", "model", 6, 0), ("", "err %", 6, 1), ("", "loss %", 6, 2),
    ("", "model", 6, 2), ("CPU", "/pkt", 6, 0), ("", "model", 6, 0), ("delay, us", "mean", 9, 1), ("", "model", 7, 1),
    ("", "p99", 7, 1),
]


def error_pct(predicted, measured):
    return None if predicted is None or not measured else 100 * (predicted - measured) / measured


def us(ns):
    return None if ns is None else ns / 1e3


def wrapped(text):
    return textwrap.wrap(text, LINE_WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def heading(f):
    status = {s: sum(r["status"] == s for r in f.all) for s in ("ok", "invalid", "failed")}
    lines = [f"testbed {bed}" for bed in f.beds()]
    if f.is_mixed():
        lines.append("WARNING: more than one testbed identity; their numbers are not comparable")
    lines.append("{} trials: {} ok, {} invalid, {} failed".format(len(f.all), *status.values()))
    if f.is_interrupted():
        lines.append("WARNING: the campaign is not complete: there is no manifest.json; `rxlab run --resume` goes on")
    return lines + wrapped(f"ground: {f.conditions.line()}; a row that ran on another one says so")


def balance(f):
    """One line on the ledgers of all measured trials."""
    rest = [rec.get(r, "ledger", "unaccounted") for r in f.all if r["status"] == "ok"]
    if not rest:
        return "ledger: no trial was measured"
    off = sum(v != 0 for v in rest if v is not None)
    unknown = sum(v is None for v in rest)
    text = f"ledger: every frame accounted for in {len(rest) - off - unknown} of {len(rest)}"
    return text + (f", {unknown} unknown" if unknown else "") + (f"; WARNING: {off} do not balance" if off else "")


class Notes:
    """Conditions of a row that are not the common ones as [1], explained once below the tables."""

    def __init__(self, f):
        self.f, self.texts = f, []

    def mark(self, r, but=()):
        text = self.f.words(r, but)
        if not text:
            return ""
        if text not in self.texts:
            self.texts.append(text)
        return f" [{self.texts.index(text) + 1}]"

    def lines(self):
        return [line for n, text in enumerate(self.texts, 1) for line in wrapped(f"[{n}] {text}")]


def curves(f):
    """Trials of one capture, conditions and frame: {key: {rate: trials}}."""
    def key(r):
        return r["spec"]["capture"], f.words(r), r["spec"]["frame_bytes"]

    return {k: grouped(sorted(g, key=rec.rate_order), lambda r: r["spec"]["rate_pps"]) for k, g in
            grouped(f.loads, key).items()}


def overview_values(f, rates):
    top = list(rates.values())[-1]
    service = mean(f.prediction(r, "service_ns") for r in top)
    cost, predicted = mean(f.cost(r) for r in top), mean(f.prediction(r, "cost") for r in top)
    received, model = mean(rec.received_pps(r) for r in top), mean(f.prediction(r, "dd1k_pps") for r in top)
    return [cost, predicted, error_pct(predicted, cost), rules.loss_free_pps(rates), 1e9 / service if service else None,
            mean(rec.get(r, "generator", "achieved_pps") for r in top), received, mean(rec.loss_pct(r) for r in top),
            model, error_pct(model, received)]


def overview(f, notes):
    lines = head(OVERVIEW_COLUMNS, "capture, frame bytes")
    last = None
    for (capture, _, frame), rates in curves(f).items():
        one, top = next(iter(rates.values()))[0], list(rates.values())[-1]
        label = capture + notes.mark(one)
        if last not in (None, label):
            lines.append("")
        name = f"{label if label != last else '':{NAME_WIDTH - 5}} {round(frame):>4}"
        lines.append(row(name, OVERVIEW_COLUMNS, overview_values(f, rates), least_column(rates))
                     + mark(any(map(rules.beyond_line, top))))
        last = label
    return lines


def least_column(rates):
    """Where nothing was lost at any rate, the loss-free one is at least that."""
    free, bad = rules.loss_limits(rates)
    return 3 if free is not None and bad is None else None


def load_values(f, r):
    return [rec.get(r, "generator", "achieved_pps"), rec.received_pps(r), rec.loss_pct(r),
            f.prediction(r, "dd1k_loss_pct"), f.prediction(r, "err_dd1k_loss_pp"),
            rec.get(r, "drops", "nic_no_descriptor"), rec.get(r, "drops", "capture"), f.cost(r),
            f.prediction(r, "cost"), rec.irq_per_s(r), f.prediction(r, "irq_per_s")]


def load_rows(f, notes):
    """(label, values, mark) of each rate of each curve; the label only on a curve's first."""
    several = "blocks" if f.wall else "seeds"
    for (capture, _, frame), rates in curves(f).items():
        one = next(iter(rates.values()))[0]
        label = f"{capture} {round(frame)}" + notes.mark(one)
        for trials in rates.values():
            words = [label if trials[0] is one else "", f"{len(trials)} {several}" if len(trials) > 1 else ""]
            room = max(NAME_WIDTH - len(words[0]), len(words[1]) + 1) if words[1] else 0
            yield (words[0] + f"{words[1]:>{room}}", means([load_values(f, r) for r in trials]),
                   mark(any(map(rules.beyond_line, trials))))


def load_table(f, notes):
    """Without the columns of which nothing is known on the wall clock: no model, and nobody who counts there."""
    rows = list(load_rows(f, notes))
    shown = [n for n in range(len(LOAD_COLUMNS)) if not f.wall or any(values[n] is not None for _, values, _ in rows)]
    columns = [LOAD_COLUMNS[n] for n in shown]
    return head(columns, "capture, frame bytes") + [row(label, columns, [values[n] for n in shown]) + beyond
                                                    for label, values, beyond in rows]


def sweep_values(f, r):
    return [rec.rx_usecs(r), rec.irq_per_s(r), f.prediction(r, "irq_per_s"), f.prediction(r, "err_irq_pct"),
            rec.loss_pct(r), f.prediction(r, "dd1k_loss_pct"), f.cost(r), f.prediction(r, "cost"),
            us(rec.get(r, "latency_ns", "mean")), us(f.prediction(r, "latency_ns")),
            us(rec.get(r, "latency_ns", "p99"))]


def sweep_table(f, notes):
    but = ("rx_usecs", "base")

    def key(r):
        return r["spec"]["capture"], rec.sweep_name(r), f.words(r, but), r["spec"]["frame_bytes"], r["spec"]["rate_pps"]

    lines = head(SWEEP_COLUMNS, "capture, frame bytes")
    for trials in grouped(sorted(f.sweeps, key=lambda r: (rec.sort_key(r)[:3], rec.rate_order(r))), key).values():
        steps = grouped(sorted(trials, key=lambda r: rec.rx_usecs(r) or 0), rec.rx_usecs)
        rate = trials[0]["spec"]["rate_pps"]
        at = "max" if rate is None else f"{rate:,}"
        one = f"{rec.sweep_name(trials[0])} {round(trials[0]['spec']['frame_bytes'])}, {at} pps"
        labels = [one + notes.mark(trials[0], but)] + [""] * len(steps)
        for label, group in zip(labels, steps.values()):
            lines.append(row(label, SWEEP_COLUMNS, means([sweep_values(f, r) for r in group]))
                         + mark(any(map(rules.beyond_line, group))))
    return lines


def section(title, lines):
    return ["", title, "-" * len(title), *lines]


def troubles(records):
    return [f"{r['id']}  {r['status']}: {r['spec']['capture']}, {r['spec']['frame_bytes']} bytes, "
            f"{r['spec']['rate_pps'] or 'max'} pps: {r['reason']}" for r in records if r["status"] != "ok"]


def error_summary(folder, predictions):
    try:
        with open(os.path.join(folder, "prediction-errors.txt"), encoding="utf-8") as text:
            return section("Prediction errors", text.read().splitlines())
    except FileNotFoundError:
        return [] if predictions else section("Prediction errors", ["no predictions: run `rxlab model validate` first"])


def footnotes(f, notes):
    """What the signs in the tables mean, where they stand."""
    lines = []
    beyond = [r for r in f.loads + f.sweeps if rules.beyond_line(r)]
    if beyond:
        lines += wrapped("*: beyond the line rate of the NIC, which the lab's does not keep to: " + ", ".join(
            f"{rules.line_rate_pps(of[0]):,.0f} pps of {frame}-byte frames" for frame, of in
            grouped(beyond, lambda r: r["spec"]["frame_bytes"]).items()))
    if any(UNREAD in text for text in notes.texts):
        lines.append(f"{UNREAD}: a driver of its own, of which nothing was read back")
    return lines


def legend(f):
    net = "less what the trial costs without packets" if f.predictions else "all of the trial's"
    return ["", f"CPU/pkt: {f.unit()} outside idle for each packet received, {net}.",
            "knee: rate at which the model's CPU is full. err: model less measured. model of loss: D/D/1/K.",
            "at NIC: no receive descriptor; in cap: lost in the capture's own buffer. -: unknown or not predicted.",
            "≥: nothing was lost at any rate, so the loss-free one is at least that."]


def summarize(folder):
    f = Folder(folder)
    notes = Notes(f)
    lines = heading(f) + [balance(f)]
    if f.calibrating:
        lines.append(f"{len(f.calibrating)} calibrate the models: not in the tables, but in predictions.tsv")
    blocks = native.tables(f.all)
    for title, table in blocks:
        lines += section(title, table)
    if f.loads and not blocks:
        lines += section("Captures at their limit", overview(f, notes))
    if f.sweeps:
        lines += section("Coalescing: what rx-usecs does", sweep_table(f, notes))
    for title, table in [] if blocks else ratios.tables(f):
        lines += section(title, table)
    lines += [] if blocks else error_summary(folder, f.predictions)
    if f.loads:
        lines += section("All loads", load_table(f, notes))
    if sizes.trials(f.all):
        lines += section("Mixes of sizes", list(sizes.table(sizes.trials(f.all), f.words)))
    lines += legend(f) + footnotes(f, notes) + notes.lines()
    if troubles(f.all):
        lines += section("Trials without a measurement", troubles(f.all))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def markdown(folder):
    f = Folder(folder)
    if not f.loads:
        raise rec.BadRecord(f"{folder}: no trial was measured")
    rows = {k: v for k, v in curves(f).items() if k[2] == min(r["spec"]["frame_bytes"] for r in f.loads)}
    lines = [f"| capture | {f.unit()} a frame at max | no loss up to, pps | received at max, pps (loss) "
             "| predicted, pps | error |", "|---|---|---|---|---|---|"]
    for (capture, settings, _), rates in rows.items():
        v = overview_values(f, rates)
        name = f"{capture} ({settings})" if settings else capture
        words = [f"{v[0]:,.0f}" if v[0] is not None else "-", f"{v[3]:,.0f}" if v[3] is not None else "-",
                 f"{v[6]:,.0f} ({v[7]:.1f} %)", f"{v[8]:,.0f}" if v[8] is not None else "-",
                 f"{v[9]:+.1f} %" if v[9] is not None else "-"]
        lines.append("| " + " | ".join([name] + words) + " |")
    return "\n".join(lines) + "\n"


def keep(folder, text):
    """Into the folder where that can be written: somebody else's results print their table all the same."""
    path = os.path.join(folder, "summary.txt")
    try:
        cli.replace(path, lambda out: out.write(text))
    except OSError as why:
        print(f"rxlab report: {path} is not written: {why.strerror}", file=sys.stderr)


def options(words):
    parser = cli.Parser("rxlab report")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(words)
    if not asked.help and not asked.folder:
        parser.error("which results folder?")
    return asked


def main(argv):
    asked = options(argv[1:])
    if asked.help:
        print(HELP, end="")
        return 0
    try:
        text = markdown(asked.folder) if asked.markdown else summarize(asked.folder)
    except (rec.BadRecord, OSError) as why:
        print(f"rxlab report: {cli.reason(why)}", file=sys.stderr)
        return 1
    sys.stdout.write(text)
    sys.stdout.flush()
    if not asked.markdown:
        keep(asked.folder, text)
    return 0


if __name__ == "__main__":
    cli.run(main)
