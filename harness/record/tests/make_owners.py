#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes owners.txt, the functions that each row executed on each kernel, of what `rxlab profile --json` printed.

usage: make_owners.py OWN FILE... > owners.txt        OWN: the version of the lab's own kernel

A line of owners.txt that begins with "row" is a row: its number, its kernel, its capture with what it sets. Every other line is
an owner and, a tab before each, ROW=SHARE: parts of a million of the row's instructions. Smaller shares than LEAST are left
out; they count as if nobody knew whose they are.
"""

import collections
import json
import sys

LEAST = 25  # of a million


def row_name(record, own):
    settings = dict(record["spec"]["set"])
    kernel = settings.pop("kernel", own)
    return " ".join([kernel, record["spec"]["capture"], *(f"{key}={value}" for key, value in sorted(settings.items()))])


def main(own, files):
    rows, owners = [], collections.defaultdict(list)
    for path in files:
        with open(path, encoding="utf-8") as text:
            profiles = json.load(text)["profiles"]
        for profile in profiles:
            total = sum(row["instructions"] for row in profile["owners"])
            for row in profile["owners"]:
                share = row["instructions"] * 1000000 // total
                if share >= LEAST:
                    owners[row["owner"]].append(f"{len(rows)}={share}")
            rows.append(row_name(profile["record"], own))
    print("# SPDX-License-Identifier: GPL-2.0-or-later")
    print("# Made by make_owners.py, which says what it means: 64-byte frames, unpaced, n = 1.")
    for number, name in enumerate(rows):
        print(f"row {number} {name}")
    for owner in sorted(owners):
        print("\t".join([owner, *owners[owner]]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
