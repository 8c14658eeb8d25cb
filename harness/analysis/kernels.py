#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One capture on several kernels, a line a kernel, and the functions that make each step: what `rxlab kernels` does."""

import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "plots")]
import by_function  # noqa: E402
import cli  # noqa: E402
import profiles  # noqa: E402
import records as rec  # noqa: E402
import schema  # noqa: E402

PROGRAM = "rxlab kernels"
GOAL = "loss=0,exceed=0,width=0.5%"
HELP = """\
usage: rxlab kernels --capture NAME [options]

Runs one trial with a profile, and a search for the highest rate without loss, on each kernel. A line a kernel:
instructions a frame by stage, that rate, what was received at the sender's maximum, the change to the kernel before, and
the functions that make it. Kernels are compared: everything else is the same.

  --capture NAME      what captures
  --frame BYTES       64 unless told
  --kernels A,B,...   series or versions (rxlab lab kernels); the newest of each series unless told
  --count N           frames of a trial (20000)
  --no-search         without the rate
  --out DIR           results folder (results/kernels-CAPTURE-FRAME); what is in it is not measured again
  --plot              also the figure, into DIR/plots
  --json, --markdown  other forms of the table
  --top N             functions a line (5)
  ...                 --set KEY=VALUE and other options of `rxlab trial`

Exit status: 0 ok, 1 a kernel could not be measured (the table says why) or none could, 2 usage.
"""


class Failed(Exception):
    """Has the exit status, and a message unless somebody said it already."""

    def __init__(self, status, message=""):
        super().__init__(message)
        self.status = status


def options(words):
    parser = argparse.ArgumentParser(prog=PROGRAM, add_help=False, allow_abbrev=False)
    parser.add_argument("--help", "-h", action="store_true")
    for name in ("--capture", "--kernels", "--out"):
        parser.add_argument(name)
    parser.add_argument("--frame", default="64")
    parser.add_argument("--count", default="20000")
    parser.add_argument("--top", type=int, default=5)
    for name in ("--no-search", "--plot", "--json", "--markdown"):
        parser.add_argument(name, action="store_true")
    asked, rest = parser.parse_known_args(words)
    if asked.help:
        return asked, rest
    if not asked.capture:
        parser.error("option --capture is missing")
    if asked.json and asked.markdown:
        parser.error("--json and --markdown are two forms of one answer")
    if any(word.split("=")[0] in ("--rate", "--kernel", "--instruments", "--side") for word in rest):
        parser.error("--rate, --kernel, --instruments and --side are its own: the rate is max, the kernels are --kernels")
    asked.out = asked.out or f"results/kernels-{asked.capture}-{asked.frame}"
    return asked, rest


def rxlab(*words):
    return subprocess.run([cli.RXLAB, *words], capture_output=True, text=True, check=False)


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("see: ")]
    return lines[-1] if lines else "it said nothing"


class Folder:
    """The records of a folder as they stand in it, by the trial without its kernel, and the kernel."""

    def __init__(self, path):
        self.path = path
        self.records = os.path.join(path, "trials.jsonl")
        os.makedirs(os.path.join(path, "side"), exist_ok=True)
        self.lines = {}
        for record in schema.read(self.records) if os.path.exists(self.records) else []:
            self.lines[record["id"]] = record

    def add(self, line, record):
        """A line as rxlab printed it."""
        if record["id"] not in self.lines:
            with open(self.records, "a", encoding="utf-8") as out:
                out.write(line)
                out.flush()
                os.fsync(out.fileno())
        self.lines[record["id"]] = record


def measured(folder, asked, kernel, rest):
    """The profile of the trial on this kernel; Failed with the reason where it cannot be had."""
    known = folder_has(folder, kernel)
    if known:
        return known
    done = rxlab("trial", "--capture", asked.capture, "--frame", asked.frame, "--rate", "max", "--count", asked.count,
                 "--kernel", kernel, *rest, "--instruments", "--side", os.path.join(folder.path, "side"))
    if not done.stdout:
        raise Failed(done.returncode or 1, last_line(done.stderr))
    record = schema.parse(done.stdout, f"the trial on {kernel}", schema.load_schema())
    if record["status"] != "ok":
        raise Failed(1, record["reason"])
    folder.add(done.stdout, record)
    return profile_of(folder, record)


def profile_of(folder, record):
    side = profiles.side_of(folder.path, record)
    if not side or not record["nic"]["accepted"]:
        raise Failed(1, f"trial {record['id']} has no profile: no frame reached the DUT")
    return profiles.Profile(record, profiles.read_side(side))


def folder_has(folder, kernel):
    """The profile of an earlier run of the same command; its folder has one trial a kernel."""
    for record in folder.lines.values():
        if record["status"] == "ok" and profiles.is_kernel(profiles.kernel_of(record) or profiles.OWN, kernel):
            return profile_of(folder, record)
    return None


def loss_free(folder, asked, kernel, rest):
    """pps, or None, and why."""
    out = os.path.join(folder.path, "searches", kernel)
    done = rxlab("search", "--capture", asked.capture, "--frame", asked.frame, "--count", asked.count, "--goal", GOAL,
                 "--no-model", "--kernel", kernel, *rest, "--out", out, "--resume", "--json")
    if not done.stdout:
        return None, last_line(done.stderr)
    goal = json.loads(done.stdout)["goals"][0]
    return goal["lower_pps"], goal["reason"]


def row(folder, asked, kernel, rest):
    profile = measured(folder, asked, kernel, rest)
    free, why = (None, None) if asked.no_search else loss_free(folder, asked, kernel, rest)
    record = profile.record
    return {"kernel": profiles.kernel_of(record) or profiles.OWN, "identity": record["testbed"]["identity"], "id": record["id"], "profile": profile,
            "instructions_per_frame": profile.total(), "stages": profile.stages(),
            "unknown": [{"owner": owner, "instructions": round(count, 3)} for owner, count in profile.unknown()], "loss_free_pps": free,
            "loss_free_reason": why, "received": rec.get(record, "ledger", "delivered"),
            "received_pps": rec.received_pps(record), "failed": None}


def rows(folder, asked, kernels, rest):
    """A row a kernel, in order; one that cannot be measured, or is too old for it, has its reason in "failed"."""
    found = []
    for kernel in kernels:
        print(f"{PROGRAM}: {kernel}", file=sys.stderr)
        try:
            found.append(row(folder, asked, kernel, rest))
        except Failed as why:
            found.append({"kernel": kernel, "failed": str(why), "status": why.status})
    return found


def steps(found, top):
    """Adds to each row its comparison with the measured one before it."""
    before = None
    for one in found:
        if one["failed"]:
            continue
        if before:
            step = by_function.compare(before["profile"], one["profile"])
            one["step"] = {"from": before["kernel"], "change": step["change"], "share": step["change"] / step["before"],
                           "within_layout": step["within_layout"], "functions": by_function.makers(step, top)}
        before = one
    return found


def number(value, decimals=0):
    return "-" if value is None else f"{value:,.{decimals}f}"


def change(one):
    """The step in words."""
    step = one.get("step")
    if not step:
        return "-"
    words = f"{step['change']:+.1f} ({100 * step['share']:+.1f} %)"
    return words + (", within layout" if step["within_layout"] else "")


def stage_names(found):
    return list(dict.fromkeys(stage for one in found if not one["failed"] for stage in one["stages"]))


def cells(one, stages):
    return [number(one["instructions_per_frame"], 1), *(number(one["stages"].get(s), 1) for s in stages),
            number(one["loss_free_pps"]), number(one["received"])]


def heads(stages):
    return ["insns/frame", *stages, "loss-free pps", "received at max"]


def table(found):
    stages = stage_names(found)
    names = heads(stages)
    widths = [max(len(name), 9) for name in names]
    first = max([6, *(len(one["kernel"]) for one in found)])
    yield " ".join([f"{'kernel':{first}}", *(f"{name:>{w}}" for name, w in zip(names, widths)), " change to the one before"])
    for one in found:
        if one["failed"]:
            yield f"{one['kernel']:{first}} not measured: {one['failed']}"
            continue
        values = " ".join(f"{cell:>{w}}" for cell, w in zip(cells(one, stages), widths))
        yield f"{one['kernel']:{first}} {values}  {change(one)}"
    for one in found:
        for line in (one.get("step") or {}).get("functions", []):
            yield f"  {one['step']['from']} -> {one['kernel']}: {line}"
        yield from unknown(one)


def unknown(one, most=8):
    """A line where more than 1 % of the instructions have no stage."""
    owners = one.get("unknown") or []
    if owners:
        words = ", ".join(f"{row['owner']} {row['instructions']:.1f}" for row in owners[:most])
        rest = f", and {len(owners) - most} more" if len(owners) > most else ""
        yield f"  {one['kernel']}: unknown, in no stage: {words}{rest}"


def markdown(found):
    stages = stage_names(found)
    names = ["kernel", *heads(stages), "change", "functions"]
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    for one in found:
        if one["failed"]:
            yield f"| {one['kernel']} | not measured: {one['failed']} |" + " |" * (len(names) - 2)
        else:
            makers = "; ".join([*(one.get("step") or {}).get("functions", []), *(line.strip() for line in unknown(one))])
            yield "| " + " | ".join([one["kernel"], *cells(one, stages), change(one), makers]) + " |"


def as_json(asked, found):
    kept = [{key: value for key, value in one.items() if key not in ("profile", "status")} for one in found]
    return json.dumps({"capture": asked.capture, "frame_bytes": int(asked.frame), "kernels": kept}, separators=(",", ":"))


def all_kernels():
    """The newest of each series that the mirror has, the oldest first; rt flavours only where they are asked for."""
    done = rxlab("lab", "kernels", "--json")
    if done.returncode:
        raise Failed(done.returncode, last_line(done.stderr))
    return newest([kernel for kernel in json.loads(done.stdout)["kernels"] if kernel["whole"] and not kernel["rt"]])


def newest(kernels):
    """Names of the last kernel of each series, in the list's order."""
    return list({kernel["series"]: kernel["name"] for kernel in kernels}.values())


def plot(path):
    import draw  # pylint: disable=import-outside-toplevel
    status = draw.main([PROGRAM, path])
    if status == 1:
        raise Failed(1)


def work(asked, rest):
    kernels = asked.kernels.split(",") if asked.kernels else all_kernels()
    if not kernels or "" in kernels or len(set(kernels)) != len(kernels):
        raise Failed(2, f"--kernels {asked.kernels}: names of kernels, each once, with commas between them")
    folder = Folder(asked.out)
    found = steps(rows(folder, asked, kernels, rest), asked.top)
    if all(one["failed"] for one in found):
        status = 2 if all(one["status"] == 2 for one in found) else 1
        raise Failed(status, f"no kernel could be measured; {found[0]['kernel']}: {found[0]['failed']}")
    print(as_json(asked, found) if asked.json else "\n".join((markdown if asked.markdown else table)(found)))
    if asked.plot:
        plot(asked.out)
    return 1 if any(one["failed"] for one in found) else 0


def main(argv):
    asked, rest = options(argv[1:])
    if asked.help:
        print(HELP, end="")
        return 0
    try:
        return work(asked, rest)
    except (Failed, schema.SchemaError, OSError) as why:
        if str(why):
            print(f"{PROGRAM}: {cli.reason(why)}", file=sys.stderr)
        return why.status if isinstance(why, Failed) else 1


if __name__ == "__main__":
    cli.run(main)
