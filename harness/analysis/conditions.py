# SPDX-License-Identifier: GPL-2.0-or-later
"""What distinguishes trials: the conditions under which their captures ran.

A setting is one of four things. Of the trial: what is done with each frame, how the reader waits, what is measured
beside (TRIAL). Of the generator: `gen.NAME`. A knob of the machine: it meets any capture alike (KNOBS, and any other
name that most captures of a folder have read back). Everything else is the capture's own.

Only rows under equal conditions may be compared. The common ground of a folder is what most of its trials that did not
choose it ran on; each condition that differs from it is named, as it was read back from the machine and, where it was
not read, as it was asked for.
"""

from collections import Counter

TRIAL = ("work", "perf", "kernel", "verify", "fault", "plant", "spin_usecs", "filter")  # harness/record/settings.h, and to come
KNOBS = ("rx_ring", "rx_usecs", "rx_frames", "adaptive_rx", "gro", "netdev_budget", "netdev_budget_usecs",
         "netdev_max_backlog", "dev_weight", "rps_cpus", "napi_defer_hard_irqs", "gro_flush_timeout", "threaded",
         "busy_poll", "busy_read", "channels", "rss", "nic")
GROUND = ("gro", "rx_usecs", "rx_ring", "netdev_budget", "napi_defer_hard_irqs", "gro_flush_timeout", "threaded")
PLACES = ("base", "sender_cpu", "reader_cpu", "reader_shares", "topology")  # told by what was asked for
LABEL = "label"  # tells trials apart that are equal, for an A/A pair
NONE = "none"  # the machine has no such knob
NETDEV = ("rx_ring", "rx_usecs", "gro", "rps_cpus", "napi_defer_hard_irqs", "gro_flush_timeout", "threaded")
NO_NETDEV = "no-kernel-NIC"  # the capture's own user space drives the NIC: the kernel has no interface, and none of NETDEV
UNREAD = "knobs=?"
UNREAD_LEAST = 3  # knobs that are missing from a record before it has none to speak of


def word(key, value):
    """ "key=value"; only the first digits of a file's 64-digit name."""
    text = str(value)
    return f"{key}={text[:12] if len(text) == 64 else text}"


def is_of_trial(key):
    return key in TRIAL or key.startswith("gen.")


def base(record):
    """The capture that receives the frames: the base of a derived one, or the capture itself."""
    return record["knobs"].get("base") or record["spec"]["set"].get("base") or record["spec"]["capture"]


def is_derived(record):
    return base(record) != record["spec"]["capture"]


def topology(spec):
    """A mix of sizes is of it: two may have one mean."""
    mix = [word("frame", spec["frame"])] if "frame" in spec else []
    return mix + [word(k, spec[k]) for k in ("senders", "reader_cpu") if spec.get(k, 1) != 1]


def variant(record):
    """As models/point.c names what a prediction is for: "napi-tuned base=libpcap reader_cpu=2 gro=1"; not rx_usecs."""
    spec = record["spec"]
    words = [spec["capture"]] + ([word("base", base(record))] if is_derived(record) else [])
    return " ".join(words + topology(spec) + [f"{k}={v}" for k, v in sorted(spec["set"].items())
                                              if k not in ("base", "rx_usecs")])


def most_usual(values):
    """The most common value; on a tie the first trial's: trials are sorted, and stock captures come first."""
    return next((value for value, _ in Counter(values).most_common(1)), None)


def yardstick(rows, name):
    """The plain row of that capture, else its first one; None if there is none."""
    return name if name in rows else next((row for row in rows if row.split()[0] == name), None)


class Conditions:
    """The common ground of a folder's trials, and each trial's differences from it."""

    def __init__(self, records):
        self.records = records
        self.knobs = [*KNOBS, *self.other_knobs()]
        self.common = {k: self.usual(k) for k in self.knobs}
        self.bases = {}
        for r in self.records:
            self.bases.setdefault(r["spec"]["capture"], set()).add(base(r))
        self.generator = most_usual(r["spec"]["generator"] for r in records)

    def other_knobs(self):
        """Names that are not listed here and were read back in more than half of the captures."""
        captures = {}
        for r in self.records:
            captures.setdefault(base(r), set()).update(r["knobs"])
        counts = Counter(k for names in captures.values() for k in names)
        return sorted(k for k, n in counts.items() if 2 * n > len(captures) and len(captures) > 1
                      and k not in KNOBS and k not in PLACES)

    def usual(self, key):
        given = [r["knobs"][key] for r in self.records
                 if key in r["knobs"] and key not in r["spec"]["set"] and not is_derived(r)]
        given = given or [r["knobs"][key] for r in self.records if key in r["knobs"]]
        return most_usual(NONE if v is None else str(v) for v in given)

    def value(self, r, key):
        known = r["knobs"] if key in r["knobs"] else r["spec"]["set"]
        return (NONE if known[key] is None else str(known[key])) if key in known else None

    def machine(self, r, but=()):
        """Words for the knobs that are not as on the common ground."""
        shown = [k for k in self.knobs if k not in but]
        unread = [k for k in shown if k in KNOBS and self.value(r, k) is None and self.common[k] is not None]
        unread = unread if r["knobs"] else []
        words = [UNREAD] if len(unread) >= UNREAD_LEAST else [f"{k}=?" for k in unread]
        other = {k: self.value(r, k) for k in shown if self.value(r, k) not in (None, self.common[k])}
        if all(self.value(r, k) == NONE for k in NETDEV) and NONE in other.values():
            words.append(NO_NETDEV)
            other = {k: v for k, v in other.items() if v != NONE}
        return words + [word(k, v) for k, v in other.items()]

    def sender(self, r):
        generator = r["spec"]["generator"]
        return [] if generator in (self.generator, "null") else [word("generator", generator)]

    def of_trial(self, r, but=()):
        """Words for how the trial was done with any capture: generator, topology, work."""
        given = sorted(r["spec"]["set"].items())
        return self.sender(r) + topology(r["spec"]) + [word(k, v) for k, v in given if is_of_trial(k) and k not in but]

    def own(self, r):
        """Words for the settings of the capture itself."""
        return [word(k, v) for k, v in sorted(r["spec"]["set"].items())
                if not is_of_trial(k) and k not in self.knobs and k not in ("base", LABEL)]

    def words(self, r, but=()):
        """All that distinguishes this trial from others of its capture, frame and rate; but: names that are shown elsewhere."""
        several = is_derived(r) and len(self.bases[r["spec"]["capture"]]) > 1
        derived = [word("base", base(r))] if several and "base" not in but else []
        label = [word(k, v) for k, v in r["spec"]["set"].items() if k == LABEL and k not in but]
        return " ".join(derived + self.of_trial(r, but) + self.own(r) + label + self.machine(r, but))

    def around(self, r, but=()):
        """What rows of one table must share to be comparable: everything but the capture and its own settings."""
        return " ".join(self.of_trial(r, but) + self.machine(r, but))

    def row(self, r):
        """A row of such a table: the capture that receives the frames, its own settings, and a derived capture's name."""
        derived = [f"({r['spec']['capture']})"] if is_derived(r) else []
        return " ".join([base(r), *self.own(r), *derived])

    def line(self):
        """The common ground in words; what was never read is not in it."""
        knobs = [f"{k} {self.common[k]}" for k in GROUND if self.common[k] not in (None, NONE)]
        return ", ".join([f"generator {self.generator}", *knobs]) if self.generator else ""

