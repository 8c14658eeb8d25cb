#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two records, or the trials of two folders, function by function: what `rxlab compare A B --by function` does."""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import by_function  # noqa: E402
import cli  # noqa: E402
import profiles  # noqa: E402
import schema  # noqa: E402

PROGRAM = "rxlab compare"
FIELDS = ("capture", "generator", "frame_bytes", "rate_pps", "count", "seed", "senders", "reader_cpu")


def options(words):
    parser = argparse.ArgumentParser(prog=PROGRAM, add_help=False, allow_abbrev=False)
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--by")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--top", type=int, default=25)
    asked = parser.parse_args(words)
    if asked.by != "function":
        parser.error("--by: by what? only 'function' is known" if asked.by is None else
                     f"--by {asked.by}: only 'function' is known")
    if len(asked.sources) != 2:
        parser.error("takes two records or results folders")
    if asked.json and asked.markdown:
        parser.error("--json and --markdown are two forms of one answer")
    return asked


def matched(a, b):
    """Pairs of profiles whose trials differ in their kernel alone; the only ones of two sources whatever they differ in."""
    if len(a) == len(b) == 1:
        return [(a[0], b[0])]
    sides = []
    for source in (a, b):
        keys = {}
        for p in source:
            key = profiles.trial_key(p.record)
            if key in keys:
                raise profiles.NoProfile(f"trials {keys[key].record['id']} and {p.record['id']} differ in their kernel "
                                         "alone: say which one, as FOLDER:KERNEL or FOLDER:ID")
            keys[key] = p
        sides.append(keys)
    found = [(p, sides[1][key]) for key, p in sides[0].items() if key in sides[1]]
    if not found:
        raise profiles.NoProfile("no trial of the first is one of the second, their kernel aside")
    return found


def rate(record):
    pps = record["spec"]["rate_pps"]
    return "unpaced" if pps is None else f"{pps} pps"


def title(profile):
    """The trial in words, with what it ran on."""
    spec = profile.record["spec"]
    words = [f"{key}={value}" for key, value in sorted(spec["set"].items()) if key != profiles.KERNEL]
    kernel = profiles.kernel_of(profile.record) or profiles.OWN
    return (f"{' '.join([spec['capture'], *words])}, {spec['frame_bytes']}-byte frames, {rate(profile.record)}, kernel "
            f"{kernel} (identity {profile.record['testbed']['identity']})")


def unlike(a, b):
    """In what the two trials differ beside their kernel, in words."""
    specs = a.record["spec"], b.record["spec"]
    words = [f"{key} {specs[0][key]} and {specs[1][key]}" for key in FIELDS if specs[0].get(key) != specs[1].get(key)]
    sets = [{k: v for k, v in s["set"].items() if k != profiles.KERNEL} for s in specs]
    words += [f"{key} {sets[0].get(key, 'unset')} and {sets[1].get(key, 'unset')}" for key in sorted({**sets[0], **sets[1]})
              if sets[0].get(key) != sets[1].get(key)]
    return words


def percent(before, after):
    return f"{100 * (after - before) / before:+.1f} %" if before else "-"


def per(value):
    return "-" if value is None else f"{value:.2f}"


def what(row):
    """A function's change in words."""
    words = row["kind"] if not row["layout"] else f"{row['kind']}: layout"
    return f"{words}, {row['note']}" if row["note"] else words


def shown(found, top):
    """Rows worth a line, and what the rest comes to."""
    rows = [row for row in found["functions"] if row["kind"]]
    return rows[:top], rows[top:]


def verdict(found):
    change = f"{found['change']:+.1f} instructions a frame ({percent(found['before'], found['after'])})"
    if not found["changed"] and found["within_layout"]:
        return f"{change}: no more than another image's layout alone can make, and no function's own code changed"
    if not found["changed"]:
        return f"{change}: no change"
    if found["within_layout"]:
        return f"{change}: of which some is of the functions' own code; what is marked, another image's layout can make"
    return change


def text(found, top):
    """Lines for people."""
    yield f"A  {found['a']}"
    yield f"B  {found['b']}"
    yield from [f"they differ in {words}" for words in found["unlike"]]
    yield verdict(found)
    yield f"{'before':>10} {'after':>10} {'change':>9}  stage (instructions a frame)"
    for stage, row in found["stages"].items():
        yield f"{row['before']:10.1f} {row['after']:10.1f} {row['after'] - row['before']:+9.1f}  {stage}"
    rows, rest = shown(found, top)
    yield f"{'':10} {'':10} {'':9}  function"
    for row in rows:
        calls = ("" if row["calls_before"] is None and row["calls_after"] is None else
                 f"; calls a frame {per(row['calls_before'])} -> {per(row['calls_after'])}")
        yield (f"{row['before']:10.1f} {row['after']:10.1f} {row['change']:+9.1f}  {row['function']} ({row['stage']}): "
               f"{what(row)}{calls}")
    if rest:
        yield f"{'':21} {sum(row['change'] for row in rest):+9.1f}  in {len(rest)} functions more (--top)"


def markdown(found, top):
    """The same as tables."""
    yield f"A: {found['a']}\n"
    yield f"B: {found['b']}\n"
    yield from [f"They differ in {words}.\n" for words in found["unlike"]]
    yield verdict(found) + ".\n"
    yield "| stage | before | after | change |\n|---|---|---|---|"
    for stage, row in found["stages"].items():
        yield f"| {stage} | {row['before']:.1f} | {row['after']:.1f} | {row['after'] - row['before']:+.1f} |"
    rows, rest = shown(found, top)
    yield "\n| function | stage | before | after | change | calls before | after | |\n|---|---|---|---|---|---|---|---|"
    for row in rows:
        yield (f"| `{row['function']}` | {row['stage']} | {row['before']:.1f} | {row['after']:.1f} | {row['change']:+.1f} "
               f"| {per(row['calls_before'])} | {per(row['calls_after'])} | {what(row)} |")
    if rest:
        yield f"| {len(rest)} functions more | | | | {sum(row['change'] for row in rest):+.1f} | | | |"


def rounded(value):
    """Floats as a reader wants them: three decimals, and the same text everywhere."""
    if isinstance(value, float):
        return round(value, 3) + 0.0
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def describe(a, b):
    return {"a": title(a), "b": title(b), "id_a": a.record["id"], "id_b": b.record["id"], "unlike": unlike(a, b),
            **by_function.compare(a, b)}


def main(argv):
    asked = options(argv[1:])
    try:
        found = [describe(*pair) for pair in matched(*map(profiles.load, asked.sources))]
    except (profiles.NoProfile, schema.SchemaError, OSError, UnicodeDecodeError) as why:
        print(f"{PROGRAM}: {cli.reason(why)}", file=sys.stderr)
        return 1
    if asked.json:
        print(json.dumps(rounded({"pairs": found}), separators=(",", ":")))
    else:
        form = markdown if asked.markdown else text
        print("\n\n".join("\n".join(form(one, asked.top)) for one in found))
    return 1 if any(one["changed"] for one in found) else 0


if __name__ == "__main__":
    cli.run(main)
