# SPDX-License-Identifier: GPL-2.0-or-later
"""The trials of a folder as curves: measured, not used to calibrate, one name for each set of equal conditions."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "harness", "analysis")]
import folder  # noqa: E402
import interference  # noqa: E402
import rates  # noqa: E402
import records as rec  # noqa: E402
from conditions import LABEL  # noqa: E402

CURVE = ("dd1k_loss_pct", "mm1k_loss_pct", "dd1k_loss_low_pct", "dd1k_loss_high_pct")
# One colour and one point for each of these in every figure; colours of other curves follow.
ORDER = ["null", "libpcap", "ykvm", "napi-tuned", "interrupt-coalesced"]
SPACE = "\u00a0"  # in a name: gnuplot's lists of words are parted by spaces


def counts(r):
    """Not one of an A/A pair, and on the wall clock not one that a busy machine disturbed."""
    wall = r["testbed"]["clock"] == "wall"
    return r["spec"]["set"].get(LABEL) is None and not (wall and interference.disturbed(r))


class Series(folder.Folder):
    def __init__(self, path):
        super().__init__(path, counts)
        self.curves = rec.load_table(path, "prediction-curves.tsv")
        self.same = self.own_alike()
        self.spins = {}
        for r in self.loads:
            self.spins.setdefault(r["spec"]["capture"], set()).add(r["spec"]["set"].get(interference.SPIN, "0"))
        self.styles = {}
        self.names = {r["id"]: self.name_of(r) for r in self.loads}
        self.first = {self.names[r["id"]]: r for r in reversed(self.loads)}
        self.points = self.all_points()

    def style(self, name):
        """Number of a curve's colour and point, from 1: the same in every figure of the folder."""
        if not self.styles:
            for other in self.series():
                self.styles[other] = self.free_style(other.split(":")[0])
            for capture in self.residual_captures():
                alike = next((self.styles[other] for other in self.series() if other.split(":")[0] == capture), None)
                self.styles.setdefault(capture, alike or self.free_style(capture))
        return self.styles[name]

    def free_style(self, capture):
        own = ORDER.index(capture) + 1 if capture in ORDER else 0
        taken = self.styles.values()
        return own if own and own not in taken else max([len(ORDER), *taken]) + 1

    def predicted_trials(self):
        return [r for r in self.all if self.prediction(r, "role") == "predicted"
                and self.prediction(r, "rho") is not None]

    def residual_captures(self):
        return list(dict.fromkeys(r["spec"]["capture"] for r in self.predicted_trials()))

    def cost(self, r):
        """Of a packet, by the clock: instructions of the DUT, or CPU time of the reader."""
        return rec.reader_ns(r) if self.wall else super().cost(r)

    def spread(self, values):
        """Of the trials of a point: mean, least and most of seeds; median and its interval of blocks on the wall clock."""
        return (rates.middle(values) or (None,) * 3) if self.wall else rates.spread(values)

    def offered_kpps(self, group):
        """As what was received of it, by spread(): else a point without loss lies off the line of no loss."""
        return self.spread([rec.get(r, "generator", "achieved_pps") for r in group])[0] / 1e3

    def own_alike(self):
        """Settings of its own in which all trials of a capture agree: {capture: words}. They tell no two curves apart."""
        words = {}
        for r in self.loads:
            own = set(self.conditions.own(r))
            capture = r["spec"]["capture"]
            words[capture] = words.get(capture, own) & own
        return words

    def name_of(self, r):
        """The capture, whether its reader spins, and each condition that differs from the common ground."""
        capture = r["spec"]["capture"]
        spin = r["spec"]["set"].get(interference.SPIN, "0")
        spinning = "" if spin == "0" else "+spin" + (f"={spin}" if len(self.spins[capture] - {"0"}) > 1 else "")
        words = [w for w in self.condition_words(r) if w not in self.same[capture]]
        return (capture + spinning + (":" + ",".join(words) if words else "")).replace(" ", SPACE)

    def condition_words(self, r):
        """A law of arrivals says enough of who sends."""
        arrivals = r["spec"]["set"].get("gen.arrivals")
        words = self.conditions.words(r, (interference.SPIN,)).split(" ")
        words = [w for w in words if w and not (arrivals and w.startswith(("generator=", "gen.arrivals=")))]
        return ([arrivals] if arrivals else []) + words

    def series(self):
        return list(dict.fromkeys(self.names[r["id"]] for r in self.loads))

    def frames(self):
        return sorted({r["spec"]["frame_bytes"] for r in self.loads})

    def curve(self, name, frame):
        """Groups of trials that differ in the seed only, by rate."""
        return self.points.get((name, frame), [])

    def all_points(self):
        found = {}
        for r in self.loads:
            of = found.setdefault((self.names[r["id"]], r["spec"]["frame_bytes"]), {})
            of.setdefault(r["spec"]["rate_pps"], []).append(r)
        return {key: sorted(of.values(), key=rates.achieved_pps) for key, of in found.items()}

    def asked(self, name, frame):
        """The same by the rate asked for, the lowest first, unpaced last."""
        return {g[0]["spec"]["rate_pps"]: g for g in sorted(self.curve(name, frame), key=lambda g: rec.rate_order(g[0]))}

    def variants(self, name, frame):
        trials = [r for g in self.curve(name, frame) for r in g]
        return trials, {self.prediction(r, "variant") for r in trials}

    def model(self, name, frame):
        """Predicted (pps, loss of D/D/1/K, of M/M/1/K, least and most of D/D/1/K by its uncertainty).

        At the measured rates where there is no finer curve.
        """
        trials, variants = self.variants(name, frame)
        fine = [c for c in self.curves if c["variant"] in variants and c["frame_bytes"] == frame]
        if fine:
            return [(c["offered_pps"], *(c.get(key) for key in CURVE)) for c in fine]
        return [(rec.get(r, "generator", "achieved_pps"), *(self.prediction(r, key) for key in CURVE)) for r in trials]

    def livelock(self, name, frame):
        """Predicted (pps, loss) of the two stages of a system without NAPI. Nothing of arrivals by another law."""
        trials, variants = self.variants(name, frame)
        if any("gen.arrivals" in r["spec"]["set"] for r in trials):
            return []
        return [(c["offered_pps"], c.get("two_stage_loss_pct")) for c in self.curves
                if c["variant"] in variants and c["frame_bytes"] == frame and c.get("two_stage_loss_pct") is not None]

    def common_rates(self, frame):
        """Two rates at which the curves of this size by the usual sender can be compared: the lowest one that half as
        many as possible have, and the highest one that as many as possible have; unpaced is above all."""
        usual = [name for name in self.series() if self.of_usual_sender(name)]
        have = [set(self.asked(name, frame)) for name in usual or self.series()]
        have = have if any(have) else [set(self.asked(name, frame)) for name in self.series()]
        known = sorted(set().union(*have), key=lambda rate: float("inf") if rate is None else rate)
        shares = {rate: sum(rate in of for of in have) for rate in known}
        most = max(shares.values(), default=0)
        low = next((rate for rate in known if 2 * shares[rate] >= most), None)
        high = next((rate for rate in reversed(known) if shares[rate] == most), None)
        return (low, high) if known else None

    def of_usual_sender(self, name):
        """Not of another generator than most of the folder, nor of arrivals that it was told."""
        one = self.first[name]
        return not (self.conditions.sender(one) or any(k.startswith("gen.") for k in one["spec"]["set"]))

    def sweep_groups(self):
        """The sweeps of the frame size that has the most trials, {title: trials}; lowest rates first."""
        sizes = [r["spec"]["frame_bytes"] for r in self.sweeps]
        frame = max(sorted(set(sizes)), key=sizes.count, default=None)
        groups = {}
        for r in sorted((r for r in self.sweeps if r["spec"]["frame_bytes"] == frame), key=sweep_order):
            words = self.words(r, ("base", "rx_usecs")).replace(" ", ", ")
            title = f"{rec.sweep_name(r)}, {rate_word(r['spec']['rate_pps'])}" + (f", {words}" if words else "")
            groups.setdefault(title, []).append(r)
        return groups

    def predicted(self, trials, key):
        return any(self.prediction(r, key) is not None for r in trials)

    def timed_series(self):
        """Captures whose frames were timed, at the smallest frame that was: (frame, [(name, groups of seeds by rate)])."""
        timed = [r for r in self.loads if rec.get(r, "latency_ns", "p50") is not None]
        frame = min((r["spec"]["frame_bytes"] for r in timed), default=None)
        names = dict.fromkeys(self.names[r["id"]] for r in timed if r["spec"]["frame_bytes"] == frame)
        return frame, [(name, self.curve(name, frame)) for name in names]


def sweep_order(r):
    return (rec.rate_order(r), rec.capture_rank(rec.sweep_name(r)), rec.sort_key(r))


def rate_word(rate):
    return "unpaced" if rate is None else f"{rate:,} pps"


def us(ns):
    return None if ns is None else ns / 1e3


def quantiles(r):
    return [us(rec.get(r, "latency_ns", key)) for key in ("p50", "p99", "p99_9", "max")]


def steps_of(groups):
    """The values of rx_usecs in all sweeps, ascending."""
    return sorted({rec.rx_usecs(r) for trials in groups.values() for r in trials})
