# SPDX-License-Identifier: GPL-2.0-or-later
"""Data of each figure, a function a figure: text of blocks named by the comment on top of them, "# libpcap@64@" measured
and "# model@libpcap@64@"; unknown is nan. Empty where the folder has nothing for it."""

import bars
import front
import kernel_stages
import records as rec
from rates import mean, spread
from series import quantiles, steps_of, us


def number(value):
    return "nan" if value is None else f"{value:.9g}"


def quoted(text):
    """A word of a data file; gnuplot takes spaces and # in it."""
    return '"' + text.replace('"', "'") + '"' if set(text) & set(' #"') else text


def block(name, rows):
    lines = [f"# {name}@"] + [" ".join(quoted(v) if isinstance(v, str) else number(v) for v in row) for row in rows]
    return "\n".join(lines) + "\n\n\n"


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
    for name in f.residual_captures():
        rows = [(f.prediction(r, "rho"), f.prediction(r, "err_dd1k_loss_pp"), f.prediction(r, "err_null_loss_pp"),
                 f.prediction(r, "err_dd1k_pps_pct")) for r in f.predicted_trials() if r["spec"]["capture"] == name]
        text += block(name, sorted(rows, key=lambda row: row[0]))
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
    """A block a curve and end of the rates: frame, cost, least, most, and the model's. The figure `captures` has all of
    it where there is one size of frame."""
    text = ""
    for name in f.series() if len(f.frames()) > 1 else []:
        for word, end in (("low", 0), ("high", 1)):
            groups = [(frame, f.asked(name, frame).get(f.common_rates(frame)[end])) for frame in f.frames()]
            rows = [(frame, *f.spread([f.cost(r) for r in g]), mean(f.prediction(r, "cost") for r in g))
                    for frame, g in groups if g]
            text += block(f"{name}@{word}", rows) if rows else ""
    return text


def coalescing(f):
    """A block a sweep: rx-usecs, its step, interrupts/s, loss and mean delay, each with the model's.

    Then interrupts/s and delay were it a timer from the first packet, and were it a gap between interrupts; cost of a
    packet, measured and the model's.
    """
    groups = f.sweep_groups()
    steps = steps_of(groups)
    text = ""
    for n, trials in enumerate(groups.values(), 1):
        rows = [(number(rec.rx_usecs(r)), steps.index(rec.rx_usecs(r)), rec.irq_per_s(r), f.prediction(r, "irq_per_s"),
                 rec.loss_pct(r), f.prediction(r, "dd1k_loss_pct"), us(rec.get(r, "latency_ns", "mean")),
                 us(f.prediction(r, "latency_ns")), f.prediction(r, "irq_timer_per_s"), f.prediction(r, "irq_gap_per_s"),
                 us(f.prediction(r, "latency_timer_ns")), us(f.prediction(r, "latency_gap_ns")),
                 f.cost(r), f.prediction(r, "cost")) for r in trials]
        text += block(f"@{n}", sorted(rows, key=lambda row: row[1]))
    return text


def latency(f):
    """A block a capture: rate, p50, p99, p99.9, max in us; and a block a sweep of rx-usecs, by its steps."""
    groups = f.sweep_groups()
    steps = steps_of(groups)
    text = ""
    for name, rates in f.timed_series()[1]:
        text += block(f"rate@{name}", [(f.offered_kpps(g), *map(mean, zip(*map(quantiles, g)))) for g in rates])
    for n, trials in enumerate(groups.values(), 1):
        rows = [(number(rec.rx_usecs(r)), steps.index(rec.rx_usecs(r)), *quantiles(r)) for r in trials]
        if any(row[2] is not None for row in rows):
            text += block(f"sweep@{n}", sorted(rows, key=lambda row: row[1]))
    return text


def captures(f):
    """A row a capture: name, loss-free rate and its limits, that in words, cost and its limits, that in words."""
    rows = bars.bars(f)
    return block("", [(name, *b) for name, b in rows]) if len(rows) > 1 else ""


def kernels(f):
    """A row a kernel: its name, and instructions a frame of each stage."""
    trials = kernel_stages.profiled(f)
    return block("", kernel_stages.rows(trials)) if trials else ""


def tune(f):
    """A block a series: loss %, p99, cpu, interrupts/s; on the front, the default, the answer."""
    return "".join(block(f"@{n}", front.rows_of(rows)) for n, (_, rows) in enumerate(front.of(f), 1))


FIGURES = {"received-vs-offered": received_vs_offered, "loss-vs-offered": loss_vs_offered,
           "cpu-per-packet": cpu_per_packet, "captures": captures, "coalescing": coalescing,
           "latency": latency,
           "residuals": residuals, "livelock": livelock, "kernels": kernels, "tune": tune}
