# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/function_length.py, of `make lint`: which functions are too long, and where they begin."""

import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def function(lines, head="static int f(void)"):
    """A function of so many lines, from its name to its last brace."""
    return "\n".join([head, "{", *["\tg();"] * (lines - 3), "}"]) + "\n"


class FunctionLength(unittest.TestCase):
    def lengths(self, *sources):
        with tempfile.TemporaryDirectory(prefix="rxlab-test-") as folder:
            names = [f"{n}.c" for n in range(len(sources))]
            for name, source in zip(names, sources):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                    out.write(source)
            done = subprocess.run([sys.executable, os.path.join(TOP, "tests", "function_length.py"), *names], cwd=folder,
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def test_50_lines_are_not_too_many(self):
        self.assertEqual(self.lengths(function(50), function(12)), (0, ""))

    def test_51_are_and_are_named(self):
        self.assertEqual(self.lengths(function(50), "/* one */\n\n" + function(51) + "\n" + function(9)),
                         (1, "1.c:3: f() has 51 lines, more than 50\n"))

    def test_each_one_is_named(self):
        status, said = self.lengths(function(60, "int one(void)") + "\n" + function(70, "struct x *two(int a)"))
        self.assertEqual((status, said.splitlines()),
                         (1, ["0.c:1: one() has 60 lines, more than 50", "0.c:62: two() has 70 lines, more than 50"]))

    def test_arguments_on_several_lines_count_too(self):
        head = "static int f(int a,\n\t     int b)"
        self.assertEqual(self.lengths(function(51, head)), (1, "0.c:1: f() has 52 lines, more than 50\n"))

    def test_what_is_no_function(self):
        """A long table, a prototype far above, a macro, a brace inside a function."""
        table = "static const struct row rows[] = {\n" + '\t{ "a" },\n' * 80 + "};\n"
        macro = "#define F(x) \\\n" + "\tg(x); \\\n" * 60 + "\th(x)\n"
        block = function(20).replace("\tg();\n", "\tif (a) {\n\t\tg();\n\t}\n", 1)
        self.assertEqual(self.lengths("int g(void);\n" + table + macro + block), (0, ""))


if __name__ == "__main__":
    unittest.main()
