// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/testbeds/netns/limits.h"

#define MACHINES "it belongs to the whole machine, no namespace has one of its own"
#define NO_INTERRUPTS "a veth has no interrupts"
#define CPUS_MAX 64

const struct knob_limit netns_limits[] = {
	{ "rx_usecs", NO_INTERRUPTS, { { 0 } } },
	{ "rx_frames", NO_INTERRUPTS, { { 0 } } },
	{ "adaptive_rx", NO_INTERRUPTS, { { 0 } } },
	{ "rx_ring", "a veth's ring has one size", { { 0 } } },
	{ "channels", "the pair has one queue", { { 0 } } },
	{ "rss", "the pair has one queue", { { 0 } } },
	/* Without it a veth has no ring and no poll: frames go through the machine's one backlog queue. */
	{ "gro", NULL, { { 1, 1 } } },
	{ "netdev_budget", MACHINES, { { 0 } } },
	{ "netdev_budget_usecs", MACHINES, { { 0 } } },
	{ "netdev_max_backlog", MACHINES, { { 0 } } },
	{ "dev_weight", MACHINES, { { 0 } } },
	{ "busy_poll", MACHINES, { { 0 } } },
	{ "busy_read", MACHINES, { { 0 } } },
	{ 0 },
};

const struct knob_value netns_ground[] = { { "gro", "1" }, { 0 } };

/* Does this machine's kernel have the knob? Asked of lo, which every namespace has. */
static int check_there(const struct knob *k, struct err *e)
{
	char value[64];
	struct err why = { "" };
	int r = knob_get("lo", k->name, value, &why);

	return r == -EOPNOTSUPP ? err_set(e, -EINVAL, "%s: this machine's kernel has none: %s", k->name, why.text) : 0;
}

int netns_limits_check(const struct trial *t, struct err *e)
{
	const char *mask = trial_get(t, "rps_cpus");
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	const struct knob *k;
	int r = 0;

	for (k = knobs; k->name && !r; k++)
		if (k->path && !k->machine && trial_get(t, k->name))
			r = check_there(k, e);
	if (!r && mask && cpus < CPUS_MAX && strtoull(mask, NULL, 16) >> cpus)
		r = err_set(e, -EINVAL, "rps_cpus=%s: this machine has %ld CPUs", mask, cpus);
	return r;
}
