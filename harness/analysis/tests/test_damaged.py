# SPDX-License-Identifier: GPL-2.0-or-later
"""Records that somebody damaged, the same ones every time: whoever reads them answers, or refuses them in one line."""

import contextlib
import copy
import io
import json
import os
import random
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
for folder in (HERE, os.path.join(HERE, ".."), os.path.join(TOP, "plots")):
    sys.path.insert(0, folder)

import csv_export
import fixture
import gro
import latency
import mkdat
import rescore
import summary

ROUNDS = int(os.environ.get("ROUNDS") or 150)
PROGRAMS = {"report": summary, "csv": csv_export, "latency": latency, "rescore": rescore, "gro": gro, "mkdat": mkdat}
ODD = [None, True, "", "x", "0", "-1", "1e999", "nan", "\u0000", "\ud800", 0, -1, 1, 0.5, 2 ** 63, 10 ** 400, 1e308, 1e-320,
       [], [1, None], {}, {"a": 1}, "9" * 5000]


def records():
    """Some that were measured, and some with every part that others have."""
    yield from copy.deepcopy(fixture.REAL[:3])
    for number in range(4):
        yield fixture.record(number, rate=50000 * (number + 1), gro=str(number % 2), rx_usecs=str(50 * number))
    yield fixture.failed(9)


def places(value, path=()):
    """Every path to a value in it."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in below:
        yield path + (key,)
        yield from places(inner, path + (key,))


def alter(draw, record):
    """One of its values is another, is gone, or has a neighbour."""
    path = draw.choice(list(places(record)))
    holder = record
    for key in path[:-1]:
        holder = holder[key]
    kind = draw.randrange(5)
    if kind == 0:
        del holder[path[-1]]
    elif kind == 1 and isinstance(holder, dict):
        holder[draw.choice(["x", "", "gen.pcap", "filter", "work", "buckets"])] = draw.choice(ODD)
    elif kind == 2 and isinstance(holder[path[-1]], (int, float)) and not isinstance(holder[path[-1]], bool):
        holder[path[-1]] = draw.choice([0, holder[path[-1]] * 1000, 2 ** 62, 1])
    else:
        holder[path[-1]] = copy.deepcopy(draw.choice(ODD))


def damage(draw, text):
    """Bytes altered, cut off, cut out or doubled."""
    at, n = draw.randrange(len(text)), draw.randrange(1, 200)
    kind = draw.randrange(5)
    if kind == 0:
        return text[:at] + bytes([draw.randrange(256)]) + text[at + 1:]
    if kind == 1:
        return text[:at]
    if kind == 2:
        return text[:at] + text[at + n:]
    if kind == 3:
        return text[:at] + b"[" * 20000 + text[at:]
    return text[:at + n] + text[at:]


def damaged(number):
    draw = random.Random(number)
    lines = list(records())
    for _ in range(draw.randrange(1, 4)):
        alter(draw, draw.choice(lines))
    text = "".join(json.dumps(r, separators=(",", ":")) + "\n" for r in lines).encode()
    return damage(draw, text) if draw.random() < 0.3 else text


def answer(program, folder):
    """(status, what it said on stderr) of a program over a folder."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = program.main(["program", folder])
    return status, err.getvalue()


class Damaged(unittest.TestCase):
    def check(self, name, folder, number):
        with self.subTest(program=name, damage=number):
            status, said = answer(PROGRAMS[name], folder)
            lines = [line for line in said.splitlines() if "dropped a last line" not in line]
            self.assertIn(status, (0, 1))
            if status:
                self.assertTrue(lines, "refused without a word")
                self.assertLess(max(map(len, lines)), 400, said[:600])
            self.assertLessEqual(len(lines), 1 if name != "mkdat" else 20, said[:2000])

    def test_readers_answer_or_refuse_in_a_line(self):
        for number in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                with open(os.path.join(folder, "trials.jsonl"), "wb") as out:
                    out.write(damaged(number))
                for name in PROGRAMS:
                    self.check(name, folder, number)


if __name__ == "__main__":
    unittest.main()
