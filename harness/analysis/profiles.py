# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles that lie beside records: of a trial with --instruments, each function's instructions and executed code.

A source is a results folder, a file of records (what `rxlab trial` printed) with the trials' side folders beside it, or
what `rxlab profile --json` printed. SOURCE:WORD is of a source the trials whose id begins with WORD, or whose kernel is
WORD or of that series.
"""

import csv
import json
import os

import schema

NO_CALLS = "-"
KERNEL = "kernel"  # the setting that says on which kernel a trial ran; absent: on the lab's own
OWN = "own"  # its name where one is wanted
SIDES = ("side", "")  # where a record's files are, from the folder that it is in


class NoProfile(Exception):
    """Says which source, and what is wrong with it."""


def read_owners(path):
    """A row a function, the most instructions first."""
    with open(path, encoding="utf-8", newline="") as lines:
        return [{"owner": owner, "stage": stage, "instructions": int(insns), "loaded": int(loaded),
                 "stored": int(stored)}
                for stage, owner, insns, loaded, stored in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


def read_code(path):
    """{function: {"calls": how often it was called, or None, "code": its runs as text}}; empty where nobody wrote it."""
    try:
        with open(path, encoding="utf-8", newline="") as lines:
            rows = [line.rstrip("\n").split("\t") for line in lines]
    except FileNotFoundError:
        return {}
    return {owner: {"calls": None if calls == NO_CALLS else int(calls), "code": code} for owner, calls, code in rows}


def read_side(folder):
    """The rows of one trial's side folder, each with what is known of its code."""
    rows = read_owners(os.path.join(folder, "owners"))
    code = read_code(os.path.join(folder, "code"))
    return [{**row, **code.get(row["owner"], {"calls": None, "code": None})} for row in rows]


def side_of(folder, record):
    """Where the record's profile is; None where there is none."""
    for side in SIDES:
        path = os.path.join(folder, side, record["id"])
        if os.path.exists(os.path.join(path, "owners")):
            return path
    return None


class Profile:
    """A record, and each function's instructions."""

    def __init__(self, record, rows):
        self.record = record
        self.frames = record["nic"]["accepted"]
        self.rows = {row["owner"]: row for row in rows}

    def per_frame(self, count):
        return count / self.frames

    def total(self):
        return self.per_frame(sum(row["instructions"] for row in self.rows.values()))

    def stages(self):
        sums = dict.fromkeys(self.record["cpu"]["instructions"], 0)
        for row in self.rows.values():
            sums[row["stage"]] = sums.get(row["stage"], 0) + row["instructions"]
        return {stage: self.per_frame(count) for stage, count in sums.items()}


    def unknown(self, least=0.01):
        """Owners without a stage, the dearest first, as (owner, instructions a frame); none where all are below `least` of all."""
        found = sorted(((row["instructions"], owner) for owner, row in self.rows.items() if row["stage"] == "other"), key=lambda r: (-r[0], r[1]))
        if sum(count for count, _ in found) <= least * self.total() * self.frames:
            return []
        return [(owner, self.per_frame(count)) for count, owner in found]


def kernel_of(record):
    """The kernel that the trial names; None: the lab's own."""
    return record["spec"].get(KERNEL) or record["spec"]["set"].get(KERNEL)


def trial_key(record):
    """What two trials have in common that differ in their kernel alone."""
    spec = {key: value for key, value in record["spec"].items() if key != KERNEL}
    spec["set"] = {key: value for key, value in spec["set"].items() if key != KERNEL}
    return json.dumps(spec, sort_keys=True)


def is_kernel(name, word):
    """Whether a kernel is the one of that name, or of that series or version: 6.12 and 6.12.118 are 6.12.118-deb13."""
    rt = [text.endswith("-rt") for text in (name, word)]
    return name == word or rt[0] == rt[1] and name.startswith((word.removesuffix("-rt") + ".", word.removesuffix("-rt") + "-"))


def is_meant(record, word):
    return not word or record["id"].startswith(word) or is_kernel(kernel_of(record) or OWN, word)


def of_records(path, folder, word):
    """(profiles, how many records were meant)"""
    meant = [r for r in schema.read(path) if is_meant(r, word)]
    found = [(r, side) for r in meant if r["status"] == "ok" and (side := side_of(folder, r))]
    return [Profile(r, read_side(side)) for r, side in found if r["nic"]["accepted"]], len(meant)


def of_profile_json(given, word):
    meant = [p for p in given["profiles"] if is_meant(p["record"], word)]
    unknown = {"calls": None, "code": None}
    return [Profile(p["record"], [{**unknown, **row} for row in p["owners"]]) for p in meant], len(meant)


def profile_json(path):
    """The object of `rxlab profile --json`; None where the file is something else."""
    with open(path, encoding="utf-8") as text:
        try:
            given = json.loads(text.readline())
        except ValueError:
            return None
    return given if isinstance(given, dict) and "profiles" in given else None


def of_path(path, word):
    if os.path.isdir(path):
        records = os.path.join(path, "trials.jsonl")
        if not os.path.exists(records):
            raise NoProfile(f"{path}: no results folder: there is no trials.jsonl in it")
        return of_records(records, path, word)
    given = profile_json(path)
    if given:
        return of_profile_json(given, word)
    return of_records(path, os.path.dirname(path) or ".", word)


def load(source):
    """The profiles of a source; NoProfile, OSError or SchemaError where there are none."""
    path, word = source, ""
    if not os.path.exists(path) and ":" in path:
        path, word = path.rsplit(":", 1)
    if not os.path.exists(path):
        raise NoProfile(f"{path}: no such file or folder")
    found, meant = of_path(path, word)
    if word and not meant:
        raise NoProfile(f"{path}: no trial has the id or the kernel {word}")
    if not found:
        raise NoProfile(f"{path}: none of {meant} trials has a profile: they were run without --instruments, or their "
                        "side folders are gone")
    return found
