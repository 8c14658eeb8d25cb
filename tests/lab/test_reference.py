# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference records in the tree are what this machine measures, byte for byte, where the lab is the same.

$RXLAB_REFERENCE names another results folder.
"""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import TOP, LabTest, Trials, status, trial_of  # noqa: E402

FOLDER = os.environ.get("RXLAB_REFERENCE") or os.path.join(TOP, "results", "reference")
EVERY = 16


def read_lines():
    try:
        with open(os.path.join(FOLDER, "trials.jsonl"), encoding="utf-8", newline="\n") as text:
            return text.readlines()
    except FileNotFoundError:
        return []


def versions_there():
    try:
        with open(os.path.join(FOLDER, "manifest.json"), encoding="utf-8") as text:
            return json.load(text)["testbed"]["versions"]
    except FileNotFoundError:
        return {}


def versions_here():
    """The same keys, from the image's info file; long values are as long as the manifest's."""
    real = status()
    with open(os.path.join(real["image"], "info"), encoding="utf-8") as text:
        info = dict(line.rstrip("\n").partition("=")[::2] for line in text)
    return {"kernel": real["kernel"].split()[0], "qemu": info.get("qemu_version"),
            **{key: info.get(key) for key in ("qemu_package", "kernel_sha256", "initramfs_sha256")}}


def differences():
    here, there = versions_here(), versions_there()
    found = [f"{key} {there[key]} there, {here[key]} here" for key in here
             if key in there and (here[key] or "")[:63] != there[key][:63]]
    return "; ".join(found) or "the machine's arguments"


class Reference(LabTest):
    def test_same_lab_gives_the_same_lines(self):
        lines = read_lines()
        if not lines:
            self.skipTest("there is no results/reference yet: make reference")
        identity = json.loads(lines[0])["testbed"]["identity"]
        here = status()["identity"]
        if identity != here:
            self.skipTest(f"measured on lab {identity}, this one is {here}: {differences()}")
        chosen = [line for line in lines[::EVERY] if json.loads(line)["status"] == "ok"]
        self.assertTrue(chosen)
        trials = Trials(trial_of(json.loads(line)) for line in chosen)
        for line in chosen:
            with self.subTest(json.loads(line)["id"]):
                self.assertEqual(trials.line(trial_of(json.loads(line))), line)


if __name__ == "__main__":
    unittest.main()
