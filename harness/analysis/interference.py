# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a busy machine spoiled a trial at wall clock: the rules of the search's C (record_disturbed()), which
results/fixtures/rules.json holds to the same answers.

Fixed before any trial is run: its sender waited for a CPU, or a hypervisor took CPUs away, for more than DISTURBED of
the time in which it was sent; or its reader did, for more than READER_LATE where it sleeps, as each wake-up has a wait
of its own. Such a trial is shown, counted, and no part of a median.
"""

import records as rec

DISTURBED = 0.05
READER_LATE = 0.25
SPIN = "spin_usecs"


def waits_ns(record):
    """{who: ns kept from a CPU}: the sender that waited longest, the reader, the busiest CPU's steal. Unknown is 0 here."""
    meters = record.get("meters") or {}
    threads = {name: (of or {}).get("wait_ns") or 0 for name, of in (meters.get("threads") or {}).items()}
    return {"sender": max([ns for name, ns in threads.items() if name.startswith("sender")], default=0),
            "reader": threads.get("reader", 0),
            "steal": max((ns or 0 for ns in (meters.get("time") or {}).get("steal_ns") or []), default=0)}


def spins(record):
    return (record.get("spec") or {}).get("set", {}).get(SPIN, "0") != "0"


def disturbed(record):
    """Who was kept from a CPU for too long, or None."""
    took = rec.get(record, "generator", "duration_ns")
    for who, ns in waits_ns(record).items():
        if took and ns > (READER_LATE if who == "reader" and not spins(record) else DISTURBED) * took:
            return who
    return None
