// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dut/knobs.h"
#include "harness/util/ethtool.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"

/* Order: coarse to fine. A changed ring resets the coalescing of some drivers. */
static const struct knob {
	const char *name;
	const char *path; /* "%s" is the interface; NULL: by ethtool */
	enum ethtool_item item;
} knobs[] = {
	{ "rx_ring", NULL, ETHTOOL_RX_RING },
	{ "adaptive_rx", NULL, ETHTOOL_ADAPTIVE_RX },
	{ "rx_usecs", NULL, ETHTOOL_RX_USECS },
	{ "gro", NULL, ETHTOOL_GRO },
	{ "netdev_budget", "/proc/sys/net/core/netdev_budget", 0 },
	{ "netdev_budget_usecs", "/proc/sys/net/core/netdev_budget_usecs", 0 },
	{ "netdev_max_backlog", "/proc/sys/net/core/netdev_max_backlog", 0 },
	{ "rps_cpus", "/sys/class/net/%s/queues/rx-0/rps_cpus", 0 },
	{ "dev_weight", "/proc/sys/net/core/dev_weight", 0 },
	{ "napi_defer_hard_irqs", "/sys/class/net/%s/napi_defer_hard_irqs", 0 },
	{ "gro_flush_timeout", "/sys/class/net/%s/gro_flush_timeout", 0 },
	{ "threaded", "/sys/class/net/%s/threaded", 0 },
};

#define CARRIER_NS 20000000000ULL
#define N_KNOBS (sizeof(knobs) / sizeof(knobs[0]))

static const struct knob *knob_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_KNOBS; i++)
		if (!strcmp(knobs[i].name, name))
			return &knobs[i];
	return NULL;
}

static void knob_path(const struct knob *k, const char *ifname, char path[128])
{
	const char *at = strstr(k->path, "%s");

	if (at)
		snprintf(path, 128, "%.*s%s%s", (int)(at - k->path), k->path, ifname, at + 2);
	else
		snprintf(path, 128, "%s", k->path);
}

int knob_get(const char *ifname, const char *name, char value[64], struct err *e)
{
	const struct knob *k = knob_find(name);
	char path[128];
	uint32_t v;
	int r;

	if (!k)
		return err_set(e, -ENOENT, "no knob is called %s", name);
	if (k->path) {
		knob_path(k, ifname, path);
		r = file_get_line(path, value, 64);
		if (r < 0)
			return err_set(e, r == -ENOENT ? -EOPNOTSUPP : r, "%s: %s", path, strerror(-r));
		return 0;
	}
	r = ethtool_get(ifname, k->item, &v, e);
	if (!r)
		snprintf(value, 64, "%u", v);
	return r;
}

static int knob_write(const char *ifname, const struct knob *k, const char *value, struct err *e)
{
	char path[128];
	int r;

	if (!k->path) {
		r = ethtool_set(ifname, k->item, strtoul(value, NULL, 10), e);
		/* Drivers take the link down for a new ring, and frames sent meanwhile are lost. */
		return !r && k->item == ETHTOOL_RX_RING ? netif_wait_carrier(ifname, CARRIER_NS, e) : r;
	}
	knob_path(k, ifname, path);
	r = file_put(path, value);
	return r ? err_set(e, r, "%s: cannot write %s: %s", path, value, strerror(-r)) : 0;
}

/* Undo step: target is "IFNAME KNOB". */
static int knob_restore(const char *target, const char *value, struct err *e)
{
	char ifname[32], name[64];

	if (sscanf(target, "%31s %63s", ifname, name) != 2)
		return -EINVAL;
	return knob_write(ifname, knob_find(name), value, e);
}

int knob_set(const char *ifname, const char *name, const char *value, struct undo *u, struct outcome *o, struct err *e)
{
	const struct knob *k = knob_find(name);
	char old[64], target[128];
	int r = knob_get(ifname, name, old, e);

	if (r)
		return r;
	snprintf(target, sizeof(target), "%s %s", ifname, name);
	if (strcmp(old, value)) {
		r = undo_push(u, knob_restore, target, old);
		if (r)
			return err_set(e, r, "%s: too many changes to undo", target);
		r = knob_write(ifname, k, value, e);
	}
	if (!r)
		r = knob_get(ifname, name, old, e);
	if (!r && outcome_knob(o, name, old))
		r = err_set(e, -E2BIG, "too many knobs");
	return r;
}

void knobs_read(const char *ifname, struct outcome *o)
{
	char value[64];
	size_t i;

	for (i = 0; i < N_KNOBS; i++)
		if (!knob_get(ifname, knobs[i].name, value, NULL))
			outcome_knob(o, knobs[i].name, value);
}
