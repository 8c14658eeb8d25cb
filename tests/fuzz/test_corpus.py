# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fuzz target over its corpus, and over damaged copies of it, the same ones each time; built by any compiler.

Searching on is `make fuzz`, which wants clang. runs first: with sanitizers it takes long.
"""

import glob
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import fuzz

TOP = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(TOP, os.environ.get("B", "build"), "fuzz")
TARGETS = sorted(os.path.basename(path)[5:-2] for path in glob.glob(os.path.join(HERE, "fuzz_*.c")))
MUTATIONS = 100  # of each input; `make fuzz` tries millions


class Corpus(unittest.TestCase):
    def test_each_folder_is_of_a_target(self):
        self.assertEqual(sorted(os.listdir(os.path.join(HERE, "corpus"))), TARGETS)

    def test_each_target_has_a_parser_and_a_mistake_to_plant(self):
        self.assertEqual(fuzz.targets(""), TARGETS)
        for name in TARGETS:
            fuzz.source_planted(name)
            for source in fuzz.PARSERS[name].split():
                self.assertTrue(os.path.exists(os.path.join(TOP, source)), source)


def of_target(name):
    def test(self):
        inputs = glob.glob(os.path.join(HERE, "corpus", name, "*"))
        self.assertTrue(inputs, f"{name} has no corpus")
        done = subprocess.run([os.path.join(FOLDER, name), os.path.join(HERE, "corpus", name)],
                              env=dict(os.environ, MUTATIONS=str(MUTATIONS)), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=600)
        self.assertEqual(done.returncode, 0, f"{name}:\n{done.stdout[-2000:]}{done.stderr[-6000:]}")
        self.assertEqual(done.stdout, f"{len(inputs) * (1 + MUTATIONS)} inputs\n")
    return test


for target in TARGETS:
    setattr(Corpus, f"test_{target}", of_target(target))

if __name__ == "__main__":
    unittest.main()
