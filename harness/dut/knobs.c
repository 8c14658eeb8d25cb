// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/dut/knobs.h"
#include "harness/util/ethtool.h"
#include "harness/util/file.h"
#include "harness/util/netif.h"

#define SYSCTL "/proc/sys/net/core/"
#define DEVICE "/sys/class/net/%s/"
#define CARRIER_NS 20000000000ULL

const struct knob knobs[] = {
	{ "rx_ring", "descriptors: receive ring of the NIC (ethtool -G)", 16, 65536, NULL, "the driver's; igb: 256",
	  false, false, NULL, ETHTOOL_RX_RING, false, NULL },
	{ "channels", "queues: combined queues of the NIC, each with its interrupt (ethtool -L)", 1, 1024, NULL,
	  "the testbed's; lab: 1", false, false, NULL, ETHTOOL_CHANNELS, true, NULL },
	{ "rss", "spread: of flows over the queues by the NIC's hash (ethtool -X)", 0, 0, NULL, "equal", false, false,
	  NULL, ETHTOOL_RSS, true, "equal, off or a weight for each queue as 3:1" },
	{ "adaptive_rx", "0 or 1: the driver moves rx_usecs by load (ethtool -C)", 0, 1, NULL, "the driver's", false,
	  false, NULL, ETHTOOL_ADAPTIVE_RX, false, NULL },
	{ "rx_usecs", "us: least time between two interrupts (ethtool -C)", 0, 100000, NULL,
	  "the driver's; igb: 3, which is adaptive", false, false, NULL, ETHTOOL_RX_USECS, false, NULL },
	{ "rx_frames", "frames: so many end the wait for an interrupt (ethtool -C)", 0, 65535, NULL, "the driver's",
	  false, false, NULL, ETHTOOL_RX_FRAMES, false, NULL },
	{ "gro", "0 or 1: generic receive offload, which merges frames before they are seen (ethtool -K)", 0, 1, "0",
	  "", false, false, NULL, ETHTOOL_GRO, false, NULL },
	{ "netdev_budget", "frames: most that one softirq run takes, of all devices", 1, 1000000, NULL,
	  "the kernel's, 300", false, true, SYSCTL "netdev_budget", 0, false, NULL },
	{ "netdev_budget_usecs", "us: longest softirq run", 1, 1000000, NULL, "the kernel's, two ticks", false, true,
	  SYSCTL "netdev_budget_usecs", 0, false, NULL },
	{ "netdev_max_backlog", "frames: room of a CPU's backlog queue, which rps_cpus feeds", 1, 1000000, NULL,
	  "the kernel's, 1000", false, true, SYSCTL "netdev_max_backlog", 0, false, NULL },
	{ "dev_weight", "frames: most of the backlog queue in one poll", 1, 1000, NULL, "the kernel's, 64", false, true,
	  SYSCTL "dev_weight", 0, false, NULL },
	{ "busy_poll", "us: so long poll() looks into the NIC's queue before it sleeps", 0, 1000000, NULL,
	  "the kernel's, 0", false, true, SYSCTL "busy_poll", 0, false, NULL },
	{ "busy_read", "us: so long a read looks into the NIC's queue before it sleeps", 0, 1000000, NULL,
	  "the kernel's, 0", false, true, SYSCTL "busy_read", 0, false, NULL },
	{ "rps_cpus", "mask of CPUs, hexadecimal: they take the frames over from the interrupt's CPU, by flow", 0,
	  UINT64_MAX, NULL, "the kernel's, 0: none", true, false, DEVICE "queues/rx-%u/rps_cpus", 0, false, NULL },
	{ "napi_defer_hard_irqs", "polls: empty ones before the interrupt is armed again", 0, 1000, NULL,
	  "the kernel's, 0", false, false, DEVICE "napi_defer_hard_irqs", 0, false, NULL },
	{ "gro_flush_timeout", "ns: timer between those polls", 0, 100000000, NULL, "the kernel's, 0", false, false,
	  DEVICE "gro_flush_timeout", 0, false, NULL },
	{ "threaded", "0 or 1: NAPI in a kernel thread of its own, on the interrupt's CPU", 0, 1, NULL,
	  "the kernel's, 0", false, false, DEVICE "threaded", 0, false, NULL },
	{ 0 },
};

const struct knob *knob_find(const char *name)
{
	const struct knob *k;

	for (k = knobs; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

/* Replaces "%s" and "%u" in a knob's path by interface and queue; false: there is no such queue. */
static bool knob_path(const struct knob *k, const char *ifname, unsigned int queue, char path[128])
{
	const char *at = strstr(k->path, "%s"), *each = strstr(k->path, "%u");
	int n;

	if (queue && !each)
		return false;
	if (!at)
		n = snprintf(path, 128, "%s", k->path);
	else if (!each)
		n = snprintf(path, 128, "%.*s%s%s", (int)(at - k->path), k->path, ifname, at + 2);
	else
		n = snprintf(path, 128, "%.*s%s%.*s%u%s", (int)(at - k->path), k->path, ifname, (int)(each - at - 2),
			     at + 2, queue, each + 2);
	return n < 128 && (!queue || !access(path, F_OK));
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
		knob_path(k, ifname, 0, path);
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
	unsigned int queue;
	int r = 0;

	if (!k->path) {
		r = ethtool_set(ifname, k->item, strtoul(value, NULL, 10), e);
		/* Drivers take the link down to change the ring, and frames sent meanwhile would be lost. */
		return !r && k->item == ETHTOOL_RX_RING ? netif_wait_carrier(ifname, CARRIER_NS, e) : r;
	}
	for (queue = 0; !r && knob_path(k, ifname, queue, path); queue++)
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

static int push_old(const char *ifname, const char *name, const char *old, struct undo *u, struct err *e)
{
	char target[128];
	int r;

	snprintf(target, sizeof(target), "%s %s", ifname, name);
	r = undo_push(u, knob_restore, target, old);
	return r ? err_set(e, r, "%s: too many changes to undo", target) : 0;
}

int knob_keep(const char *ifname, const char *name, struct undo *u, struct err *e)
{
	char old[64];
	int r = knob_get(ifname, name, old, e);

	return r ? r : push_old(ifname, name, old, u, e);
}

int knob_set(const char *ifname, const char *name, const char *value, struct undo *u, struct outcome *o, struct err *e)
{
	const struct knob *k = knob_find(name);
	char old[64];
	int r = knob_get(ifname, name, old, e);

	if (r)
		return r;
	if (strcmp(old, value)) {
		r = push_old(ifname, name, old, u, e);
		r = r ? r : knob_write(ifname, k, value, e);
	}
	if (!r)
		r = knob_get(ifname, name, old, e);
	if (!r && outcome_knob(o, name, old))
		r = err_set(e, -E2BIG, "too many knobs");
	return r;
}

int knobs_initial(const char *ifname, struct undo *u, struct outcome *o, struct err *e)
{
	const struct knob *k;
	int r = 0;

	for (k = knobs; k->name && !r; k++)
		if (k->initial)
			r = knob_set(ifname, k->name, k->initial, u, o, e);
	return r;
}

/* queues.h has read it back, in its own form. */
static bool is_told(const struct outcome *o, const char *name)
{
	uint32_t i;

	for (i = 0; i < o->n_knobs; i++)
		if (!strcmp(o->knobs[i].key, name))
			return true;
	return false;
}

void knobs_read(const char *ifname, struct outcome *o)
{
	const struct knob *k;
	char value[64];

	for (k = knobs; k->name; k++)
		if (!k->queues || !is_told(o, k->name))
			outcome_knob(o, k->name, knob_get(ifname, k->name, value, NULL) ? NULL : value);
}
