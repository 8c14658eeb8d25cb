# SPDX-License-Identifier: GPL-2.0-or-later
"""The trials of a results folder as tables and figures see them."""

import os

import records as rec
from conditions import Conditions


class Folder:
    """Measured trials with their predictions: loads, sweeps of rx-usecs, and if there are neither, those that calibrated the
    models. `counts(trial)` may leave trials out."""

    def __init__(self, path, counts=lambda r: True):
        self.path = path
        self.all = rec.load(path)
        self.wall = self.all[0]["testbed"]["clock"] == "wall"
        self.conditions = Conditions(self.all)
        self.predictions = rec.load_predictions(path)
        self.measured = [r for r in self.all if r["status"] == "ok" and rec.received_pps(r) is not None]
        self.calibrating = [r for r in self.all if self.prediction(r, "role") == "calibration"]
        shown = [r for r in self.measured if self.prediction(r, "role") != "calibration" and counts(r)]
        swept = sweeps(shown, self.conditions)
        self.sweeps = [r for r in shown if r["id"] in swept]
        self.loads = [r for r in shown if r["id"] not in swept]

    def prediction(self, r, key):
        return self.predictions.get(r["id"], {}).get(key)

    def cost(self, r):
        """Cost of a packet, less what the trial costs without packets, as far as the calibration knows it."""
        return rec.cost(r, self.predictions.get(r["id"]))

    def words(self, r, but=()):
        return self.conditions.words(r, but)

    def unit(self):
        return "ns" if self.wall else "instructions"

    def beds(self):
        """What the records were measured on, in words: one for each kernel, or they are not comparable."""
        return sorted({"{name}, {clock} clock, identity {identity}".format(**r["testbed"]) + kernel_words(r)
                       for r in self.ready()})

    def ready(self):
        """Less those whose kernel could not be made ready."""
        return [r for r in self.all if r["testbed"]["identity"]]

    def is_mixed(self):
        """Was one kernel measured on more than one testbed identity?"""
        return len(self.beds()) > len({r["spec"]["set"].get("kernel") for r in self.ready()})

    def is_interrupted(self):
        """True if a campaign began here and did not end: rxlab writes the manifest at the end."""
        began, ended = (os.path.exists(os.path.join(self.path, name)) for name in ("campaign.yaml", "manifest.json"))
        return began and not ended


def kernel_words(r):
    """The kernel that a trial asked for; nothing where it is the testbed's own."""
    kernel = r["spec"]["set"].get("kernel")
    return f", kernel {kernel}" if kernel else ""


def sweeps(records, conditions, least=3):
    """Ids of trials that differ only in rx_usecs, where at least `least` values of it were measured."""
    groups = {}
    for r in records:
        spec = r["spec"]
        key = (spec["capture"], conditions.words(r, ("rx_usecs",)), spec["frame_bytes"], spec["rate_pps"])
        groups.setdefault(key, []).append(r)
    return {r["id"] for g in groups.values() if len({rec.rx_usecs(r) for r in g} - {None}) >= least for r in g}
