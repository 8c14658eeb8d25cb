#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of docs/kernels.md, from the records of harness/campaigns/kernels.yaml.

usage: kernels_table.py DIR

A table a frame size, a row a capture, a column a kernel: instructions a frame that the DUT's NIC took, and frames received, both
of an unpaced sender. Below it what the paced trials lost. Only rows of one ground stand together: what a trial sets beside its
kernel is in the row's name.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cli  # noqa: E402
import profiles  # noqa: E402
import records as rec  # noqa: E402

LEAST = 0.02  # a change of the instructions that layout alone does not make (docs/kernels.md)


def name(r):
    spec = r["spec"]
    return " ".join([spec["capture"], *(f"{k}={v}" for k, v in sorted(spec["set"].items()) if k != profiles.KERNEL)])


def version(kernel):
    """ "6.12.118-deb13" as numbers, the lab's own (6.1) in its place."""
    numbers = (kernel or "6.1").split("-")[0].split(".")
    return [int(word) if word.isdigit() else 0 for word in numbers]


def cost(r):
    """Instructions of the DUT's CPUs a frame that its NIC took; None where nothing says."""
    frames, busy = rec.get(r, "nic", "accepted"), rec.get(r, "cpu", "busy_ns")
    return busy / frames if frames and busy is not None else None


def cell(r, before):
    """ "1,234 / 20,000"; the cost in bold where it is another one than on the kernel before."""
    if r is None:
        return "-"
    if r["status"] != "ok":
        return r["status"]
    found, received = cost(r), rec.get(r, "ledger", "delivered")
    words = "-" if found is None else f"{found:,.0f}"
    if found and before and abs(found / before - 1) > LEAST:
        words = f"**{words}**"
    return f"{words} / {'-' if received is None else f'{received:,}'}"


def row(kernels, by_kernel, title):
    cells, before = [], None
    for kernel in kernels:
        r = by_kernel.get(kernel)
        cells.append(cell(r, before))
        before = cost(r) if r and r["status"] == "ok" else before
    return f"| {title} | " + " | ".join(cells) + " |"


def table(found, frame):
    kernels = sorted({profiles.kernel_of(r) for r in found}, key=version)
    rows = {}
    for r in found:
        if r["spec"]["frame_bytes"] == frame and r["spec"]["rate_pps"] is None:
            rows.setdefault((rec.capture_rank(r["spec"]["capture"]), name(r)), {})[profiles.kernel_of(r)] = r
    yield f"| {frame} bytes | " + " | ".join(kernel or profiles.OWN for kernel in kernels) + " |"
    yield "|---" * (len(kernels) + 1) + "|"
    for (_, title), by_kernel in sorted(rows.items()):
        yield row(kernels, by_kernel, title)


def lost(r):
    return rec.get(r, "generator", "sent") - rec.get(r, "ledger", "delivered")


def losses(found):
    """What the paced trials lost, in words."""
    paced = [r for r in found if r["spec"]["rate_pps"] is not None and r["status"] == "ok" and rec.get(r, "ledger", "delivered") is not None]
    lossy = [r for r in paced if lost(r)]
    if not paced:
        return "No paced trial."
    rates = ", ".join(sorted({f"{r['spec']['rate_pps']:,}" for r in paced}))
    text = f"At {rates} packets/s {len(paced) - len(lossy)} of {len(paced)} trials lost no frame"
    words = [f"{name(r)}, {r['spec']['frame_bytes']} bytes, {profiles.kernel_of(r) or profiles.OWN}: {lost(r):,}" for r in lossy]
    return text + ("; " + "; ".join(words) if words else "") + "."


def text_of(found):
    for frame in sorted({r["spec"]["frame_bytes"] for r in found}):
        yield from table(found, frame)
        yield ""
    yield losses(found)


def main(argv):
    if len(argv) != 2 or argv[1].startswith("-"):
        print("usage: kernels_table.py DIR", file=sys.stderr)
        return 2
    try:
        print("\n".join(text_of(rec.load(argv[1]))))
    except (rec.BadRecord, OSError) as why:
        print(f"kernels_table: {cli.reason(why)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    cli.run(main)
