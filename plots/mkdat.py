#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Records to the data that the figures draw.

usage: mkdat.py DIR      reads DIR/trials.jsonl and DIR/predictions.tsv (may be missing),
                         writes DIR/plots/<figure>.dat and DIR/plots/lists.gp (names, axis limits, source line)

A .dat file has blocks named by the comment on top of them, "# libpcap@64@" measured and "# model@libpcap@64@";
unknown is nan.
"""

import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "harness", "analysis")]
import bars  # noqa: E402
import native  # noqa: E402
import records as rec  # noqa: E402


CURVE = ("dd1k_loss_pct", "mm1k_loss_pct", "dd1k_loss_low_pct", "dd1k_loss_high_pct")


def number(value):
    return "nan" if value is None else f"{value:.9g}"


def block(name, rows):
    lines = [f"# {name}@"] + [" ".join(v if isinstance(v, str) else number(v) for v in row) for row in rows]
    return "\n".join(lines) + "\n\n\n"


def mean(values):
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


class Folder:
    """The trials of a folder as the figures see them: measured, and not used to calibrate."""

    def __init__(self, path):
        self.all = rec.load(path)
        self.wall = self.all[0]["testbed"]["clock"] == "wall"
        self.predictions = rec.load_predictions(path)
        self.curves = rec.load_table(path, "prediction-curves.tsv")
        measured = [r for r in self.all if r["status"] == "ok" and rec.received_pps(r) is not None]
        shown = [r for r in measured if self.prediction(r, "role") != "calibration" and self.counts(r)]
        swept = rec.sweeps(shown)
        self.sweep = [r for r in shown if r["id"] in swept]
        self.load = [r for r in shown if r["id"] not in swept]
        self.names = self.series_names()

    def counts(self, r):
        """Not one of an A/A pair, and on the wall clock not one that a busy machine disturbed."""
        return native.label(r) is None and not (self.wall and native.disturbed(r))

    def prediction(self, r, key):
        return self.predictions.get(r["id"], {}).get(key)

    def cost(self, r):
        """Of a packet, by the clock: instructions of the DUT, or CPU time of the reader."""
        return rec.reader_ns(r) if self.wall else rec.cost(r, self.predictions.get(r["id"]))

    def spread(self, values):
        """Of the trials of a point: mean, least and most of seeds; median and its interval of blocks on the wall clock."""
        return (bars.middle(values) or (None,) * 3) if self.wall else spread(values)

    def offered_kpps(self, group):
        """As what was received of it, by spread(): else a point without loss lies off the line of no loss."""
        return self.spread([rec.get(r, "generator", "achieved_pps") for r in group])[0] / 1e3

    def series_names(self):
        """Curve of each trial: the capture; with its settings where one capture has several sets of them."""
        variants = {}
        for r in self.load:
            variants.setdefault(r["spec"]["capture"], set()).add((rec.settings(r), rec.rx_usecs(r)))
        names = {}
        for r in self.load:
            name = r["spec"]["capture"]
            if self.wall:
                name = wall_name(r, [other for other in self.load if other["spec"]["capture"] == name])
            elif len({s for s, _ in variants[name]}) > 1 and rec.settings(r):
                name += ":" + ",".join(curve_words(r))
            if len({u for _, u in variants[r["spec"]["capture"]]}) > 1:
                name += ":rx_usecs=" + number(rec.rx_usecs(r))
            names[r["id"]] = name
        return names

    def series(self):
        return list(dict.fromkeys(self.names[r["id"]] for r in self.load))

    def frames(self):
        return sorted({r["spec"]["frame_bytes"] for r in self.load})

    def curve(self, name, frame):
        """Groups of trials that differ in the seed only, by rate."""
        rates = {}
        for r in self.load:
            if self.names[r["id"]] == name and r["spec"]["frame_bytes"] == frame:
                rates.setdefault(r["spec"].get("rate_pps"), []).append(r)
        return sorted(rates.values(), key=lambda g: mean(rec.get(r, "generator", "achieved_pps") for r in g))

    def model(self, name, frame):
        """Predicted (pps, loss of D/D/1/K, of M/M/1/K, least and most of D/D/1/K by its uncertainty).

        At the measured rates where there is no finer curve.
        """
        trials = [r for g in self.curve(name, frame) for r in g]
        variants = {self.prediction(r, "variant") for r in trials}
        fine = [c for c in self.curves if c["variant"] in variants and c["frame_bytes"] == frame]
        if fine:
            return [(c["offered_pps"], *(c.get(key) for key in CURVE)) for c in fine]
        return [(rec.get(r, "generator", "achieved_pps"), *(self.prediction(r, key) for key in CURVE)) for r in trials]

    def livelock(self, name, frame):
        """Predicted (pps, loss) of the two stages of a system without NAPI. Nothing of arrivals by another law."""
        trials = [r for g in self.curve(name, frame) for r in g]
        if any("gen.arrivals" in r["spec"]["set"] for r in trials):
            return []
        variants = {self.prediction(r, "variant") for r in trials}
        return [(c["offered_pps"], c.get("two_stage_loss_pct")) for c in self.curves
                if c["variant"] in variants and c["frame_bytes"] == frame and c.get("two_stage_loss_pct") is not None]


def wall_name(r, trials):
    """The capture, whether its reader spins, and the settings in which its trials differ."""
    spin = r["spec"]["set"].get(native.SPIN, "0")
    spins = {t["spec"]["set"].get(native.SPIN, "0") for t in trials} - {"0"}
    words = [rec.settings(t, (native.SPIN,)).split() for t in (r, *trials)]
    own = [w for w in words[0] if not all(w in of for of in words)]
    return (r["spec"]["capture"] + ("" if spin == "0" else "+spin" + (f"={spin}" if len(spins) > 1 else ""))
            + (":" + ",".join(own) if own else ""))


def curve_words(r):
    """Settings that tell a curve from others of its capture. A law of arrivals says enough of who sends."""
    arrivals = r["spec"]["set"].get("gen.arrivals")
    words = [w for w in rec.settings(r).split() if not (arrivals and w.startswith(("generator=", "gen.arrivals=")))]
    return ([arrivals] if arrivals else []) + words


def spread(values):
    """Mean, least and most of the seeds."""
    known = [v for v in values if v is not None]
    return (mean(known), min(known), max(known)) if known else (None, None, None)


def kept_kpps(pps, loss):
    return None if loss is None else pps * (1 - loss / 100) / 1e3


def received_vs_offered(f):
    return by_frame(f, lambda g: f.spread([rec.received_pps(r) / 1e3 for r in g]),
                    lambda pps, *losses: tuple(kept_kpps(pps, loss) for loss in losses))


def loss_vs_offered(f):
    return by_frame(f, lambda g: f.spread([rec.loss_pct(r) for r in g]), lambda pps, *losses: losses)


def by_frame(f, measured, modelled):
    """Two blocks a curve: rate, mean, least, most measured; rate, D/D/1/K, M/M/1/K, least and most of D/D/1/K."""
    text = ""
    for name in f.series():
        for frame in f.frames():
            groups = f.curve(name, frame)
            text += block(f"{name}@{frame}", [(f.offered_kpps(g), *measured(g)) for g in groups]) if groups else ""
            rows = [(m[0] / 1e3, *modelled(*m)) for m in f.model(name, frame)]
            text += block(f"model@{name}@{frame}", rows) if any(v is not None for r in rows for v in r[1:]) else ""
    return text


def residuals(f):
    """A block a capture: load, loss predicted less measured in points by D/D/1/K, by no queue; throughput in %."""
    text = ""
    for name in dict.fromkeys(r["spec"]["capture"] for r in f.all):
        rows = [(f.prediction(r, "rho"), f.prediction(r, "err_dd1k_loss_pp"), f.prediction(r, "err_null_loss_pp"),
                 f.prediction(r, "err_dd1k_pps_pct"))
                for r in f.all if r["spec"]["capture"] == name and f.prediction(r, "role") == "predicted"
                and f.prediction(r, "rho") is not None]
        text += block(name, sorted(rows, key=lambda row: row[0])) if rows else ""
    return text


def livelock(f):
    """Per curve of the smallest frame: measured, D/D/1/K with its band, and the two stages that NAPI did away with."""
    text = ""
    for name in f.series():
        for frame in f.frames()[:1]:
            stages = f.livelock(name, frame)
            if not stages:
                continue
            text += block(name, [(f.offered_kpps(g), *spread([rec.received_pps(r) / 1e3 for r in g]))
                                 for g in f.curve(name, frame)])
            text += block("model@" + name, [(pps / 1e3, *(kept_kpps(pps, loss) for loss in losses))
                                            for pps, *losses in f.model(name, frame)])
            text += block("stages@" + name, [(pps / 1e3, kept_kpps(pps, loss)) for pps, loss in stages])
    return text


def cpu_per_packet(f):
    text = ""
    if f.wall and len(f.frames()) < 2:  # the figure `captures` has all of it
        return text
    for name in f.series():
        for word, end in (("low", 0), ("high", -1)):
            groups = [(frame, f.curve(name, frame)[end]) for frame in f.frames() if f.curve(name, frame)]
            rows = [(frame, *f.spread([f.cost(r) for r in g]), mean(f.prediction(r, "cost") for r in g))
                    for frame, g in groups]
            text += block(f"{name}@{word}", rows)
    return text


def sweep_groups(f):
    """The sweeps of the frame size that has the most trials, {title: trials}; lowest rates first."""
    sizes = [r["spec"]["frame_bytes"] for r in f.sweep]
    frame = max(sorted(set(sizes)), key=sizes.count, default=None)
    groups = {}
    for r in sorted((r for r in f.sweep if r["spec"]["frame_bytes"] == frame), key=sweep_order):
        settings = rec.settings(r, ("base",))
        title = f"{rec.sweep_name(r)}, {rate_word(r)} pps" + (f", {settings}" if settings else "")
        groups.setdefault(title, []).append(r)
    return groups


def sweep_order(r):
    return (r["spec"]["rate_pps"] or math.inf, rec.capture_rank(rec.sweep_name(r)), rec.sort_key(r))


def rate_word(r):
    rate = r["spec"].get("rate_pps")
    return "max" if rate is None else f"{rate:,}"


def us(ns):
    return None if ns is None else ns / 1e3


def coalescing(f):
    """A block a sweep: step, interrupts/s, loss and mean delay, each with the model's.

    Then interrupts/s and delay by the rules C2, a timer from the first packet, and C3, a gap between interrupts.
    """
    groups = sweep_groups(f)
    steps = sweep_steps(groups)
    text = ""
    for n, trials in enumerate(groups.values(), 1):
        rows = [(number(rec.rx_usecs(r)), steps.index(rec.rx_usecs(r)), rec.irq_per_s(r), f.prediction(r, "irq_per_s"),
                 rec.loss_pct(r), f.prediction(r, "dd1k_loss_pct"), us(rec.get(r, "latency_ns", "mean")),
                 us(f.prediction(r, "latency_ns")), f.prediction(r, "irq_timer_per_s"), f.prediction(r, "irq_gap_per_s"),
                 us(f.prediction(r, "latency_timer_ns")), us(f.prediction(r, "latency_gap_ns"))) for r in trials]
        text += block(f"@{n}", sorted(rows, key=lambda row: row[1]))
    return text


def quantiles(r):
    return [us(rec.get(r, "latency_ns", key)) for key in ("p50", "p99", "p99_9", "max")]


def timed_series(f):
    """Captures whose frames were timed, at the smallest frame that was: (name, groups of seeds by rate)."""
    timed = [r for r in f.load if rec.get(r, "latency_ns", "p50") is not None]
    frame = min((r["spec"]["frame_bytes"] for r in timed), default=None)
    names = dict.fromkeys(f.names[r["id"]] for r in timed if r["spec"]["frame_bytes"] == frame)
    return frame, [(name, f.curve(name, frame)) for name in names]


def latency(f):
    """A block a capture: rate, p50, p99, p99.9, max in us; and a block a sweep of rx-usecs, by its steps."""
    groups = sweep_groups(f)
    steps = sweep_steps(groups)
    text = ""
    for name, rates in timed_series(f)[1]:
        text += block(f"rate@{name}", [(f.offered_kpps(g), *map(mean, zip(*map(quantiles, g)))) for g in rates])
    for n, trials in enumerate(groups.values(), 1):
        rows = [(number(rec.rx_usecs(r)), steps.index(rec.rx_usecs(r)), *quantiles(r)) for r in trials]
        if any(row[2] is not None for row in rows):
            text += block(f"sweep@{n}", sorted(rows, key=lambda row: row[1]))
    return text


def sweep_steps(groups):
    return sorted({rec.rx_usecs(r) for trials in groups.values() for r in trials})


def loses(f, trials):
    """Whether a sweep has a loss to show, measured or predicted."""
    return any(rec.loss_pct(r) or f.prediction(r, "dd1k_loss_pct") for r in trials)


def captures(f):
    """A row a capture: name, loss-free rate and its limits, that in words, cost and its limits."""
    rows = bars.bars(f)
    return block("", [(name, *b) for name, b in rows]) if len(rows) > 1 else ""


FIGURES = {"received-vs-offered": received_vs_offered, "loss-vs-offered": loss_vs_offered,
           "cpu-per-packet": cpu_per_packet, "captures": captures, "coalescing": coalescing,
           "latency": latency,
           "residuals": residuals, "livelock": livelock}


def above(values, step, least):
    """Axis limit: the next whole step above the largest value."""
    top = max([v for v in values if v is not None], default=0)
    return max(least, step * (int(top / step) + 1))


def log_limits(values):
    """Limits of a logarithmic axis, of 1, 2 or 5 times a power of ten."""
    known = [v for v in values if v]
    steps = [m * 10 ** e for e in range(-3, 13) for m in (1, 2, 5)]
    if not known:
        return 1, 10
    return max(s for s in steps if s < min(known)), min(s for s in steps if s > max(known))


def source_line(f, trials):
    beds = sorted({"{name}, {clock} clock, identity {identity}".format(**r["testbed"]) for r in f.all})
    counts = sorted({r["spec"]["count"] for r in trials})
    text = "testbed " + "; ".join(beds)
    return text + (f" · {span(counts)} frames a trial" if counts else "")


def seeds_words(f):
    seeds = sorted({len(g) for name in f.series() for frame in f.frames() for g in f.curve(name, frame)})
    if f.wall and seeds:
        return f" · medians of {span(seeds)} blocks; bars: 95 % intervals of 6 and more, else least and most"
    return f", {span(seeds)} trial{'s' if seeds[-1] > 1 else ''} a point" if seeds else ""


def span(values):
    return f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"


def rate_range(f, end):
    """The rates asked for at one end of the curves; of unpaced ones, what came of it."""
    groups = [f.curve(n, fr)[end] for n in f.series() for fr in f.frames() if f.curve(n, fr)]
    ends = sorted({rate_word(g[0]) for g in groups}, key=lambda word: (len(word), word))
    if ends == ["max"]:
        reached = sorted({round(f.offered_kpps(g)) for g in groups})
        return f"unpaced, {reached[0]},000" + (f" to {reached[-1]},000" if len(reached) > 1 else "") + " pps"
    return " to ".join(dict.fromkeys((ends[0], ends[-1]))) + " pps" if ends else ""


def lists(f):
    sweeps, virtual = sweep_groups(f), all(r["testbed"]["clock"] == "virtual" for r in f.all)
    swept = [r for trials in sweeps.values() for r in trials]
    few, many = log_limits([v for r in swept for v in (rec.irq_per_s(r), f.prediction(r, "irq_per_s"))])
    delays = [us(v) for r in swept for v in (rec.get(r, "latency_ns", "mean"), f.prediction(r, "latency_ns")) if v]
    short, long = log_limits(delays)
    frame, timed = timed_series(f)
    waits = [v for r in swept + [r for _, rates in timed for g in rates for r in g] for v in quantiles(r)[:3]]
    floor, ceiling = log_limits(waits)
    texts = {
        "timed": " ".join(name for name, _ in timed), "timed_frame": str(frame or ""),
        "timed_sweeps": " ".join(str(n) for n, trials in enumerate(sweeps.values(), 1)
                                 if any(quantiles(r)[0] is not None for r in trials)),
        "latency_source": source_line(f, [r for _, rates in timed for g in rates for r in g] or swept),
        "captures": " ".join(f.series()), "frames": " ".join(map(str, f.frames())),
        "source": source_line(f, f.load) + seeds_words(f), "sweep_source": source_line(f, swept),
        "unit": "instructions" if virtual else "ns of the reader's CPU", "low_rate": rate_range(f, 0), "high_rate": rate_range(f, -1),
        "sweep_frame": str(swept[0]["spec"]["frame_bytes"]) if swept else "",
        # one word each: a no-break space for a space
        "sweep_titles": " ".join(title.replace(" ", "\u00a0") for title in sweeps),
        "sweep_captures": " ".join(rec.sweep_name(trials[0]) for trials in sweeps.values()),
        "sweep_lossy": " ".join(str(n) for n, trials in enumerate(sweeps.values(), 1) if loses(f, trials)),
    }
    rest = [f.prediction(r, key) for r in f.all for key in ("err_dd1k_loss_pp", "err_null_loss_pp")
            if f.prediction(r, "role") == "predicted"]
    known = [v for v in rest if v is not None and v == v]
    texts["residual_captures"] = " ".join(dict.fromkeys(
        r["spec"]["capture"] for r in f.all if f.prediction(r, "role") == "predicted"
        and f.prediction(r, "rho") is not None))
    texts["livelock_captures"] = " ".join(name for name in f.series() if f.frames() and
                                          f.livelock(name, f.frames()[0]))
    texts["smallest_frame"] = str(f.frames()[0]) if f.frames() else ""
    numbers = {
        "residual_low": -above([-v for v in known], 1, 1), "residual_high": above(known, 1, 1),
        "n_bars": len(bars.bars(f)), "top_free": above([b[2] for _, b in bars.bars(f)], 50, 50),
        "top_bar_cost": above([b[6] for _, b in bars.bars(f)], 50, 50),
        "wall": int(f.wall), "low_kpps": log_limits([rec.get(r, "generator", "achieved_pps") / 1e3 for r in f.load])[0],
        "top_kpps": above([rec.get(r, "generator", "achieved_pps") / 1e3 for r in f.load], 20, 20),
        "top_loss": above([max(rec.loss_pct(r), f.prediction(r, "mm1k_loss_pct") or 0) for r in f.load], 10, 10),
        "top_cost": above([max(f.cost(r) or 0, f.prediction(r, "cost") or 0) for r in f.load], 500, 500),
        "sweep_irq_low": few, "sweep_irq_high": many, "sweep_delay_low": short, "sweep_delay_high": long,
        "latency_low": floor, "latency_high": ceiling, "sweep_steps": max(len(sweep_steps(sweeps)), 1),
    }
    quoted = [f"{name} = \"{text}\"" for name, text in texts.items()]
    return "\n".join(quoted + [f"{name} = {value}" for name, value in numbers.items()]) + "\n"


def make(path):
    """Writes the data; the names of the figures that have some."""
    f = Folder(path)
    out = os.path.join(path, "plots")
    os.makedirs(out, exist_ok=True)
    drawn = []
    for name, figure in FIGURES.items():
        text = figure(f)
        write(os.path.join(out, name + ".dat"), text)
        if text:
            drawn.append(name)
    write(os.path.join(out, "lists.gp"), lists(f))
    return drawn


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def main(argv):
    if len(argv) != 2 or argv[1].startswith("-"):
        print("usage: mkdat.py DIR", file=sys.stderr)
        return 2
    try:
        make(argv[1])
    except (rec.BadRecord, OSError) as why:
        print(f"mkdat: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
