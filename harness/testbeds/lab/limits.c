// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/lab_protocol.h"
#include "harness/testbeds/lab/limits.h"

const struct knob_limit lab_limits[] = {
	/* igb_set_coalesce(): 1 and 3 are its adaptive modes, and less than 10 us it cannot keep apart. */
	{ "rx_usecs", NULL, { { 0, 0 }, { 1, 1 }, { 3, 3 }, { 10, 10000 } } },
	{ "rx_frames", "its NIC, an 82576, waits by time alone", { { 0 } } },
	{ "adaptive_rx", "igb has none; rx_usecs 1 and 3 are its adaptive modes", { { 0 } } },
	{ "rx_ring", NULL, { { 80, 4096 } } },
	/* The kernel's least: two of its ticks, 250 a second. */
	{ "netdev_budget_usecs", NULL, { { 8000, 1000000 } } },
	{ "channels", NULL, { { 1, 1 } } },
	{ "rss", NULL, { { 1, 1 } } },
	{ 0 },
};

/* Work of a CPU that is neither the interrupts' nor the reader's is in no count, and takes a sender's turn. */
int lab_limits_check(const struct trial *t, struct err *e)
{
	const char *text = trial_get(t, "rps_cpus");
	unsigned long counted = 1UL << LAB_CPU_DUT, mask = text ? strtoul(text, NULL, 16) : 0;

	if (t->reader_cpu > LAB_CPU_DUT)
		counted |= 1UL << t->reader_cpu;
	if (mask & ~counted)
		return err_set(e, -EINVAL, "rps_cpus=%s: the DUT's CPUs are mask %lx (--reader-cpu 2 makes them two)",
			       text, counted);
	return 0;
}
