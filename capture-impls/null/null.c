// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * null: no capture at all. The kernel receives the frames and throws them away,
 * as it does on an idle monitor; the frames that the driver handed to the stack
 * count as delivered. It measures the receive path without a consumer: the lower
 * bound for captures that leave the frames to the stack.
 */
#include <errno.h>

#include "capture-impls/capture.h"
#include "harness/util/netif.h"

struct null {
	struct counter before;
};

static int null_open(struct capture *c)
{
	struct null *n = c->priv;

	n->before = netif_stat(c->ifname, "rx_packets");
	return n->before.known ? 0 : err_set(&c->err, -ENODEV, "null: %s has no count of packets", c->ifname);
}

static int null_counts(struct capture *c, struct capture_counts *counts)
{
	struct null *n = c->priv;

	counts->received = counter_diff(netif_stat(c->ifname, "rx_packets"), n->before);
	counts->dropped = counter_of(0);
	return 0;
}

const struct capture_ops capture_null = {
	.name = "null",
	.summary = "no capture: the kernel's receive path, frames dropped by the stack",
	.caps = 0,
	.priv_size = sizeof(struct null),
	.open = null_open,
	.counts = null_counts,
};
