#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the DUT's instructions went, per frame, by stage and by owner: what `rxlab profile` does."""

import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import profile_svg  # noqa: E402
from conditions import Conditions  # noqa: E402
import cli  # noqa: E402
import profiles as stored  # noqa: E402
import schema  # noqa: E402

SIZES = (64, 1518)
COPY = 0.1  # bytes a byte of frame: an owner that moves less of each does not copy frames
HELP = """\
usage: rxlab profile --capture NAME [options]

Runs a trial and says which stage of the receive path, and which function, executed how many instructions for each
frame, and how many bytes it loaded and stored. All is counted from outside: the guest runs as it does without.

  --capture NAME      what captures
  --frame BYTES       64 unless told
  --compare NAME      a second capture, beside the first
  --copies            copies a frame: bytes moved for each byte of the frame, the slope between 64 and 1518 bytes
  --top N             owners in the table (25)
  --svg FILE          a chart: stages, and on them their owners; with --compare, both on one scale
  --json              everything, as one line of JSON
  ...                 any other option of `rxlab trial`; --rate is max unless told

Frames are those that the NIC wrote to memory. Exit status: 0 ok, 1 failed, 2 usage.
"""


class Failed(Exception):
    """Has the exit status, and a message unless somebody said it already."""

    def __init__(self, status, message=""):
        super().__init__(message)
        self.status = status


def options(words):
    parser = argparse.ArgumentParser(prog="rxlab profile", add_help=False, allow_abbrev=False)
    parser.add_argument("--help", "-h", action="store_true")
    parser.add_argument("--capture")
    parser.add_argument("--compare")
    parser.add_argument("--frame")
    parser.add_argument("--rate")
    parser.add_argument("--copies", action="store_true")
    parser.add_argument("--top", type=int, default=25)
    parser.add_argument("--svg")
    parser.add_argument("--json", action="store_true")
    asked, rest = parser.parse_known_args(words)
    if not asked.help and not asked.capture:
        parser.error("option --capture is missing")
    if asked.copies and (asked.frame or asked.svg):
        parser.error("--copies has its own frame sizes and no chart")
    asked.rate = asked.rate or "max"
    return asked, rest


def run(capture, frame, rate, rest):
    """The profile of one trial."""
    with tempfile.TemporaryDirectory(prefix="rxlab-profile-") as side:
        done = subprocess.run([cli.RXLAB, "trial", "--capture", capture, "--frame", str(frame), "--rate", rate, *rest,
                               "--instruments=memory", "--side", side], stdout=subprocess.PIPE, text=True, check=False)
        if not done.stdout:
            raise Failed(done.returncode or 1)
        record = schema.parse(done.stdout, f"the trial of {capture}", schema.load_schema())
        if record["status"] != "ok":
            raise Failed(1, f"the trial of {capture} is {record['status']}: {record['reason']}")
        return profile_of(record, stored.read_side(os.path.join(side, record["id"])))


def profile_of(record, owners):
    frames = record["nic"]["accepted"]
    if not frames:
        raise Failed(1, f"no frame reached the DUT of {record['spec']['capture']}")
    stages = {stage: {"instructions": count, "loaded": 0, "stored": 0}
              for stage, count in record["cpu"]["instructions"].items()}
    for row in owners:
        for key in ("loaded", "stored"):
            stages[row["stage"]][key] += row[key]
    return {"capture": record["spec"]["capture"], "frame_bytes": record["spec"]["frame_bytes"], "frames": frames,
            "instructions_per_frame": round(record["cpu"]["busy_ns"] / frames, 3), "stages": stages,
            "owners": owners, "record": record}


def two(value):
    """Two decimals, and no "-0.00"."""
    return f"{round(value, 2) + 0.0:.2f}"


def total(profile, key):
    return sum(stage[key] for stage in profile["stages"].values())


def title(profile):
    rate = profile["record"]["spec"]["rate_pps"]
    return (f"{profile['capture']}, {profile['frame_bytes']}-byte frames, {'unpaced' if rate is None else f'{rate} pps'}: "
            f"{profile['instructions_per_frame']:.1f} instructions a frame, {profile['frames']} frames")


def row_text(name, row, profile):
    per = [row[key] / profile["frames"] for key in ("instructions", "loaded", "stored")]
    share = 100 * row["instructions"] / max(1, total(profile, "instructions"))
    return f"{per[0]:10.1f} {share:6.2f}% {per[1]:8.1f} {per[2]:8.1f}  {name}"


def table(profile, top):
    yield title(profile)
    yield f"{'insns':>10} {'share':>7} {'loaded':>8} {'stored':>8}  stage (bytes and instructions a frame)"
    for name, row in profile["stages"].items():
        yield row_text(name, row, profile)
    yield f"{'':>36}  owner"
    for row in profile["owners"][:top]:
        yield row_text(f"{row['owner']:<44} {row['stage']}", row, profile)


def slope(small, large, count):
    """Of count(profile) for each frame, in bytes a byte of frame."""
    per = [count(profile) / profile["frames"] for profile in (small, large)]
    return (per[1] - per[0]) / (large["frame_bytes"] - small["frame_bytes"])


def copiers(small, large):
    """Owners that load and store more when the frame is larger, the largest first. Clearing loads nothing, checking
    stores nothing."""
    found = []
    for name in sorted({row["owner"] for profile in (small, large) for row in profile["owners"]}):
        moved = {key: slope(small, large, lambda p, k=key: p["by_owner"].get(name, {}).get(k, 0))
                 for key in ("loaded", "stored")}
        if min(moved.values()) >= COPY:
            found.append({"owner": name, **{key: round(value, 4) for key, value in moved.items()}})
    return sorted(found, key=lambda row: (-row["stored"], row["owner"]))


def lost_behind_the_nic(profile):
    """None where the kernel consumed the frames and does not say how many."""
    delivered = profile["record"]["ledger"]["delivered"]
    return None if delivered is None else profile["frames"] - delivered


def copies_of(small, large):
    for profile in (small, large):
        profile["by_owner"] = {row["owner"]: row for row in profile["owners"]}
    found = {"capture": small["capture"], "owners": copiers(small, large)}
    found["copies_per_frame"] = round(sum(min(row["loaded"], row["stored"]) for row in found["owners"]), 4)
    for key in ("loaded", "stored"):
        found[key] = {"copy": round(slope(small, large, lambda p, k=key: p["stages"]["copy"][k]), 4),
                      "all": round(slope(small, large, lambda p, k=key: total(p, k)), 4)}
    found["instructions_per_byte"] = round(slope(small, large, lambda p: total(p, "instructions")), 4)
    found["lost_behind_the_nic"] = [lost_behind_the_nic(p) for p in (small, large)]
    for profile in (small, large):
        del profile["by_owner"]
    return found


def copies_text(found):
    yield f"{found['capture']}: {two(found['copies_per_frame'])} copies a frame ({SIZES[0]} to {SIZES[1]} bytes)"
    for row in found["owners"]:
        yield f"  {two(row['stored'])} bytes stored and {two(row['loaded'])} loaded for each byte by {row['owner']}"
    stored, loaded = found["stored"], found["loaded"]
    yield (f"  in all {two(stored['all'])} stored and {two(loaded['all'])} loaded, by the copy stage "
           f"{two(stored['copy'])} and {two(loaded['copy'])}; {two(found['instructions_per_byte'])} instructions a byte")
    if None in found["lost_behind_the_nic"]:
        yield "  how many frames were lost behind the NIC, copied or not, is unknown"
    elif any(found["lost_behind_the_nic"]):
        small, large = found["lost_behind_the_nic"]
        yield f"  {small} and {large} frames were lost behind the NIC, copied or not: a lower rate tells more"


def source(profiles):
    """Where the chart's numbers are from."""
    records = [p["record"] for p in profiles]
    beds = sorted({"{name}, {clock} clock, identity {identity}".format(**r["testbed"]) for r in records})
    ground = Conditions(records)
    unlike = [f"{r['spec']['capture']}: {words}" for r in records if (words := ground.words(r))]
    return (f"testbed {'; '.join(beds)} · one trial a band of {' and '.join(sorted({str(r['spec']['count']) for r in records}))} "
            f"frames · ground: {ground.line()}" + (f" · {'; '.join(unlike)}" if unlike else ""))


def write_svg(path, profiles):
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as out:
            out.write(profile_svg.chart([(title(p), p) for p in profiles], source(profiles)))
    except OSError as why:
        raise Failed(1, f"{path}: {why.strerror}") from None


def work(asked, rest):
    captures = [asked.capture] + ([asked.compare] if asked.compare else [])
    if asked.copies:
        pairs = [[run(c, size, asked.rate, rest) for size in SIZES] for c in captures]
        found = [copies_of(*pair) for pair in pairs]
        if asked.json:
            print(json.dumps({"copies": found, "profiles": [p for pair in pairs for p in pair]}, separators=(",", ":")))
        else:
            print("\n".join(line for one in found for line in copies_text(one)))
        return
    profiles = [run(c, asked.frame or 64, asked.rate, rest) for c in captures]
    if asked.svg:
        write_svg(asked.svg, profiles)
    if asked.json:
        print(json.dumps({"profiles": profiles}, separators=(",", ":")))
    else:
        print("\n\n".join("\n".join(table(p, asked.top)) for p in profiles))


def main(argv):
    asked, rest = options(argv[1:])
    if asked.help:
        print(HELP, end="")
        return 0
    try:
        work(asked, rest)
    except (Failed, schema.SchemaError) as why:
        if str(why):
            print(f"rxlab profile: {why}", file=sys.stderr)
        return why.status if isinstance(why, Failed) else 1
    return 0


if __name__ == "__main__":
    cli.run(main)
