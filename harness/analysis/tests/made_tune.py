# SPDX-License-Identifier: GPL-2.0-or-later
"""A made-up exploration: tune.json and its records, for tests of table and figure."""

import json
import os

import fixture

MEASURES = ("loss", "p50", "p99", "cpu", "irq")


def values(*of):
    return dict(zip(MEASURES, of))


def point(number, setting, of, front=True, trials=None, twin=False):
    return {"set": setting, "id": f"{number:016x}", "twin": twin, "phase": "explore", "front": front,
            "measured": of if of and not twin else None, "trials": trials or ([of] if of else []), "reason": None if of else "no luck"}


def found(points, answer=1, met=True, limits=None, clock="virtual", **more):
    rate = {"rate_pps": 110000, "trials": len(points), "clear": True, "volume": 1.2, "points": points,
            "answer": {"point": answer, "met": met, "limits": limits or {}},
            "knobs": [{"name": "rx_usecs", "values": ["3", "50"], "initial": "3",
                       "effect": values([0, 0], [10, 20], [100, 200], [2200, 2000], [19000, 5000])},
                      {"name": "busy_poll", "values": ["0", "50"], "initial": "0",
                       "effect": values([0, 0], [15, 15], [150, 150], [2100, 2100], [9000, 9000])}],
            "pairs": [{"measure": "irq", "knobs": ["rx_usecs", "busy_poll"], "values": ["50", "50"], "more": -0.6931}],
            "inert": ["busy_poll"], **more}
    return {"trial": "testbed=lab capture=libpcap generator=pktgen frame=64 rate=max count=1000 seed=1 senders=1 reader_cpu=1",
            "clock": clock, "wish": "loss<=0; least cpu", "least": "cpu", "units": {"cpu": "instructions a frame"},
            "left": [{"what": "rx_frames", "why": "its NIC waits by time alone"}], "rates": [rate]}


def write(folder, of):
    """tune.json, and a record a point with the knobs that its setting has."""
    with open(os.path.join(folder, "tune.json"), "w", encoding="utf-8") as out:
        json.dump(of, out)
    records = [fixture.record(int(p["id"], 16), rate=110000, knobs={"rx_usecs": "3", **p.get("knobs", p["set"])}, **p["set"])
               for p in of["rates"][0]["points"]]
    with open(os.path.join(folder, "trials.jsonl"), "w", encoding="utf-8") as out:
        out.write(fixture.lines(records))
