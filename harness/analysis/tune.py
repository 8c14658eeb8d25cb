#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rxlab tune` found: the front, the answer to the wish and the commands that make it, what each knob does."""

import argparse
import json
import math
import os
import sys

import cli
import commands
import records as rec

MEASURES = ("loss", "p50", "p99", "cpu", "irq")
HEADS = {"loss": "loss %", "p50": "p50 us", "p99": "p99 us", "cpu": "cpu", "irq": "irq/s"}
EFFECT_LEAST = 0.02  # of a measure; smaller effects are not listed
AA_LEAST = 6  # trials of the default and its twin, before their differences say what differences mean nothing


def load(folder):
    """(tune.json, {id: record}); BadRecord where there is none."""
    path = os.path.join(folder, "tune.json")
    try:
        with open(path, encoding="utf-8") as text:
            found = json.load(text)
    except FileNotFoundError:
        raise rec.BadRecord(f"{folder}: no exploration is complete there: {path}: No such file or directory") from None
    except ValueError as why:
        raise rec.BadRecord(f"{path}: {why}") from None
    return found, {r["id"]: r for r in rec.load(folder)}


def shown(measure, value):
    if value is None:
        return "-"
    return f"{100 * value:.3g}" if measure == "loss" else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def words(setting):
    return " ".join(f"{k}={v}" for k, v in setting.items()) or "default"


def change(measure, now, before):
    """In words, against another value: points of loss, else per cent."""
    if now is None or before is None:
        return "unknown"
    if measure == "loss" or before == 0:
        scale = 100 if measure == "loss" else 1
        return "the same" if now == before else f"{scale * (now - before):+.3g}" + (" points" if measure == "loss" else "")
    return "the same" if now == before else f"{100 * (now / before - 1):+.1f} %"


def measured(rate):
    return [p for p in rate["points"] if p["measured"] and not p["twin"]]


def noise(rate):
    """{measure: factor} by which the trials of the default and of its twin differ: what is nearer cannot be told apart.
    {} where there are too few of them: on the virtual clock, where nothing differs, or before the blocks."""
    default = rate["points"][0]
    twin = next((p for p in rate["points"] if p["twin"]), None)
    trials = default["trials"] + (twin["trials"] if twin else [])
    if not twin or len(trials) < AA_LEAST:
        return {}
    spread = {}
    for m in MEASURES:
        values = [t[m] for t in trials if t[m] is not None]
        if values and min(values) > 0:
            spread[m] = max(values) / min(values)
        elif values:
            spread[m] = math.inf if max(values) > 0 else 1.0
    return spread


def told_apart(a, b, spread):
    """The measures in which two settings differ by more than the default differs from itself."""
    found = []
    for m, factor in spread.items():
        x, y = a["measured"][m], b["measured"][m]
        if x is None or y is None or x == y:
            continue
        if min(x, y) <= 0 or max(x, y) / min(x, y) > factor:
            found.append(m)
    return found


def groups(points, spread):
    """Points of the front of which none can be told apart from the first of its group."""
    found = []
    for p in points:
        home = next((g for g in found if spread and not told_apart(g[0], p, spread)), None)
        if home is None:
            found.append([p])
        else:
            home.append(p)
    return found


def row(p, mark):
    values = p["measured"]
    gap = rec.ratio(1e6, values["irq"]) if values["irq"] else None
    cells = [f"{shown(m, values[m]):>9}" for m in MEASURES] + [f"{shown('gap', gap):>9}"]
    return f"{mark:1} {''.join(cells)}  {words(p['set'])}"


def front_lines(rate, unit):
    points = measured(rate)
    answer = rate["points"][rate["answer"]["point"]] if rate["answer"] else None
    front = sorted((p for p in points if p["front"]), key=lambda p: [p["measured"][m] or 0 for m in ("cpu", "loss", "p99", "irq")])
    spread = noise(rate)
    lines = ["  " + "".join(f"{HEADS[m]:>9}" for m in MEASURES) + f"{'gap us':>9}  setting"]
    default = rate["points"][0]
    if not default["front"]:
        lines.append(row(default, "D"))
    for group in groups(front, spread):
        for i, p in enumerate(group):
            mark = "*" if p is answer else "D" if p is default else "=" if i else ""
            lines.append(row(p, mark))
    lines += [f"* the answer, D the default; cpu: {unit}; gap: mean time between two interrupts, as counted"]
    if spread:
        said = ", ".join(f"{m} {'any factor' if f == math.inf else f'{100 * (f - 1):.1f} %'}" for m, f in spread.items())
        lines.append("= cannot be told apart from the point above: it is one point with it. The default differs from itself (A/A) "
                     f"by up to: {said}")
    return lines


def loads(rate):
    """What a rate is that loses everywhere, or nowhere."""
    losses = [p["measured"]["loss"] for p in measured(rate)]
    if min(losses) > 0:
        return [f"Every setting loses frames at this rate, the best one {100 * min(losses):.3g} %."]
    return ["No setting loses a frame at this rate: loss decides nothing."] if max(losses) == 0 else []


def limit_words(name, limit):
    most = shown(name, limit["most"]) + (" %" if name == "loss" else " us" if name[0] == "p" else "")
    left = limit["left"]
    if left is None:
        return f"{name} <= {most}: unknown"
    amount = shown(name, abs(left)) + (" points" if name == "loss" else "")
    return f"{name} <= {most}: " + (f"kept, {amount} to spare" if limit["met"] else f"missed by {amount}")


def fresh(answer, default, least, limits):
    """How the answer did in the trials that confirm it: other seeds, or blocks."""
    more = answer["trials"][1:]
    if not more:
        return []
    kept = sum(all(t[m] is not None and t[m] <= limit["most"] for m, limit in limits.items()) for t in more)
    lines = [f"  in {len(more)} fresh trials it met the wish {kept} times"]
    pairs = [(t[least], d[least]) for t, d in zip(more, default["trials"][1:]) if t[least] is not None and d[least] is not None]
    if answer is not default and pairs and keeps(default, limits):
        lines[0] += f", with less {least} than the default {sum(a < d for a, d in pairs)} times of {len(pairs)}"
    return lines


def answer_lines(found, rate):
    if not rate["answer"]:
        return ["No setting has a result."]
    default, answer = rate["points"][0], rate["points"][rate["answer"]["point"]]
    lines = []
    if not rate["answer"]["met"]:
        lines.append(f"Nothing measured meets the wish ({found['wish']}). The nearest, and what it lacks:")
    lines.append(f"Take: {words(answer['set'])}")
    lines += [f"  {limit_words(m, limit)}" for m, limit in rate["answer"]["limits"].items()]
    if answer is not default:
        lines.append("  against the default: " + ", ".join(
            f"{m} {shown(m, answer['measured'][m])} ({change(m, answer['measured'][m], default['measured'][m])})"
            for m in MEASURES if answer["measured"][m] is not None))
        spread = noise(rate)
        if spread and not told_apart(answer, default, spread):
            lines.append("  the A/A pair cannot tell it from the default: they are one point")
    rivals = [p for p in measured(rate) if p is not answer and keeps(p, rate["answer"]["limits"])]
    least = found["least"]
    known = sorted(p["measured"][least] for p in rivals if p["measured"][least] is not None)
    if known and rate["answer"]["met"]:
        lines.append(f"  margin: the next that meets the wish has {change(least, known[0], answer['measured'][least])} {least}")
    return lines + fresh(answer, default, least, rate["answer"]["limits"])


def keeps(p, limits):
    return all(p["measured"][m] is not None and p["measured"][m] <= limit["most"] for m, limit in limits.items())


def effect_words(knob, measure):
    """ "cpu 2,012 at 50 to 2,188 at 0", from least to most; None where that is next to nothing."""
    values = knob["effect"][measure]
    pairs = [(v, level) for v, level in zip(values, knob["values"]) if v is not None]
    if not pairs:
        return None
    (least, at_least), (most, at_most) = min(pairs, key=lambda p: p[0]), max(pairs, key=lambda p: p[0])
    big = most - least > 0.001 if measure == "loss" else least >= 0 and most > (1 + EFFECT_LEAST) * least
    unit = " %" if measure == "loss" else ""
    return f"{measure} {shown(measure, least)}{unit} at {at_least}, {shown(measure, most)}{unit} at {at_most}" if big else None


def effect_lines(rate):
    lines, quiet = ["What each knob does by itself (mean over the settings tried; least and most, and where):"], []
    if not rate["clear"]:
        lines[0] = lines[0][:-2] + ";\nthe screen was too short to tell single knobs from pairs in all cases):"
    for knob in rate["knobs"]:
        said = [w for m in MEASURES if (w := effect_words(knob, m))]
        if said:
            lines.append(f"  {knob['name']:22} {'; '.join(said)}")
        elif knob["name"] not in rate["inert"]:
            quiet.append(knob["name"])
    if rate["inert"]:
        lines.append(f"Without any effect, moved from the default: {', '.join(rate['inert'])}: the trials counted the same "
                     "interrupts and the same CPU as the default's.")
    if quiet:
        lines.append(f"No effect of {100 * EFFECT_LEAST:.0f} % or more was seen of: {', '.join(quiet)}.")
    return lines


def pair_lines(rate, most=5):
    pairs = sorted(rate["pairs"], key=lambda p: -abs(p["more"]))[:most]
    lines = ["What two knobs do only together (beyond what each does by itself):"] if pairs else []
    for p in pairs:
        (a, b), (x, y) = p["knobs"], p["values"]
        lines.append(f"  {a}={x} with {b}={y}: {p['measure']} {100 * (math.exp(p['more']) - 1):+.0f} %")
    return lines


def read_back(rate, records):
    """Settings that the machine took and made another value of: told by what was read back."""
    found = {}
    for p in rate["points"]:
        knobs = records.get(p["id"], {}).get("knobs") or {}
        for k, v in p["set"].items():
            if knobs.get(k) is not None and str(knobs[k]) != v:
                found[(k, v)] = str(knobs[k])
    return [f"{k}={v} was accepted and is {now}" for (k, v), now in sorted(found.items())]


def rate_lines(found, rate, records):
    pps = "as fast as the sender can" if rate["rate_pps"] is None else f"{rate['rate_pps']:,} packets/s"
    points, lost = measured(rate), [p for p in rate["points"] if not p["measured"] and not p["twin"]]
    lines = [f"== {pps}: {len(points)} settings in {rate['trials']} trials, {sum(p['front'] for p in points)} on the front",
             *front_lines(rate, found["units"]["cpu"]), "", *loads(rate), *answer_lines(found, rate), ""]
    answer = rate["points"][rate["answer"]["point"]] if rate["answer"] else None
    if answer and answer["set"]:
        lines += commands.lines(answer["set"], before(rate, records)) + [""]
    lines += effect_lines(rate) + pair_lines(rate) + read_back(rate, records)
    if lost:
        lines.append(f"{len(lost)} settings have no result; the last: {words(lost[-1]['set'])}: {lost[-1]['reason']}")
    return lines


def before(rate, records):
    """What the machine had: read back by the default's trial, else the table's."""
    knobs = records.get(rate["points"][0]["id"], {}).get("knobs") or {}
    return {k["name"]: str(knobs.get(k["name"]) if knobs.get(k["name"]) is not None else k["initial"]) for k in rate["knobs"]}


def text(found, records):
    lines = [f"wish: {found['wish']}", f"trial: {found['trial']} ({found['clock']} clock)"]
    lines += [f"left out: {row['what']}: {row['why']}" for row in found["left"]]
    for rate in found["rates"]:
        lines += ["", *rate_lines(found, rate, records)]
    return "\n".join(lines) + "\n"


def as_json(found, records):
    for rate in found["rates"]:
        answer = rate["points"][rate["answer"]["point"]] if rate["answer"] else None
        do, undo = commands.pair(answer["set"], before(rate, records)) if answer else ([], [])
        rate.update(commands=do, undo=undo, read_back=read_back(rate, records))
        rate["one_point"] = [[p["id"] for p in g] for g in groups([p for p in measured(rate) if p["front"]], noise(rate)) if len(g) > 1]
    return json.dumps(found, indent=1) + "\n"


def main(argv):
    parser = argparse.ArgumentParser(prog="rxlab tune", allow_abbrev=False)
    parser.add_argument("folder")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(argv[1:])
    try:
        found, records = load(asked.folder)
    except (rec.BadRecord, OSError) as why:
        print(f"rxlab tune: {cli.reason(why)}", file=sys.stderr)
        return 1
    sys.stdout.write(as_json(found, records) if asked.json else text(found, records))
    return 0


if __name__ == "__main__":
    cli.run(main)
