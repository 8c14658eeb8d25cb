# SPDX-License-Identifier: GPL-2.0-or-later
"""Text tables of numbers: a column is (heading, second line, width, decimals), an unknown number a dash."""

NAME_WIDTH = 24


def cell(value, width, decimals):
    text = "-" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0: no "-0.0"
    return f"{text:>{width}}"


def mean(values):
    """Of what is known; None when nothing is."""
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def grouped(records, key):
    groups = {}
    for r in records:
        groups.setdefault(key(r), []).append(r)
    return groups


def head(columns, first=""):
    """Two lines of headings; the second starts with what the first column holds."""
    return [" " * NAME_WIDTH + "".join(f" {top:>{w}}" for top, _, w, _ in columns),
            f"{first:{NAME_WIDTH}}" + "".join(f" {name:>{w}}" for _, name, w, _ in columns)]


def row(label, columns, values):
    return f"{label:{NAME_WIDTH}}" + "".join(" " + cell(v, w, d) for v, (_, _, w, d) in zip(values, columns))


def means(rows):
    return [mean(column) for column in zip(*rows)]
