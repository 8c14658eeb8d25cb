# SPDX-License-Identifier: GPL-2.0-or-later
"""The figure `tune`: every setting that an exploration, or an exhaustive campaign, measured, by each pair of measures, with
the front, the default and the answer. One series a capture, frame and rate."""

import json
import os

import records as rec

MEASURES = ("loss", "p99", "cpu", "irq")
SETTINGS_LEAST = 16  # in a campaign: fewer are a comparison, and no map of what can be had
PLAIN, FRONT = 0, 1


def explored(path):
    """[(title, [(values, on the front, is the default, is the answer)])] of tune.json."""
    with open(os.path.join(path, "tune.json"), encoding="utf-8") as text:
        found = json.load(text)
    series = []
    for rate in found["rates"]:
        answer = rate["answer"]["point"] if rate["answer"] else None
        rows = [([p["measured"][m] for m in MEASURES], p["front"], i == 0, i == answer)
                for i, p in enumerate(rate["points"]) if p["measured"] and not p["twin"]]
        series.append((title(*named(found["trial"]), rate["rate_pps"]), rows))
    return series


def named(trial):
    words = dict(word.split("=", 1) for word in trial.split())
    return words["capture"], words["frame"]


def title(capture, frame, pps):
    return f"{capture}, {frame} bytes, " + ("max" if pps is None else f"{pps:,} packets/s")


def values(record):
    loss, p99 = rec.loss_pct(record), rec.get(record, "latency_ns", "p99")
    return [None if loss is None else loss / 100, None if p99 is None else p99 / 1e3,
            rec.cpu_a_frame(record), rec.irq_per_s(record)]


def covers(a, b):
    return all(x is None or y is None or x <= y for x, y in zip(a, b))


def front(rows):
    return [not any(covers(b, a) and (not covers(a, b) or j < i) for j, b in enumerate(rows) if j != i)
            for i, a in enumerate(rows)]


def swept(f):
    """The same of a campaign: groups of many settings at one capture, frame and rate."""
    groups = {}
    for r in f.measured:
        spec = r["spec"]
        groups.setdefault(title(spec["capture"], spec["frame_bytes"], spec["rate_pps"]), []).append(r)
    series = []
    for name, trials in groups.items():
        if len({tuple(sorted(r["spec"]["set"].items())) for r in trials}) < SETTINGS_LEAST:
            continue
        rows = [values(r) for r in trials]
        series.append((name, [(v, on, not r["spec"]["set"], False) for v, on, r in zip(rows, front(rows), trials)]))
    return series


def of(f):
    return explored(f.path) if os.path.exists(os.path.join(f.path, "tune.json")) else swept(f)


def rows_of(series):
    """loss %, p99 us, cpu, interrupts/s, front, default, answer."""
    return [(None if v[0] is None else 100 * v[0], *v[1:], int(on), int(default), int(answer))
            for v, on, default, answer in series]
