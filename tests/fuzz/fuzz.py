#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""fuzz.py run|plants [NAME]: libFuzzer over our parsers (docs/fuzzing.md), for `make fuzz` and `make fuzz-plants`.

run     each target for $SECONDS seconds (60), then which share of its parser's lines the inputs run
plants  each target over a parser with a planted mistake, from the seeds alone: it must be found within $SECONDS

What libFuzzer finds worth keeping grows in build/libfuzzer/corpus; an input that breaks something is in
build/libfuzzer/found. Status 1 if anything was found (run) or not found (plants).
"""

import concurrent.futures
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(TOP, "tests/fuzz")
B = os.path.join(TOP, os.environ.get("B", "build/libfuzzer"))
SECONDS = int(os.environ.get("SECONDS") or 60)
JOBS = int(os.environ.get("JOBS") or 2)
COMMON = ["-timeout=20", "-rss_limit_mb=1500", "-close_fd_mask=1", "-print_final_stats=1", "-verbosity=0"]

# The sources of each target's parser: those whose lines are counted.
PARSERS = {
    "btf": "harness/agent/btf.c",
    "campaign": "harness/campaign/campaign.c harness/campaign/plan_make.c harness/util/yaml.c",
    "capture": "generators/pcapng.c generators/pcapfile.c generators/flows.c",
    "elf": "harness/instruments/elf.c",
    "fates": "harness/testbeds/lab/fates.c harness/instruments/fates.c",
    "frame": "harness/sink/flow_table.c harness/sink/sink.h harness/sink/verify.c harness/sink/pattern.c",
    "journal": "harness/dut/journal.c",
    "kallsyms": "harness/agent/layout.c harness/agent/guest.c",
    "layout": "harness/instruments/codemap.c harness/instruments/addr2line.c harness/record/stages.c",
    "netlink": "harness/util/netlink.c harness/util/ethtool.c harness/util/ethtool_rss.c",
    "options": "harness/testbeds/lab/plugin/options.c",
    "outcome": "harness/record/outcome.c harness/record/record.c harness/util/histogram.c",
    "plan": "harness/runner/asked_trials.c harness/campaign/plan.c",
    "plugin": "harness/testbeds/lab/host_counters.c harness/instruments/profile.c",
    "proc": "harness/meters/percpu.c generators/pktgen/pg.c harness/meters/meter.c",
    "qmp": "harness/testbeds/lab/qmp.c",
    "records": "models/point.c harness/runner/compare.c harness/runner/interference.c harness/runner/folder.c",
    "settings": "harness/campaign/check_settings.c harness/campaign/check_trial.c harness/sink/work.c "
                "harness/trial/fault.c harness/dut/knob_check.c harness/dut/queues.c generators/settings.c",
    "sim": "models/sim_spec.c models/law.c",
    "trace": "generators/arrivals.c generators/recorded.c",
    "trial": "harness/record/trial_spec.c harness/util/number.c",
    "wire": "harness/instruments/wire_dump.c harness/testbeds/lab/schedule_check.c",
}

# A mistake in each parser: its source, and pairs of what stands there and what is planted instead.
PLANTS = {
    "btf": ("harness/agent/btf.c", [("if ((size_t)(end - at) < sizeof(*t) + tail_bytes(t))", "if (0)")]),
    "campaign": ("harness/campaign/campaign.c", [("strlen(text) >= CAMPAIGN_NAME_MAX || ", "")]),
    "capture": ("generators/pcapng.c", [("if (f->caplen > b->bytes - head)", "if (0)")]),
    "elf": ("harness/instruments/elf.c", [("offset > f->size || n > (f->size - offset) / size", "offset > f->size")]),
    "fates": ("harness/instruments/fates.c", [("seq > f->stream[sender].count", "seq > f->stream[sender].count + 9")]),
    "frame": ("harness/sink/flow_table.c", [("if (end - ip < IP4_BYTES)", "if (0)")]),
    "journal": ("harness/dut/journal.c", [("text[512]", "text[40]"), ("snprintf(text, sizeof(text)",
                                                                       "snprintf(text, 512")]),
    "kallsyms": ("harness/agent/layout.c", [("for (; text && *text;", "for (; *text;")]),
    "layout": ("harness/instruments/addr2line.c", [("if (!at || at > n)", "if (!at)")]),
    "netlink": ("harness/util/ethtool.c", [("n > SPREAD_MAX", "n > 4 * SPREAD_MAX")]),
    "options": ("harness/testbeds/lab/plugin/options.c", [(" || n >= sizeof(c->name)", "")]),
    "outcome": ("harness/record/outcome.c", [(" || json_array_size(list) > OUTCOME_CPUS", ""),
                                                   ("part_decode(&o->cpu.each[i]", "part_decode(&o->cpu.each[2 * i]")]),
    "plan": ("harness/runner/asked_trials.c", [("int ret = text ? trial_parse", "int ret = strlen(text) ? trial_parse")]),
    "plugin": ("harness/testbeds/lab/host_counters.c", [("LAB_CPU_DUT + p->dut_cpus;", "LAB_CPU_DUT + 9;")]),
    "proc": ("harness/meters/percpu.c", [("v, SOFTNET_COLUMNS)", "v, SOFTNET_COLUMNS + 9)")]),
    "qmp": ("harness/testbeds/lab/qmp.c", [("snprintf(status, 32", "snprintf(status, 64")]),
    "records": ("harness/runner/folder.c", [("if (index < 0)", "if (0)")]),
    "settings": ("harness/sink/work.c", [("if (!n || n > PATTERN_MAX)", "if (!n)")]),
    "sim": ("models/sim_spec.c", [("char known[256]", "char known[32]")]),
    "trace": ("generators/arrivals.c", [("calloc(length / 2 + 1", "calloc(length / 4 + 1")]),
    "trial": ("harness/record/trial_spec.c", [("copy[TRIAL_TEXT_MAX]", "copy[256]"), ("strlen(text) >= sizeof(copy)", "0")]),
    "wire": ("harness/instruments/wire_dump.c", [(" || r.caplen > sizeof(bytes)", "")]),
}


def targets(part):
    found = sorted(os.path.basename(path)[5:-2] for path in glob.glob(os.path.join(HERE, "fuzz_*.c")))
    missing = [name for name in found if name not in PARSERS or name not in PLANTS]
    if missing:
        raise ValueError(f"no parser or no plant is named for {', '.join(missing)}")
    chosen = [name for name in found if part in name]
    if not chosen:
        raise ValueError(f"no target has '{part}' in its name (there are: {', '.join(found)})")
    return chosen


def folder(*parts):
    path = os.path.join(B, *parts)
    os.makedirs(path, exist_ok=True)
    return path


def libfuzzer(program, arguments, profile=None):
    """(seconds, executions, output, status) of one run; it works in a folder of its own."""
    tmp = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    environment = dict(os.environ, TMPDIR=tmp, LLVM_PROFILE_FILE=profile or "/dev/null",
                       ASAN_OPTIONS="detect_stack_use_after_return=1:allocator_may_return_null=1")
    begin = time.monotonic()
    done = subprocess.run([program, *COMMON, f"-artifact_prefix={tmp}/", *arguments], cwd=TOP, env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    shutil.rmtree(tmp)
    executions = re.search(r"stat::number_of_executed_units: (\d+)", done.stdout)
    return time.monotonic() - begin, int(executions.group(1)) if executions else 0, done.stdout, done.returncode


def covered(name, inputs):
    """(lines that the inputs run, lines) of the target's parser; (0, 0) where one of them ends the program."""
    program, raw = os.path.join(B, "fuzz", name), os.path.join(folder("coverage"), name)
    *_, status = libfuzzer(program, ["-runs=0", *inputs], profile=raw + ".profraw")
    if status:
        return 0, 0
    subprocess.run(["llvm-profdata", "merge", "-sparse", raw + ".profraw", "-o", raw + ".profdata"], check=True)
    told = subprocess.run(["llvm-cov", "export", "-summary-only", program, "-instr-profile", raw + ".profdata"],
                          check=True, stdout=subprocess.PIPE, cwd=TOP)
    wanted = set(PARSERS[name].split())
    files = [f for f in json.loads(told.stdout)["data"][0]["files"]
             if os.path.relpath(os.path.join(TOP, f["filename"]), TOP) in wanted]
    if len(files) != len(wanted):
        sys.exit(f"fuzz.py: {name}: of {', '.join(sorted(wanted))} only {len(files)} are in the program")
    return tuple(sum(f["summary"]["lines"][key] for f in files) for key in ("covered", "count"))


def reason(output):
    """What the sanitizer or the target said, in a line."""
    said = re.search(r"(SUMMARY: .*|.*runtime error.*|.*does not hold.*|.*ERROR: libFuzzer.*)", output)
    return said.group(1).replace(TOP + "/", "") if said else output.strip().splitlines()[-1]


def run_one(name):
    inputs = [folder("corpus", name), os.path.join(HERE, "corpus", name)]
    found = folder("found", name)
    took, executions, output, status = libfuzzer(os.path.join(B, "fuzz", name), [
        f"-max_total_time={SECONDS}", f"-artifact_prefix={found}/", *inputs])
    ran, lines = covered(name, inputs)
    print(f"{name:<10} {ran:>5} of {lines:>5} lines {100 * ran / max(lines, 1):5.1f} %  {executions:>10} executions "
          f"{took:6.0f} s  {'ok' if not status else 'FOUND'}", flush=True)
    if status:
        print(f"    {reason(output)}\n    the input is in {os.path.relpath(found, TOP)}", flush=True)
    return not status


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as text:
        return text.read()


def source_planted(name):
    """The source with the target's mistake in it. ValueError: it has changed."""
    source, changes = PLANTS[name]
    text = read(source)
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{name}: '{old.strip()}' is not in {source} any more: plant another mistake")
        text = text.replace(old, new)
    return text


def planted(name):
    """Builds the target over its parser with the mistake; returns the program."""
    source, _ = PLANTS[name]
    tree = folder("plants", name)
    planted_source = os.path.join(tree, source)
    os.makedirs(os.path.dirname(planted_source), exist_ok=True)
    with open(planted_source, "w", encoding="utf-8") as out:
        out.write(source_planted(name))
    target = f"tests/fuzz/fuzz_{name}.c"
    sources = [target, "tests/fuzz/fuzz.c"]
    if name in os.environ["FUZZ_JSON"].split():
        sources.append("tests/fuzz/json.c")
    if f'#include "{source}"' not in read(target):
        sources.append(planted_source)
    program = os.path.join(tree, name)
    compiler, *flags = shlex.split(os.environ["FUZZ_LINK"])
    build = [compiler, f"-I{tree}", *flags, "-w"]
    wraps = sorted(set(re.findall(r"__wrap_(\w+)", read(target))))
    build += [f"-Wl,--wrap={wrap}" for wrap in wraps] + ["-o", program, *sources]
    subprocess.run(build + shlex.split(os.environ["FUZZ_LIBS"]), check=True, cwd=TOP)
    return program


def plant_one(name):
    program, seeds = planted(name), folder("plants", name, "seeds")
    for path in glob.glob(os.path.join(HERE, "corpus", name, "seed-*")):
        shutil.copy(path, seeds)
    *_, output, status = libfuzzer(program, ["-runs=0", seeds])
    if status:
        print(f"{name:<10} the seeds alone break it, so that nothing has to be found: {reason(output)}", flush=True)
        return False
    took, executions, output, status = libfuzzer(program, [
        f"-max_total_time={SECONDS}", f"-artifact_prefix={folder('plants', name, 'found')}/",
        folder("plants", name, "corpus"), seeds])
    print(f"{name:<10} {'found' if status else 'NOT FOUND'} in {took:5.1f} s, {executions} executions: "
          f"{reason(output) if status else PLANTS[name][0]}", flush=True)
    return bool(status)


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("run", "plants"):
        sys.exit(__doc__)
    try:
        names = targets(sys.argv[2] if len(sys.argv) > 2 else "")
    except ValueError as why:
        sys.exit(f"fuzz.py: {why}")
    if sys.argv[1] == "plants":
        shutil.rmtree(os.path.join(B, "plants"), ignore_errors=True)
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        answers = list(pool.map(run_one if sys.argv[1] == "run" else plant_one, names))
    what = "with nothing found" if sys.argv[1] == "run" else "whose planted mistake was found"
    print(f"{sum(answers)} of {len(answers)} targets {what}")
    sys.exit(not all(answers))


if __name__ == "__main__":
    main()
