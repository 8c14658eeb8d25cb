/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pair of virtual Ethernet interfaces of the testbed netns, over rtnetlink. */
#ifndef RXLAB_NETNS_LINK_H
#define RXLAB_NETNS_LINK_H

#include <stdint.h>

#include "harness/util/counter.h"
#include "harness/util/err.h"

struct veth_end {
	const char *name;
	uint8_t mac[6];
};

/* What one end has counted since it was made. */
struct veth_counts {
	struct counter rx_packets, rx_dropped, tx_packets, tx_dropped;
};

/* A pair of one queue each: here in this network namespace, there in the other; both down. */
int veth_make(const struct veth_end *here, const struct veth_end *there, int there_fd, struct err *e);
/* Reads an interface of this namespace; what cannot be read stays unknown. */
void veth_count(const char *name, struct veth_counts *c);

#endif
