# SPDX-License-Identifier: GPL-2.0-or-later
"""Records for tests: those of results/fixtures, measured in the lab, and valid ones made from the first of them."""

import contextlib
import copy
import io
import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "results", "fixtures")
SENT = 1000

with open(os.path.join(FOLDER, "trials.jsonl"), encoding="utf-8") as _lines:
    REAL = [json.loads(line) for line in _lines]


def record(number, capture="libpcap", frame=64, rate=100000, delivered=SENT, knobs=None, status="ok", seed=None,
           **settings):
    """1000 frames at `rate`, 200 interrupts, 3 million instructions; the rest is lost in the NIC."""
    r = copy.deepcopy(REAL[0])
    r.update(id=f"{number:016x}", status=status, reason=None if status == "ok" else "guest panic",
             knobs={"rx_usecs": "50", **(knobs or {})})
    r["testbed"]["identity"] = "00ff00ff00ff00ff"
    r["spec"].update(capture=capture, frame_bytes=frame, pkt_size=frame - 4, rate_pps=rate, count=SENT,
                     seed=number if seed is None else seed, set=settings)
    r["generator"].update(sent=SENT, achieved_pps=rate, duration_ns=10000000)
    r["capture"].update(name=capture, received=delivered, unique=delivered)
    r["nic"].update(wire=SENT, accepted=delivered, driver=delivered)
    r["drops"].update(nic_no_descriptor=SENT - delivered, capture=None)
    r["ledger"] = {"offered": SENT, "delivered": delivered, "dropped": SENT - delivered, "unaccounted": 0}
    r["cpu"].update(busy_ns=3000000, dut_share=0.25)
    r["irq"].update(hard=200, polls=200)
    r["latency_ns"].update(p50=1500, p99=25000, mean=2500)
    return r


def failed(number, **keys):
    """As a trial that could not be measured."""
    r = record(number, status="failed", **keys)
    for part in ("generator", "capture", "nic", "drops", "cpu", "irq"):
        r[part] = {k: v if k == "name" else dict.fromkeys(v) if isinstance(v, dict) else None
                   for k, v in r[part].items()}
    r.update(ledger=None, latency_ns=None, knobs={})
    return r


def lines(records):
    return "".join(json.dumps(r) + "\n" for r in records)


def main(module, *words):
    """The command of an analysis module, run here: its exit status, and what it printed on both outputs."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = module.main([f"{module.__name__}.py", *words])
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()
