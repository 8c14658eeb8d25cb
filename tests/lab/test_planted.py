# SPDX-License-Identifier: GPL-2.0-or-later
"""Slowdowns that were planted in our captures and modules are named by function, whatever else another image moves.

`make test-planted` plants more of them: RXLAB_PLANTED=all.
"""

import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import planted  # noqa: E402
from lab import RXLAB, LabTest, environment, run  # noqa: E402

FEW = ((5,), ("tpacket3", "recv", "ykvm", "kcap"))
ALL = ((5, 6, 7, 8, 9, 10, 12, 16, 20, 30, 50, 100, 200), planted.captures())
SIZES, CAPTURES = ALL if os.environ.get("RXLAB_PLANTED") == "all" else FEW
SLACK = 2.0  # instructions a frame: what a compiler may do around them


class Planted(LabTest):
    def compared(self, a, b):
        done = run("compare", a, b, "--by", "function", "--json")
        self.assertEqual((done.returncode, done.stderr), (1, ""), done)
        return json.loads(done.stdout)["pairs"][0]

    def check(self, capture, n, found):
        """Just the planted functions became dearer, by as much as was planted."""
        changed = {row["function"]: row for row in found["functions"] if row["kind"] and not row["layout"]}
        self.assertEqual(sorted(changed), planted.functions(capture), found["functions"][:5])
        for name, row in changed.items():
            self.assertEqual(row["kind"], "dearer", name)
            self.assertAlmostEqual(row["own"], n, delta=SLACK, msg=name)

    def test_each_is_named(self):
        here = self.folder()
        before = {capture: planted.profiled(RXLAB, environment(planted.real_cache()), capture,
                                            os.path.join(here, "before", capture)) for capture in CAPTURES}
        for n in SIZES:
            with tempfile.TemporaryDirectory(prefix="rxlab-test-") as folder:
                program, env = planted.planted(folder, n)
                for capture in CAPTURES:
                    with self.subTest(capture=capture, n=n):
                        after = planted.profiled(program, env, capture, os.path.join(folder, "after", capture))
                        self.check(capture, n, self.compared(before[capture], after))


if __name__ == "__main__":
    unittest.main()
