# SPDX-License-Identifier: GPL-2.0-or-later
"""The rooms of the house: an include goes downwards only, and no two objects need each other."""

import collections
import os
import re
import subprocess
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.join(TOP, os.environ.get("B", "build"))
SOURCES = ("harness", "generators", "capture-impls", "models")

# From the foot to the roof. A file may include what its own room has, and what a lower level has; never its own level's
# other rooms. harness/README.md shows the same as a picture.
LEVELS = (
    ("util", "uapi"),
    ("record",),
    ("meters",),
    ("sink", "dut"),
    ("generators", "capture-impls"),
    ("models",),
    ("trial", "instruments"),
    ("testbeds",),
    ("testbeds/lab", "testbeds/netns", "agent"),
    ("campaign",),
    ("runner",),
    ("search", "tune"),
    ("cli",),
    ("main",),
)
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
# A table and its rows know each other: the table lists them, and a named set asks it for its base.
TABLES = {"capture-impls/table.o", "capture-impls/capture.o"}


def room(path):
    """harness/testbeds/lab/qmp.h is testbeds/lab's."""
    parts = path.split("/")
    if parts[0] == "kmod":
        return "uapi"
    if parts[0] != "harness":
        return parts[0]
    if len(parts) == 2:
        return "main"
    return "/".join(parts[1:3]) if parts[1] == "testbeds" and len(parts) > 3 else parts[1]


def sources():
    for top in SOURCES:
        for folder, folders, names in os.walk(os.path.join(TOP, top)):
            folders[:] = [f for f in folders if f != "tests"]
            for name in names:
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), TOP)


def includes(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as text:
        return re.findall(r'^#include "([^"]+/[^"]+)"', text.read(), re.M)


def upward(path, included):
    """Why this include is not allowed; None: it is."""
    here, there = room(path), room(included)
    if there not in LEVEL:
        return f"{path}: {included} is in no room of this test's table"
    if here == there or LEVEL[there] < LEVEL[here]:
        return None
    return f"{path} ({here}) must not include {included} ({there})"


def symbols():
    """{object: (what it defines, what it wants)}, of the library."""
    found = {}
    out = subprocess.run(["nm", "-A", "-g", *sorted(objects())], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        path, rest = line.split(":", 1)
        kind, name = rest.split()[-2:]
        defined, wanted = found.setdefault(os.path.relpath(path, BUILD), (set(), set()))
        (wanted if kind == "U" else defined).add(name)
    return found


def objects():
    with open(os.path.join(BUILD, "members"), encoding="utf-8") as text:
        return [os.path.join(TOP, path) for path in text.read().split()]


def needs(found):
    """{object: the other objects whose symbols it wants}."""
    owner = {name: obj for obj, (defined, _) in found.items() for name in defined}
    return {obj: {owner[name] for name in wanted if name in owner} - {obj} for obj, (_, wanted) in found.items()}


def cycles(graph):
    """Groups of objects that need each other (Tarjan)."""
    index, low, stack, groups, number = {}, {}, [], [], iter(range(len(graph) + 1))

    def visit(v):
        index[v] = low[v] = next(number)
        stack.append(v)
        for w in graph.get(v, ()):
            if w not in index:
                visit(w)
            if w in stack:
                low[v] = min(low[v], low[w])
        if low[v] == index[v]:
            at = stack.index(v)
            groups.append(sorted(stack[at:]))
            del stack[at:]

    for v in sorted(graph):
        if v not in index:
            visit(v)
    return [g for g in groups if len(g) > 1]


class Rooms(unittest.TestCase):
    def test_every_include_goes_downwards(self):
        wrong = [upward(path, included) for path in sources() for included in includes(path)]
        self.assertEqual([w for w in wrong if w], [])

    def test_every_source_is_in_a_room(self):
        lost = {room(path) for path in sources()} - set(LEVEL)
        self.assertEqual(lost, set())

    def test_what_is_refused(self):
        for path, included in (("harness/util/err.c", "harness/record/record.h"), ("harness/sink/sink.c", "harness/dut/knobs.h"),
                               ("capture-impls/recv/recv.c", "generators/generator.h"),
                               ("harness/instruments/elf.c", "harness/trial/reader.h"), ("harness/cli/cmd.c", "nowhere/x.h")):
            self.assertIsNotNone(upward(path, included))
        for path, included in (("harness/cli/cmd.c", "harness/util/err.h"), ("harness/sink/sink.c", "harness/sink/work.h"),
                               ("capture-impls/ykvm/rings.c", "kmod/uapi/ykvm.h")):
            self.assertIsNone(upward(path, included))

    def test_no_two_objects_need_each_other(self):
        """But for the table of captures, its rows and what asks it."""
        graph = needs(symbols())
        rows = {obj for obj in graph if obj.startswith("capture-impls/")}
        table = {obj: (set() if obj in TABLES else wants) for obj, wants in graph.items()}
        self.assertLess(len(rows & TABLES), len(rows))
        self.assertEqual(cycles(table), [])

    def test_a_cycle_is_found(self):
        graph = collections.defaultdict(set, {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()})
        self.assertEqual(cycles(graph), [["a", "b", "c"]])


if __name__ == "__main__":
    unittest.main()
