# SPDX-License-Identifier: GPL-2.0-or-later
"""Loss-free rates that `rxlab search` found, beside a results folder: knees/CAPTURE/search.json (harness/knees.sh).

A campaign's own rates are a grid, and several captures may share a step of it; a search closes in on each one's knee.
"""

import json
import os


def identity(folder):
    """Of the lab that its trials ran on: all of one search run on one."""
    with open(os.path.join(folder, "trials.jsonl"), encoding="utf-8") as text:
        return json.loads(text.readline())["testbed"]["identity"]


def plain(words, frame):
    """Was the search of a trial as the figure's rows are: that frame, one sender, nothing set?"""
    said = dict(word.split("=", 1) for word in words.split())
    return said["frame"] == str(frame) and said["senders"] == "1" and said["reader_cpu"] == "1" and \
        not any(key.startswith("set.") for key in said)


def knee(folder, frame, lab):
    """(last rate without loss, first with, or None where the sender ended first) of this search; None: it is of another
    lab or trial, or was not ended."""
    try:
        with open(os.path.join(folder, "search.json"), encoding="utf-8") as text:
            found = json.load(text)
        goal = next(goal for goal in found["goals"] if goal["goal"]["loss"] == 0 and goal["goal"]["exceed"] == 0)
        if identity(folder) != lab or not plain(found["trial"], frame) or goal["lower_pps"] is None:
            return None
    except (FileNotFoundError, StopIteration):
        return None
    return goal["lower_pps"], goal["upper_pps"]


def knees(path, frame, lab):
    """{capture: (lower, upper)} of the searches beside this results folder that are of the same lab and frame."""
    beside = os.path.join(os.path.dirname(os.path.abspath(path)), "knees")
    names = sorted(os.listdir(beside)) if os.path.isdir(beside) else []
    found = {name: knee(os.path.join(beside, name), frame, lab) for name in names}
    return {name: rates for name, rates in found.items() if rates}
