// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "harness/testbeds/lab/limits.h"

const struct knob_limit lab_limits[] = {
	/* igb_set_coalesce(): 1 and 3 are its adaptive modes, and it cannot set other values below 10 us. */
	{ "rx_usecs", NULL, { { 0, 0 }, { 1, 1 }, { 3, 3 }, { 10, 10000 } } },
	{ "rx_frames", "its NIC, an 82576, waits by time alone", { { 0 } } },
	{ "adaptive_rx", "igb has none; rx_usecs 1 and 3 are its adaptive modes", { { 0 } } },
	{ "rx_ring", NULL, { { 80, 4096 } } },
	/* The kernel's minimum: two of its ticks, 250 a second. */
	{ "netdev_budget_usecs", NULL, { { 8000, 1000000 } } },
	{ "channels", NULL, { { 1, 4 } } },
	{ "rps_cpus", NULL, { { 2, 0x1e } } },
	{ 0 },
};
