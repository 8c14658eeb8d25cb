# SPDX-License-Identifier: GPL-2.0-or-later
"""What two profiles differ in, function by function. Pure: profiles in (profiles.py), rows out.

A function's change, in instructions a frame, has two parts: what comes from code that only one of the two has (its own),
and what comes from executing the same code more often or less often. Another image lays its code out elsewhere; that
alone moves when interrupts meet what runs, and so how often things are done, by up to LAYOUT of the whole. It alters no
function's own code: what remains below that, and is no function's own, is marked and is no change.
"""

import difflib

LAYOUT = 0.02  # of all instructions a frame: what another image can make of the same sources
LEAST = 1.0  # instructions a frame: less is not spoken of
CALL = 12  # instructions that a call costs beside the function's own work, at most
ALIKE = 0.75  # of two names: one function that was renamed
NEAR = 0.25  # of two costs: the same

GONE, NEW, DEARER, CHEAPER, OFTENER, RARER, SAME = "gone", "new", "dearer", "cheaper", "more often", "less often", ""


def bare(name):
    """Without its module: what was a module may be built in elsewhere."""
    return name.split(" [")[0]


def partner(name, others, own):
    """The same function in the other profile."""
    if name in others:
        return name
    found = [other for other in others if " (" not in other and bare(other) == bare(name) and other not in own]
    return found[0] if len(found) == 1 and not name.startswith("[") else None


def pairs(a, b):
    """(name in a, name in b), each function once; None where one does not have it."""
    found = [(name, partner(name, b.rows, a.rows)) for name in a.rows]
    met = {other for _, other in found}
    return found + [(None, name) for name in b.rows if name not in met]


def expand(runs, frames):
    """(distances as one text, [how often a frame each instruction was executed])"""
    text, times = [], []
    for run in runs.split():
        count, distances = run.split(":")
        text.append(distances)
        times += [int(count) / frames] * len(distances)
    return "".join(text), times


def common_ends(a, b):
    """How many characters are alike at the beginning, and how many of the rest at the end."""
    least = min(len(a), len(b))
    head = next((i for i in range(least) if a[i] != b[i]), least)
    tail = next((i for i in range(least - head) if a[-1 - i] != b[-1 - i]), least - head)
    return head, tail


def own_code(a, b):
    """Instructions a frame that b's own code has more than a's; both as of expand()."""
    head, tail = common_ends(a[0], b[0])
    ends = [len(side[0]) - tail for side in (a, b)]
    matcher = difflib.SequenceMatcher(None, a[0][head:ends[0]], b[0][head:ends[1]], autojunk=False)
    more = 0
    for what, i, j, k, m in matcher.get_opcodes():
        if what != "equal":
            more += sum(b[1][head + k:head + m]) - sum(a[1][head + i:head + j])
    return more


def own_change(a, b, before, after):
    """The part of the change that is of the function's own code, or None where its code is not known."""
    change = after["insns"] - before["insns"]
    if before["code"] is None or after["code"] is None:
        return None
    if abs(change) < LEAST:
        return 0.0
    more = own_code(expand(before["code"], a.frames), expand(after["code"], b.frames))
    # Where it is of the other sign, pieces of two compilers' code were held against each other in the wrong places.
    return 0.0 if more * change <= 0 else min(more, change, key=abs)


def side(profile, name):
    row = profile.rows.get(name) if name else None
    if not row:
        return {"name": None, "stage": None, "insns": 0.0, "calls": None, "code": None}
    calls = row["calls"]
    return {"name": name, "stage": row["stage"], "insns": profile.per_frame(row["instructions"]),
            "calls": None if calls is None else profile.per_frame(calls), "code": row["code"]}


def per_call(one):
    return one["insns"] / one["calls"] if one["calls"] else None


def is_own(row, before, after):
    """Whether the function itself became another one."""
    change = row["change"]
    if abs(change) < LEAST:
        return False
    if row["own"] is None:
        return abs(change) > LAYOUT * max(before["insns"], after["insns"])
    costs = per_call(before), per_call(after)
    if None not in costs and abs(costs[1] - costs[0]) < min(LEAST, 0.01 * costs[0]):
        return False  # called more often, and no dearer
    return abs(row["own"]) >= LEAST


def kind(row, before, after):
    change = row["change"]
    if abs(change) < LEAST:
        return SAME
    if not before["name"] or not after["name"]:
        return GONE if before["name"] else NEW
    if is_own(row, before, after):
        return DEARER if change > 0 else CHEAPER
    return OFTENER if change > 0 else RARER


def compare_function(a, b, names):
    before, after = side(a, names[0]), side(b, names[1])
    change = after["insns"] - before["insns"]
    row = {"function": after["name"] or before["name"], "stage": after["stage"] or before["stage"],
           "before": before["insns"], "after": after["insns"], "change": change,
           "own": own_change(a, b, before, after) if before["name"] and after["name"] else change,
           "calls_before": before["calls"], "calls_after": after["calls"], "note": ""}
    row["kind"] = kind(row, before, after)
    return row


def hottest(profile, name):
    """How often a frame the most executed instruction of a function was executed; None: not known."""
    code = profile.rows[name]["code"] if name in profile.rows else None
    return max((int(run.split(":")[0]) for run in code.split()), default=0) / profile.frames if code else None


def may_hold(row, caller, profile, sign):
    """Whether a caller's growth is what a function's instructions are that vanished: less what its calls cost."""
    size, calls = (row["before"], row["calls_before"]) if sign > 0 else (row["after"], row["calls_after"])
    growth = sign * caller["change"]
    often = hottest(profile, caller["function"])
    if calls and often is not None and often < 0.98 * calls:
        return False
    return max(0.4 * size, 0.9 * size - CALL * (calls or 0)) <= growth <= 1.1 * size + LEAST


def tell_inlined(rows, a, b):
    """Notes for functions that vanished into their caller, or came out of one, where just one can be it."""
    for gone, sign, words in ((GONE, 1, "inlined in"), (NEW, -1, "out of")):
        callers = [r for r in rows if r["kind"] in ((DEARER,) if sign > 0 else (CHEAPER,))]
        for row in [r for r in rows if r["kind"] == gone and not r["note"]]:
            found = [c for c in callers if may_hold(row, c, b if sign > 0 else a, sign)]
            near = [c for c in found if c["stage"] == row["stage"]] or found
            if len(near) == 1:
                row["note"] = f"{words} {near[0]['function']}"
                near[0]["note"] = near[0]["note"] or f"{'with' if sign > 0 else 'without'} {row['function']}"


def tell_renamed(rows):
    """Notes for functions that vanished beside one of nearly the same name and the same cost."""
    new = [r for r in rows if r["kind"] == NEW]
    for row in [r for r in rows if r["kind"] == GONE]:
        found = [n for n in new if abs(n["after"] - row["before"]) <= NEAR * row["before"] and
                 difflib.SequenceMatcher(None, n["function"], row["function"]).ratio() >= ALIKE]
        if len(found) == 1:
            row["note"], found[0]["note"] = f"now {found[0]['function']}", f"was {row['function']}"


def is_same_image(a, b):
    return a.record["testbed"]["identity"] == b.record["testbed"]["identity"]


def is_layout(row, within):
    """Whether another layout alone may have made it; what has no effect is not spoken of."""
    return within and row["kind"] in (OFTENER, RARER)


def compare(a, b):
    """The comparison of two profiles as an object for JSON; functions by how much they changed."""
    totals = a.total(), b.total()
    rows = [compare_function(a, b, names) for names in pairs(a, b)]
    tell_renamed(rows)
    tell_inlined(rows, a, b)
    within = not is_same_image(a, b) and abs(totals[1] - totals[0]) <= LAYOUT * totals[0]
    for row in rows:
        row["layout"] = is_layout(row, within)
    rows.sort(key=lambda row: (-abs(row["change"]), row["function"]))
    stages = a.stages(), b.stages()
    return {"before": totals[0], "after": totals[1], "change": totals[1] - totals[0], "within_layout": within,
            "changed": any(row["kind"] and not row["layout"] for row in rows),
            "stages": {name: {"before": stages[0].get(name, 0.0), "after": stages[1].get(name, 0.0)}
                       for name in {**stages[0], **stages[1]}},
            "functions": rows}


def makers(found, most=5):
    """The functions that make the change: words, those with the largest effect first."""
    rows = [row for row in found["functions"] if row["kind"] and not row["layout"]]
    words = [f"{row['function']} {row['change']:+.1f} ({', '.join(filter(None, (row['kind'], row['note'])))})"
             for row in rows[:most]]
    return words + ([f"{len(rows) - most} more"] if len(rows) > most else [])
