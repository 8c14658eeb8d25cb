# SPDX-License-Identifier: GPL-2.0-or-later
"""Data of the figure `kernels`: unpaced trials with a profile, a row a kernel: instructions a frame by stage."""

import re

import profiles
from table import grouped


def version_key(name):
    """Versions in their order: 6.2 is before 6.12, 7.3-rc4 before 7.3; the lab's own first."""
    parts = re.findall(r"\d+|rc|[a-z]+", name.replace("~", " rc "))
    words = [(0, int(p)) if p.isdigit() else (-1, 0) if p == "rc" else (1, 0) for p in parts]
    return name != profiles.OWN, [*words, (0, -1)], name


def kernel_name(record):
    return profiles.kernel_of(record) or profiles.OWN


def profiled(f):
    """Trials of the curve, frame and rate that have the most kernels, by kernel; empty where there are not two."""
    known = [r for r in f.measured if r["cpu"].get("instructions") and r["nic"]["accepted"]]
    groups = {key: {kernel_name(r): r for r in trials}
              for key, trials in grouped(known, lambda r: profiles.trial_key(r)).items()}
    best = max(groups.values(), key=len, default={})
    return [(name, best[name]) for name in sorted(best, key=version_key)] if len(best) > 1 else []


def stages(trials):
    """Names of the stages that have instructions on one of the kernels, the record's order."""
    names = list(trials[0][1]["cpu"]["instructions"])
    return [name for name in names if any(r["cpu"]["instructions"][name] for _, r in trials)]


def rows(trials):
    names = stages(trials)
    return [(name, *(r["cpu"]["instructions"][stage] / r["nic"]["accepted"] for stage in names)) for name, r in trials]


def highest(trials):
    return max(sum(row[1:]) for row in rows(trials))
