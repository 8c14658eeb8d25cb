#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""coverage.py FOLDER: which share of the lines of each room ran, of what was built with --coverage into FOLDER.

Tests themselves and kmod/ do not count. What a process ended by a signal or by _exit() had run is not in it.
"""

import collections
import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOMS = ("harness", "generators", "capture-impls", "models")


def reports(folder):
    """What gcov says, a dict a compiled source; of those too that no test ran."""
    notes = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".gcno")]
    for begin in range(0, len(notes), 100):
        done = subprocess.run(["gcov", "--json-format", "--stdout", *notes[begin:begin + 100]], cwd=TOP, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        yield from map(json.loads, done.stdout.splitlines())


def lines(folder):
    """{source: {line: runs}}: headers and sources are in more than one program."""
    found = collections.defaultdict(collections.Counter)
    for report in reports(folder):
        for source in report["files"]:
            name = os.path.relpath(os.path.join(TOP, source["file"]), TOP)
            if not name.startswith(ROOMS) or "/tests/" in name:
                continue
            for line in source["lines"]:
                found[name][line["line_number"]] += line["count"]
    return found


def room_of(name):
    """harness/ has a room a folder; the others are one each."""
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] == "harness" and len(parts) > 2 else parts[0]


def show(name, runs):
    ran = sum(1 for count in runs if count)
    print(f"{name:<28} {ran:>6} of {len(runs):>6} lines  {100 * ran / len(runs):5.1f} %")


def main():
    found = lines(os.path.abspath(sys.argv[1]))
    if not found:
        sys.exit(f"coverage.py: {sys.argv[1]}: nothing built with --coverage is there")
    rooms = collections.defaultdict(list)
    for name, counts in found.items():
        rooms[room_of(name)] += counts.values()
    for room in sorted(rooms):
        show(room, rooms[room])
    for whole in ("harness", "generators"):
        show(f"{whole}/ in all", [count for name, counts in found.items() if name.startswith(whole + "/")
                                  for count in counts.values()])
    show("all", [count for counts in found.values() for count in counts.values()])


if __name__ == "__main__":
    main()
