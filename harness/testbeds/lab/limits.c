// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "harness/testbeds/lab/limits.h"

const struct knob_limit lab_limits[] = {
	/*
	 * igb: 1 and 3 are its adaptive modes, and it refuses other values below 10 us and above 10000. The chip's register
	 * (EITR) holds 13 bits of microseconds: igb_write_itr() cuts 8192 to 0 and 10000 to 1808, without a word.
	 */
	{ "rx_usecs", NULL, { { 0, 0 }, { 1, 1 }, { 3, 3 }, { 10, 8191 } } },
	{ "rx_frames", "its NIC, an 82576, waits by time alone", { { 0 } } },
	{ "adaptive_rx", "igb has none; rx_usecs 1 and 3 are its adaptive modes", { { 0 } } },
	{ "rx_ring", NULL, { { 80, 4096 } } },
	/* The kernel's minimum: two of its ticks, 250 a second. */
	{ "netdev_budget_usecs", NULL, { { 8000, 1000000 } } },
	{ "channels", NULL, { { 1, 4 } } },
	{ "rps_cpus", NULL, { { 2, 0x1e } } },
	{ 0 },
};
