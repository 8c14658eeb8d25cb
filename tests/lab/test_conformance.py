# SPDX-License-Identifier: GPL-2.0-or-later
# runs first: it takes longest
"""The conformance suite in the lab's guest: every row of the table that can run there."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import run  # noqa: E402
from test_kmod import Guest  # noqa: E402


class Conformance(Guest, unittest.TestCase):
    WORDS = ("1", "capture-impls/tests/conformance/guest_parts.sh")

    def test_every_group_has_a_test_here(self):
        """A group is a row; `log` is none of them."""
        names = [row["name"] for row in json.loads(run("list", "captures", "--json").stdout)]
        self.assertEqual(list(self.groups), [*names, "console"])

    def test_every_row(self):
        for name in self.groups:
            with self.subTest(capture=name):
                self.check(name)

    test_log = None  # the guest has no group of that name: its console tells the same


if __name__ == "__main__":
    unittest.main()
