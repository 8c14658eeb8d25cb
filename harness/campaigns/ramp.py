#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Frame times for gen.trace: a load that rises with each frame, and falls again.

usage: ramp.py > FILE      20,000 times in seconds; the rate goes from 5,000 to 120,000 frames a second and back
"""

FRAMES, LEAST, MOST = 20000, 5000, 120000


def times():
    at = 0.0
    for i in range(FRAMES):
        yield at
        at += 1 / (LEAST + (MOST - LEAST) * (1 - abs(2 * i / FRAMES - 1)))


if __name__ == "__main__":
    print("\n".join(f"{at:.6f}" for at in times()))
