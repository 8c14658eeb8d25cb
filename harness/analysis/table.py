# SPDX-License-Identifier: GPL-2.0-or-later
"""Text tables of numbers: a column is (heading, second line, width, decimals), an unknown number a dash."""

from rates import mean

NAME_WIDTH = 28


def cell(value, width, decimals):
    text = "-" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"  # + 0.0: no "-0.0"
    return f"{text:>{width}}"


def grouped(records, key):
    groups = {}
    for r in records:
        groups.setdefault(key(r), []).append(r)
    return groups


def head(columns, first=""):
    """Two lines of headings; the second starts with what the first column holds."""
    return [" " * NAME_WIDTH + "".join(f" {top:>{w}}" for top, _, w, _ in columns),
            f"{first:{NAME_WIDTH}}" + "".join(f" {name:>{w}}" for _, name, w, _ in columns)]


def row(label, columns, values, least=None):
    """One line, two where the label is too long for its column; least: index of a number that is a lower limit."""
    cells = [cell(v, w, d) for v, (_, _, w, d) in zip(values, columns)]
    if least is not None:
        cells[least] = f"{'≥' + cells[least].strip():>{columns[least][2]}}"
    if len(label) > NAME_WIDTH:
        label = label + "\n" + " " * NAME_WIDTH
    return f"{label:{NAME_WIDTH}}" + "".join(" " + c for c in cells)


def mark(beyond):
    """Behind a row with a trial that no line could carry (rates.beyond_line())."""
    return " *" if beyond else ""


def means(rows):
    return [mean(column) for column in zip(*rows)]
