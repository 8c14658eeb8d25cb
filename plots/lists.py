# SPDX-License-Identifier: GPL-2.0-or-later
"""What each figure must know besides its data: names and styles of its curves, axis limits, the place that its key
needs, and the lines below it that say where the numbers are from. Each a dict of gnuplot's variables."""

import textwrap

import bars
import front
import kernel_stages
import rates as rules
import records as rec
from conditions import UNREAD
from series import SPACE, quantiles, rate_word, steps_of, us

LETTER, SAMPLE, KEY_WIDTH = 6.7, 58, 1155  # pixels: a letter of the key, what stands round each name, the key's place
LINE_LETTERS = 185  # of a line below a figure


def above(values, step, least):
    """Axis limit: the next whole step above the largest value."""
    top = max([v for v in values if v is not None], default=0)
    return max(least, step * (int(top / step) + 1))


def log_limits(values):
    """Limits of a logarithmic axis, of 1, 2 or 5 times a power of ten."""
    known = [v for v in values if v]
    steps = log_steps()
    if not known:
        return 1, 10
    return max(s for s in steps if s < min(known)), min(s for s in steps if s > max(known))


def log_steps():
    return [m * 10 ** e for e in range(-3, 13) for m in (1, 2, 5)]


def log_ticks(low, high):
    """Numbers along such an axis: powers of ten, where there are three of them, or 1, 2 and 5 times those."""
    inside = [s for s in log_steps() if low <= s <= high]
    tens = [s for s in inside if f"{s:e}".startswith("1.0")]
    return " ".join(f"{s:g}" for s in (tens if len(tens) > 2 else inside))


def key(names):
    """Where each name of a key stands, pixels from the left and row from 1: as words in a text, so that all can be read."""
    places, x, row = [], 0, 1
    room = max([KEY_WIDTH, *(SAMPLE + LETTER * len(name) for name in names)])
    for name in names:
        width = SAMPLE + LETTER * len(name)
        if x and x + width > room:
            x, row = 0, row + 1
        places.append((x, row))
        x += width
    return {"key_names": " ".join(names), "key_x": " ".join(f"{at:.0f}" for at, _ in places),
            "key_row": " ".join(str(at) for _, at in places), "key_rows": row if names else 0,
            "key_wide": int(room)}


def tick_step(top):
    """Of a linear axis from 0: at most six steps of 1, 2 or 5 times a power of ten."""
    return min(s for s in log_steps() if 6 * s >= top)


def styled(f, names):
    return {"captures": " ".join(names), "ranks": " ".join(str(f.style(name)) for name in names), **key(names)}


def span(values):
    return f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"


def source(f, groups):
    """Where the numbers of these points are from, each a group of equal trials, and on which common ground: a word a line,
    with no-break spaces for spaces."""
    trials = [r for g in groups for r in g]
    counts, sizes = (sorted({r["spec"]["count"] for r in trials}), sorted(map(len, groups)))
    text = "testbed " + "; ".join(f.beds()) + (f" · {span(counts)} frames a trial" if counts else "")
    if f.wall and sizes:
        text += f" · medians of {points(sizes)} blocks; bars: 95 % intervals of 6 and more, else least and most"
    elif sizes:
        text += f", {points(sizes)} trial{'s' if sizes[-1] > 1 else ''} a point"
    unread = any(UNREAD in f.words(r) for r in trials)
    ground = (f"common ground: {f.conditions.line()}; a name says what differs"
              + (f"; {UNREAD}: a driver of its own, of which nothing was read back" if unread else ""))
    lines = [line for words in (text, ground) for line in textwrap.wrap(words, LINE_LETTERS)]
    return {"source": " ".join(line.replace(" ", SPACE) for line in lines)}


def points(sizes):
    return span(sorted({sizes[0], sizes[-1]}))


def curves(f):
    """The points of all curves."""
    return [g for name in f.series() for frame in f.frames() for g in f.curve(name, frame)]


def modelled(f):
    return int(any(f.prediction(r, "dd1k_loss_pct") is not None for r in f.loads))


def by_frame(f):
    offered = [rec.get(r, "generator", "achieved_pps") / 1e3 for r in f.loads]
    lines = [next(map(rules.line_rate_pps, (r for r in f.loads if r["spec"]["frame_bytes"] == frame)))
             for frame in f.frames()]
    return {**styled(f, f.series()), **source(f, curves(f)), "frames": " ".join(map(str, f.frames())),
            "line_kpps": " ".join("nan" if v is None else f"{v / 1e3:.6g}" for v in lines), "modelled": modelled(f),
            "wall": int(f.wall), "low_kpps": log_limits(offered)[0], "top_kpps": above(offered, 20, 20),
            "high_kpps": log_limits(offered)[1],
            "top_loss": above([max(rec.loss_pct(r), f.prediction(r, "mm1k_loss_pct") or 0) for r in f.loads], 10, 10)}


def rates_at(f, end):
    """ "60,000 pps" of all sizes, or "60,000 pps (64), 90,000 pps (1518)"."""
    words = {frame: rate_word(f.common_rates(frame)[end]) for frame in f.frames()}
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return ", ".join(f"{word} ({frame})" for frame, word in words.items())


def cpu_per_packet(f):
    groups = [g for name in f.series() for frame in f.frames() for rate, g in f.asked(name, frame).items()
              if rate in f.common_rates(frame)]
    return {**styled(f, f.series()), **source(f, groups),
            "unit": unit(f), "low_rate": rates_at(f, 0), "high_rate": rates_at(f, 1), "modelled": modelled(f),
            "frame_ticks": ', '.join(f'"{frame}" {frame}' for frame in f.frames()), "top_frame": f.frames()[-1] * 1.06,
            "top_cost": above([max(f.cost(r) or 0, f.prediction(r, "cost") or 0) for g in groups for r in g], 500, 500)}


def unit(f):
    return "ns of the reader's CPU" if f.wall else "instructions"


def captures(f):
    rows, frame = bars.bars(f), f.frames()[0]
    names = [name for name, _ in rows]
    free, cost = above([b[2] for _, b in rows], 50, 50), above([b[6] for _, b in rows], 50, 50)
    line = next(map(rules.line_rate_pps, (r for r in f.loads if r["spec"]["frame_bytes"] == frame)))
    return {**source(f, [g for name in names for g in f.curve(name, frame)]), **key([]), "n_bars": len(rows),
            "frame": str(frame), "unit": unit(f), "usual": rate_word(bars.usual_rate(f)), "wall": int(f.wall),
            "name_px": int(LETTER * max(map(len, names))) + 16,
            "line": "nan" if line is None else f"{line / 1e3:.6g}",
            "top_free": free, "free_step": tick_step(1.25 * free), "top_bar_cost": cost,
            "cost_step": tick_step(1.25 * cost)}


def sweep_titles(groups):
    """One word each: a no-break space for a space."""
    return [title.replace(" ", SPACE) for title in groups]


def points_of_sweeps(groups):
    points = {}
    for title, trials in groups.items():
        for r in trials:
            points.setdefault((title, rec.rx_usecs(r)), []).append(r)
    return list(points.values())


def coalescing(f):
    groups = f.sweep_groups()
    swept = [r for trials in groups.values() for r in trials]
    irqs = log_limits([v for r in swept for v in (rec.irq_per_s(r), f.prediction(r, "irq_per_s"))])
    delays = log_limits([us(v) for r in swept for v in (rec.get(r, "latency_ns", "mean"), f.prediction(r, "latency_ns"))
                         if v])
    titles = sweep_titles(groups)
    lossy = [str(n) for n, trials in enumerate(groups.values(), 1) if loses(f, trials)]
    return {**source(f, points_of_sweeps(groups)), **key(titles), "sweep_titles": " ".join(titles),
            "sweep_frame": str(swept[0]["spec"]["frame_bytes"]), "sweep_lossy": " ".join(lossy),
            "unit": unit(f), "modelled": int(f.predicted(swept, "irq_per_s")),
            "sweep_steps": max(len(steps_of(groups)), 1),
            "irq_low": irqs[0], "irq_high": irqs[1], "irq_ticks": log_ticks(*irqs),
            "delay_low": delays[0], "delay_high": delays[1], "delay_ticks": log_ticks(*delays),
            "top_cost": above([v for r in swept for v in (f.cost(r), f.prediction(r, "cost"))], 500, 500)}


def loses(f, trials):
    """Whether a sweep has a loss to show, measured or predicted."""
    return any(rec.loss_pct(r) or f.prediction(r, "dd1k_loss_pct") for r in trials)


def latency(f):
    groups = f.sweep_groups()
    frame, timed = f.timed_series()
    sweeps = [str(n) for n, trials in enumerate(groups.values(), 1) if any(quantiles(r)[0] is not None for r in trials)]
    points = [g for _, rates in timed for g in rates] + points_of_sweeps(groups)
    names, titles = [name for name, _ in timed], sweep_titles(groups)
    low, high = log_limits([v for g in points for r in g for v in quantiles(r)[:3]])
    offered = [f.offered_kpps(g) for _, rates in timed for g in rates]
    generators = sorted({r["spec"]["generator"] for g in points for r in g})
    return {**source(f, points), **styled(f, names), **key(names + [titles[int(n) - 1] for n in sweeps]),
            "generators": " and ".join(generators), "leads": int("pktgen" in generators),
            "timed_frame": str(frame or ""), "timed_sweeps": " ".join(sweeps), "sweep_titles": " ".join(titles),
            "sweep_frame": str(next((r["spec"]["frame_bytes"] for t in groups.values() for r in t), "")),
            "sweep_steps": max(len(steps_of(groups)), 1), "latency_low": low, "latency_high": high,
            "latency_ticks": log_ticks(low, high), "below": int(any(quantiles(r)[0] == 0 for g in points for r in g)),
            "wall": int(f.wall), "top_kpps": above(offered, 20, 20),
            "low_kpps": log_limits(offered)[0], "high_kpps": log_limits(offered)[1]}


def residuals(f):
    rest = [f.prediction(r, key) for r in f.predicted_trials() for key in ("err_dd1k_loss_pp", "err_null_loss_pp")]
    known = [v for v in rest if v is not None]
    return {**source(f, [[r] for r in f.predicted_trials()]), **styled(f, f.residual_captures()),
            "residual_low": -1.2 * above([-v for v in known], 1, 1), "residual_high": 1.2 * above(known, 1, 1)}


def livelock(f):
    frame = f.frames()[0]
    names = [name for name in f.series() if f.livelock(name, frame)]
    offered = [f.offered_kpps(g) for name in names for g in f.curve(name, frame)]
    return {**source(f, [g for name in names for g in f.curve(name, frame)]), **styled(f, names),
            "smallest_frame": str(frame), "top_kpps": above(offered, 20, 20)}


def kernels(f):
    trials = kernel_stages.profiled(f)
    names = kernel_stages.stages(trials)
    spec = trials[0][1]["spec"]
    return {**source(f, [[r] for _, r in trials]), "captures": " ".join(names),
            "ranks": " ".join(map(str, range(1, len(names) + 1))), **key(names), "capture": spec["capture"],
            "frame": str(spec["frame_bytes"]), "rate": rate_word(spec["rate_pps"]), "n_kernels": len(trials),
            "top_insns": above([1.02 * kernel_stages.highest(trials)], 100, 100)}


def tune(f):
    series = front.of(f)
    titles = [name.replace(" ", SPACE) for name, _ in series]
    columns = list(zip(*(v for _, rows in series for v, *_ in rows)))
    limits = {name: log_limits(column) for name, column in zip(front.MEASURES, columns)}
    return {**source(f, [[r] for r in f.measured]), **key(titles), "tune_titles": " ".join(titles),
            "cpu_unit": "ns" if f.wall else "instructions",
            **{f"{name}_{end}": limits[name][i] for name in ("p99", "cpu", "irq") for i, end in enumerate(("low", "high"))}}


LISTS = {"received-vs-offered": by_frame, "loss-vs-offered": by_frame, "cpu-per-packet": cpu_per_packet,
         "captures": captures, "coalescing": coalescing, "latency": latency, "residuals": residuals,
         "livelock": livelock, "kernels": kernels, "tune": tune}


def text(values):
    """As gnuplot reads it; a text in single quotes, in which nothing has a meaning but the quote itself."""
    def right(value):
        return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)

    return "".join(f"{name} = {right(value)}\n" for name, value in values.items())
