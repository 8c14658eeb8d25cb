# SPDX-License-Identifier: GPL-2.0-or-later
"""The options in each README of a capture are those of its table, with the table's defaults."""

import json
import os
import re
import subprocess
import unittest

ROOMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
RXLAB = os.environ.get("RXLAB") or os.path.join(ROOMS, "..", "rxlab")


def listed(*words):
    return json.loads(subprocess.run([RXLAB, "list", *words, "--json"], capture_output=True, text=True, check=True).stdout)


def readme(capture):
    with open(os.path.join(ROOMS, capture, "README.md"), encoding="utf-8") as text:
        return text.read()


def with_likenesses(capture):
    """Its README, followed by those of captures that it refers to: "**Options:** as ykvm"."""
    text = readme(capture)
    options = " ".join(re.findall(r"\*\*[^*]*[Oo]ptions:\*\* (.*?)(?=\n- \*\*|\n\n|\Z)", text, re.S))
    return text + "".join(readme(other) for other in set(re.findall(r"\bas \[?([a-z_0-9-]+)", options)) & CAPTURES)


def of_table(text):
    """(name, value) of each row: "| `a`, `b` | 1, 1000 | ..." is two."""
    for names, values in re.findall(r"^\| (`[a-z_0-9]+`(?:, `[a-z_0-9]+`)*) \| ([^|]*) \|", text, re.M):
        yield from zip(re.findall(r"`([^`]+)`", names), values.split(", "))


def said(text):
    """What the README says of options: their rows in a table, or "`name` (initial)"."""
    return {**dict(re.findall(r"`([a-z_0-9]+)`\s+\(([^)\s,;]+)\)", text)), **dict(of_table(text))}


# The example has options to show how, and words about how to write of them.
CAPTURES = {row["name"] for row in listed("captures")} - {"skeleton"}

ADAPTIVE = ("quick_usecs", "bulk_usecs", "quick_pps", "bulk_pps", "look_ms")  # of its own, not the set's

class Options(unittest.TestCase):
    def test_readme_and_table_agree(self):
        rows = [row for row in listed("settings") if row["name"] != "base"]
        for capture in CAPTURES:
            text = with_likenesses(capture)
            for row in (row for row in rows if row["of"] == capture):
                with self.subTest(capture=capture, option=row["name"]):
                    self.assertIn(f"`{row['name']}`", text)
                    told = said(text).get(row["name"])
                    if told and row["initial"] and told.isdigit():
                        self.assertEqual(told, row["initial"])

    def test_no_readme_has_an_option_that_its_table_has_not(self):
        rows = listed("settings")
        everybodys = {row["name"] for row in rows if row["of"] in ("trial", "DUT")}
        for capture in CAPTURES:
            own = {row["name"] for row in rows if row["of"] == capture}
            with self.subTest(capture):
                self.assertLessEqual({name for name, _ in of_table(readme(capture))}, own | everybodys)

    def test_named_sets_say_what_they_set(self):
        for capture, more in (("napi-tuned", ()), ("interrupt-coalesced", ()), ("adaptive-coalesced", ADAPTIVE)):
            done = subprocess.run([RXLAB, "list", "settings", capture], capture_output=True, text=True, check=True)
            (words,) = re.findall(r"named set of knobs over \S+ \(setting base\): (.*)", done.stdout)
            self.assertEqual(dict(word.split("=") for word in words.split()), {key: value for key, value in of_table(readme(capture)) if key not in more}, capture)


if __name__ == "__main__":
    unittest.main()
