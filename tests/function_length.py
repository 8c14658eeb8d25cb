# SPDX-License-Identifier: GPL-2.0-or-later
"""function_length.py FILE...: names each function of more than 50 lines; status 1 when there is one.

The sources are laid out by clang-format: a function's body stands between a { and a } that begin their lines.
"""

import re
import sys

MOST = 50


def too_long(path):
    """(line, name, lines) of each one, from its name to its last brace."""
    begin = name = None
    with open(path, encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            head = re.match(r"[A-Za-z_].*?(\w+)\(", line)
            if head:
                begin, name = number, head[1]
            elif line == "}\n" and begin:
                if number - begin + 1 > MOST:
                    yield begin, name, number - begin + 1
                begin = None


def main():
    found = 0
    for path in sys.argv[1:]:
        for line, name, lines in too_long(path):
            print(f"{path}:{line}: {name}() has {lines} lines, more than {MOST}", file=sys.stderr)
            found += 1
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
