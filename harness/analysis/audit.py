#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`rxlab audit`: captures' own statistics compared with what happened.

What happened is known without asking the capture: from frames counted at the NIC and by its driver, and from sequence
numbers checked in the reader. So each statement can be scored, and a wrong one has a size.
"""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cli  # noqa: E402
import records as rec  # noqa: E402
from table import grouped  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
HELP = """\
usage: rxlab audit [DIR] [--json | --markdown] [--jobs N] [--campaign FILE] [--out DIR]

Scores each capture's own statistics against the ledger, over trials in four regimes: nothing lost, lost in the NIC,
lost in the capture, lost in both. Without DIR it runs harness/campaigns/audit.yaml first (about a minute).

  DIR              a results folder with trials to score instead
  --json           everything, as one line of JSON
  --markdown       the document docs/audit.md
  --jobs N         trials side by side
  --campaign FILE  other trials
  --out DIR        keep their results

Exit status: 0 ok, whatever the verdicts, 1 a trial failed or there is none, 2 usage.
"""

# In the order of a frame's way. A trial's regime follows from where its ledger lost frames.
REGIMES = {(False, False): "nothing lost", (True, False): "NIC", (False, True): "ring", (True, True): "NIC and ring"}
VERDICTS = ("under", "double", "over", "correct", "unknown", "no trial")
MEANINGS = {
    "received": "frames that it received: those that reached its reader",
    "tp_packets": "the kernel's count behind it: the same",
    "dropped": "frames that it lost: those that the driver handed up and no reader got",
    "if_dropped": "frames that the interface lost: those on the wire that the driver never handed up",
    "loss": "all that it says was lost, against all that was: what a user takes for the loss",
}
# What `own.received` is made from; where that is not the plain counter, the plain one is scored too.
NAMES = {
    "libpcap": {"received": "ps_recv", "dropped": "ps_drop", "if_dropped": "ps_ifdrop"},
    "tpacket3": {"received": "tp_packets - tp_drops", "dropped": "tp_drops"},
    "recv": {"received": "tp_packets - tp_drops", "dropped": "tp_drops"},
    "recvmmsg": {"received": "tp_packets - tp_drops", "dropped": "tp_drops"},
    **dict.fromkeys(("ykvm", "ykvm-tap", "ykvm-user", "ykvm-zc", "pf_zerocopy"), {
        "received": "received - overwritten", "dropped": "sum of the reasons"}),
    "io-uring": {"received": "tp_packets - tp_drops", "dropped": "tp_drops"},
    **dict.fromkeys(("bpf-ringbuf", "bpf-perfbuf"), {"received": "put into the buffer", "dropped": "no room, by the program"}),
    "nflog": {"received": "rule's counter - dropped", "dropped": "the socket's drops"},
    "kcap": {"received": "frames"},
    "null": {"received": "rx_packets"},
}
PACKET_STATISTICS = ("tpacket3", "recv", "recvmmsg", "io-uring")
KERNEL_CONSUMES = ("null", "kcap")


class Failed(Exception):
    """Has the exit status, and a message unless somebody said it already."""

    def __init__(self, status, message=""):
        super().__init__(message)
        self.status = status


def base_of(record):
    return record["knobs"].get("base", record["spec"]["capture"])


def added(*values):
    """The sum, or None if one value is unknown."""
    return None if None in values else sum(values)


def minus(whole, part):
    return None if None in (whole, part) else whole - part


def known(*values):
    """The sum of the known values; None if none is known."""
    values = [v for v in values if v is not None]
    return sum(values) if values else None


def truth_of(record):
    """Frames by where they ended, without using the capture's own counts. None if unknown."""
    nic, capture, ledger = record["nic"], record["capture"], record["ledger"]
    handed_up = minus(nic["driver"], record["drops"]["softnet"] or 0)
    # Without a reader the frames that the NIC wrote to memory are those that could be received.
    own_work = base_of(record) in KERNEL_CONSUMES
    got = nic["accepted"] if own_work else capture["received"] + (capture["foreign"] or 0)
    return {"received": got, "tp_packets": got, "dropped": minus(handed_up, got),
            "if_dropped": minus(nic["wire"], nic["driver"]), "loss": minus(ledger["offered"], ledger["delivered"])}


def said_of(record):
    own = record["capture"]["own"]
    said = {**own, "loss": known(own["dropped"], own["if_dropped"])}
    if base_of(record) in PACKET_STATISTICS:
        said["tp_packets"] = added(own["received"], own["dropped"])
    return said


def verdict(said, truth, dropped):
    """The verdict on one counter in one trial. double: too high by exactly the frames that are also counted as dropped."""
    if said is None or truth is None:
        return "unknown"
    if said == truth:
        return "correct"
    if said < truth:
        return "under"
    return "double" if dropped and said - truth == dropped else "over"


def regime_of(record):
    truth = truth_of(record)
    return REGIMES[bool(truth["if_dropped"]), bool(truth["dropped"])]


def score(record):
    """The statement of one trial on each counter of its capture."""
    truth, said = truth_of(record), said_of(record)
    statements = {}
    for key in (k for k in MEANINGS if k in said):
        both = said["dropped"] if key in ("received", "tp_packets") else None
        statements[key] = {"said": said[key], "truth": truth[key],
                           "off": minus(said[key], truth[key]),
                           "verdict": verdict(said[key], truth[key], both)}
    spec = record["spec"]
    return {"id": record["id"], "capture": spec["capture"], "regime": regime_of(record),
            "frame_bytes": spec["frame_bytes"], "rate_pps": spec["rate_pps"], "reader_cpu": spec["reader_cpu"],
            "set": spec["set"], "offered": record["ledger"]["offered"],
            "unaccounted": record["ledger"]["unaccounted"],
            "statements": statements}


def overall(statements):
    """Of a counter over all trials of a capture: the worst, by the order of VERDICTS. A 0 that was right where there
    was nothing to count proves nothing: that is no trial."""
    found = {s["verdict"] for s in statements}
    worst = next((v for v in VERDICTS if v in found), "no trial")
    return "no trial" if worst == "correct" and not any(s["truth"] for s in statements) else worst


def counters(trials):
    """{counter: {verdict, regimes: {regime: statement}}} of one capture; of a regime the trial that is off most, and of
    several the one with most to count."""
    found = {}
    for key in trials[0]["statements"]:
        regimes = {}
        for regime, of in grouped(trials, lambda t: t["regime"]).items():
            regimes[regime] = max((t["statements"][key] for t in of),
                                  key=lambda s: (abs(s["off"] or 0), s["truth"] or 0))
        found[key] = {"verdict": overall([t["statements"][key] for t in trials]), "regimes": regimes}
    return found


def audit(folder):
    everything = rec.load(folder)
    trials = [score(r) for r in everything if r["status"] == "ok" and r["spec"]["generator"] != "null"]
    if not trials:
        raise Failed(1, f"{folder}: no trial to score")
    return {"testbeds": sorted({"{name}, {clock} clock, identity {identity}".format(**r["testbed"])
                                for r in everything}),
            "not_ok": len(everything) - len(trials), "meanings": MEANINGS,
            "captures": {name: {"counters": counters(of), "regimes": sorted({t["regime"] for t in of})}
                         for name, of in grouped(trials, lambda t: t["capture"]).items()},
            "trials": trials}


def ordered(statements):
    return [(regime, statements[regime]) for regime in REGIMES.values() if regime in statements]


def counter_name(capture, key):
    name = "tp_packets" if key == "tp_packets" else NAMES.get(capture, {}).get(key)
    return f"{key} ({name})" if name and name != key else key


def worst_text(counter):
    """Where a counter is wrong, by how much, and of what; or in which regimes it was right with something to count."""
    if counter["verdict"] == "unknown":
        return "not told"
    off = [f"{s['off']:+,} of {s['truth']:,} ({regime})" for regime, s in ordered(counter["regimes"]) if s["off"]]
    right = [regime for regime, s in ordered(counter["regimes"]) if not s["off"] and s["truth"]]
    return "; ".join(off) or ("right: " + ", ".join(right) if right else "nothing to count")


def lines(found):
    for bed in found["testbeds"]:
        yield f"testbed {bed}"
    yield f"{len(found['trials'])} trials scored, {found['not_ok']} not ok; ledgers off: " + str(
        sum(t["unaccounted"] not in (0, None) for t in found["trials"]))
    yield ""
    yield f"{'capture':12} {'counter':64} {'verdict':9} off by, of the truth (where it was lost)"
    for capture, of in found["captures"].items():
        for key, counter in of["counters"].items():
            yield f"{capture:12} {counter_name(capture, key):64} {counter['verdict']:9} {worst_text(counter)}"
    yield ""
    yield from rules(found)


def rules(found):
    yield "Verdict of a counter in one trial: correct: equal to the truth; under, over: below or above it; double:"
    yield "above it by exactly the frames that the capture counts as dropped too; unknown: the capture does not tell."
    yield "Of several trials the worst stands, in the order under, double, over. no trial: right, but there was nothing"
    yield "to count in any. The truth:"
    for key, text in found["meanings"].items():
        yield f"  {key}: {text}"


MARKDOWN_HEAD = """\
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
# Audit of the captures' own statistics

Made by `rxlab audit --markdown results/audit` from the records there; do not edit. `rxlab audit` measures anew.

The truth comes from the ledger, without a word of the capture: frames counted outside the guest at the NIC, by the
driver, and by the sequence check in the reader. Each trial belongs to a regime by where its ledger lost frames:
nowhere, in the NIC, in the capture's ring or socket, or in both.
"""
MARKDOWN_RULES = """\
## Rules

In one trial a counter is `correct` if it equals the truth, `under` or `over` if it is below or above it, and `double`
if it is above by exactly the frames that the capture counts as dropped as well. `unknown`: the capture does not tell.
Of several trials the worst stands: under, then double, then over. `no trial`: right, but in no trial was there anything
to count.

Regimes that a capture has no trial of have no cell: without a ring of its own a capture cannot lose in one.
"""


def bar(cells):
    return "| " + " | ".join(cells) + " |"


def markdown_summary(found):
    yield bar(["capture", *(f"`{key}`" for key in MEANINGS)])
    yield "|---" * (len(MEANINGS) + 1) + "|"
    for capture, of in found["captures"].items():
        yield bar([capture, *(of["counters"][key]["verdict"] if key in of["counters"] else "" for key in MEANINGS)])


def cell(statement):
    """reported / true, and the verdict unless it is right."""
    said, truth = ("-" if statement[key] is None else f"{statement[key]:,}" for key in ("said", "truth"))
    return f"{said} / {truth}" + ("" if statement["verdict"] == "correct" else f" {statement['verdict']}")


def markdown_numbers(found):
    yield bar(["capture", "counter", *REGIMES.values()])
    yield "|---" * (len(REGIMES) + 2) + "|"
    for capture, of in found["captures"].items():
        for key, counter in of["counters"].items():
            yield bar([capture, counter_name(capture, key).replace("(", "(`").replace(")", "`)"),
                       *(cell(counter["regimes"][r]) if r in counter["regimes"] else "" for r in REGIMES.values())])


def trial_words(trial):
    rate = "unpaced" if trial["rate_pps"] is None else f"{trial['rate_pps']:,} pps"
    settings = [f"{k}={v}" for k, v in sorted(trial["set"].items())]
    cpu = [f"reader_cpu={trial['reader_cpu']}"] if trial["reader_cpu"] != 1 else []
    return f"{trial['frame_bytes']} bytes, {rate}" + "".join(f", `{word}`" for word in cpu + settings)


def markdown_trials(found):
    yield bar(["capture", "regime", "trial", "offered"])
    yield "|---|---|---|---|"
    for trial in found["trials"]:
        yield bar([trial["capture"], trial["regime"], trial_words(trial), f"{trial['offered']:,}"])


def markdown(found):
    yield MARKDOWN_HEAD
    yield "## Verdicts\n"
    yield from markdown_summary(found)
    yield ""
    yield from (f"- `{key}`: {text}." for key, text in MEANINGS.items())
    yield "\n## Numbers\n"
    yield "What the capture says / what is true, in frames; of several trials the one that is off most.\n"
    yield from markdown_numbers(found)
    yield ""
    yield MARKDOWN_RULES
    yield "## Trials\n"
    yield from (f"Testbed {bed}." for bed in found["testbeds"])
    yield ""
    yield from markdown_trials(found)


def options(words):
    parser = cli.Parser("rxlab audit")
    parser.add_argument("folder", nargs="?")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--markdown", action="store_true")
    parser.add_argument("--jobs")
    parser.add_argument("--campaign")
    parser.add_argument("--out")
    asked = parser.parse_args(words)
    if asked.folder and (asked.jobs or asked.campaign or asked.out):
        parser.error("DIR has its trials: no --jobs, --campaign or --out")
    return asked


def run(asked, out):
    """The trials; rxlab's messages on them go to stderr."""
    words = ["run", asked.campaign or os.path.join(TOP, "harness", "campaigns", "audit.yaml"), "--out", out]
    words += ["--jobs", asked.jobs] if asked.jobs else []
    status = subprocess.run([cli.RXLAB, *words], stdout=sys.stderr, check=False).returncode
    if status:
        raise Failed(status)


def found_for(asked):
    if asked.folder:
        return audit(asked.folder)
    with tempfile.TemporaryDirectory(prefix="rxlab-audit-") as holder:
        out = asked.out or os.path.join(holder, "audit")
        run(asked, out)
        return audit(out)


def main(argv):
    asked = options(argv[1:])
    if asked.help:
        print(HELP, end="")
        return 0
    try:
        found = found_for(asked)
    except Failed as why:
        if str(why):
            print(f"rxlab audit: {why}", file=sys.stderr)
        return why.status
    except (rec.BadRecord, OSError) as why:
        print(f"rxlab audit: {cli.reason(why)}", file=sys.stderr)
        return 1
    if asked.json:
        print(json.dumps(found))
    else:
        print("\n".join(markdown(found) if asked.markdown else lines(found)))
    return 0


if __name__ == "__main__":
    cli.run(main)
