/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a network interface, through ethtool netlink (libmnl); offloads and RSS through the ioctl. */
#ifndef RXLAB_ETHTOOL_H
#define RXLAB_ETHTOOL_H

#include <stdint.h>

#include "harness/util/err.h"

enum ethtool_item {
	ETHTOOL_RX_USECS, /* coalescing: us between interrupts, as the driver interprets it */
	ETHTOOL_RX_FRAMES, /* coalescing: frames that end the wait */
	ETHTOOL_ADAPTIVE_RX, /* 0 or 1 */
	ETHTOOL_RX_RING, /* receive descriptors */
	ETHTOOL_CHANNELS, /* combined queues */
	ETHTOOL_RSS, /* queues over which the hash spreads frames, equally */
	ETHTOOL_GRO, /* 0 or 1 */
	ETHTOOL_TSO, /* 0 or 1: TCP segmentation left to the NIC */
};

/* -EOPNOTSUPP where the driver has no such setting. */
int ethtool_get(const char *ifname, enum ethtool_item what, uint32_t *value, struct err *e);
int ethtool_set(const char *ifname, enum ethtool_item what, uint32_t value, struct err *e);

#endif
