# SPDX-License-Identifier: GPL-2.0-or-later
"""The chart of `rxlab profile --svg`: a band a capture, all on one scale of instructions a frame.

A band has three rows: the whole, its stages, and on each stage its owners, the largest first. What is too narrow to
see is one box a stage, so widths still add up. A box tells its numbers when pointed at.
"""

import textwrap
from xml.sax.saxutils import escape, quoteattr

WIDTH, MARGIN, ROW, TITLE, GAP = 1200, 10, 26, 24, 18
NARROWEST = 1.5  # pixels
LETTER = 6.2  # pixels, of 11 px sans-serif
COLOURS = {"driver": "#d9825b", "softirq": "#e5b85c", "tap": "#b5c46b", "allocation": "#7fb8a4", "copy": "#cf5c5c",
           "wakeup": "#7f9fd1", "interrupt": "#b9a7cf", "syscall": "#9c85c1", "library": "#74bcd6",
           "consumer": "#a3a3a3", "other": "#d0d0d0"}


def box(x, y, width, colour, text, tip):
    """One rectangle with as much of its text as fits."""
    room = int((width - 6) / LETTER)
    shown = text if len(text) <= room else text[:max(0, room - 1)] + "…" if room > 3 else ""
    yield (f'<g><title>{escape(tip)}</title><rect x="{x:.2f}" y="{y}" width="{max(width, 0.1):.2f}" '
           f'height="{ROW - 2}" fill={quoteattr(colour)}/>')
    if shown:
        yield f'<text x="{x + 3:.2f}" y="{y + ROW - 10}">{escape(shown)}</text>'
    yield "</g>"


def tip(name, instructions, profile):
    per, whole = instructions / profile["frames"], profile["instructions_per_frame"]
    return f"{name}: {per:.1f} instructions a frame, {100 * per / whole if whole else 0:.2f} %"


def owner_boxes(x, y, stage, profile, scale):
    rest = 0
    for row in (row for row in profile["owners"] if row["stage"] == stage):
        width = row["instructions"] * scale
        if width < NARROWEST:
            rest += row["instructions"]
            continue
        yield from box(x, y, width, COLOURS.get(stage, "#eee"), row["owner"],
                       tip(row["owner"], row["instructions"], profile))
        x += width
    if rest:
        yield from box(x, y, rest * scale, COLOURS.get(stage, "#eee"), "…", tip(f"other {stage}", rest, profile))


def band(y, title, profile, pixels_per_instruction):
    scale = pixels_per_instruction / profile["frames"]
    whole = sum(stage["instructions"] for stage in profile["stages"].values())
    yield f'<text x="{MARGIN}" y="{y + TITLE - 8}" font-weight="bold">{escape(title)}</text>'
    y += TITLE
    yield from box(MARGIN, y + 2 * ROW, whole * scale, "#eeeeee", profile["capture"],
                   tip(profile["capture"], whole, profile))
    x = MARGIN
    for stage, row in profile["stages"].items():
        if not row["instructions"]:
            continue
        yield from box(x, y + ROW, row["instructions"] * scale, COLOURS.get(stage, "#eee"), stage,
                       tip(stage, row["instructions"], profile))
        yield from owner_boxes(x, y, stage, profile, scale)
        x += row["instructions"] * scale


def columns(profiles):
    """[(heading, count of a stage for each frame)]: a column for each capture, and with two their difference."""
    found = [(p["capture"], lambda stage, p=p: p["stages"][stage]["instructions"] / p["frames"]) for p in profiles]
    if len(profiles) == 2:
        found.append((f"{profiles[1]['capture']} more", lambda stage: found[1][1](stage) - found[0][1](stage)))
    return found


def legend(y, profiles):
    """The stages' figures, one column a capture."""
    stages, shown = list(profiles[0]["stages"]), columns(profiles)
    for i, head in enumerate(["instructions a frame", *(head for head, _ in shown)]):
        yield f'<text x="{MARGIN + 20 + 140 * i}" y="{y + 12}" font-weight="bold">{escape(head)}</text>'
    for n, stage in enumerate(stages, 1):
        line = y + 16 * n
        yield f'<rect x="{MARGIN}" y="{line + 2}" width="12" height="12" fill="{COLOURS.get(stage, "#eee")}"/>'
        yield f'<text x="{MARGIN + 20}" y="{line + 12}">{stage}</text>'
        for i, (head, count) in enumerate(shown, 1):
            text = f"{count(stage):+.1f}" if head.endswith(" more") else f"{count(stage):.1f}"
            yield f'<text x="{MARGIN + 20 + 140 * i}" y="{line + 12}">{text}</text>'


def wrapped(text):
    """In lines that fit."""
    return textwrap.wrap(text, int((WIDTH - 2 * MARGIN) / LETTER)) or []


def chart(titled, source=""):
    """The whole file; titled: (title, profile) of each band; source: where the numbers are from."""
    words = wrapped(source)
    profiles = [profile for _, profile in titled]
    most = max(p["instructions_per_frame"] for p in profiles)
    scale = (WIDTH - 2 * MARGIN) / most if most else 0
    each = TITLE + 3 * ROW + GAP
    height = each * len(titled) + 16 * (len(profiles[0]["stages"]) + 1 + len(words)) + 2 * MARGIN
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
             '<rect width="100%" height="100%" fill="#ffffff"/>']
    for n, (title, profile) in enumerate(titled):
        lines += band(MARGIN + n * each, title, profile, scale)
    lines += legend(MARGIN + len(titled) * each, profiles)
    lines += [f'<text x="{MARGIN}" y="{height - MARGIN - 16 * n}" fill="#666666">{escape(line)}</text>'
              for n, line in enumerate(reversed(words))]
    return "\n".join([*lines, "</svg>", ""])
