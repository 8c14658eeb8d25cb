/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receive side scaling: which of a NIC's queues a flow goes to, through the ioctl of ethtool. */
#ifndef RXLAB_ETHTOOL_RSS_H
#define RXLAB_ETHTOOL_RSS_H

#include <stdint.h>

#include "harness/util/err.h"

#define ETHTOOL_RSS_WEIGHT_MAX 128
#define ETHTOOL_RSS_TABLE_MAX 4096

/* A table of `size` queues, in blocks as ethtool(8) makes them; the sum of the n weights is not 0. */
void rss_table(uint32_t *table, uint32_t size, const uint32_t *weight, uint32_t n);
/* Sets the indirection table by the weights of n queues; n = 0: the driver's default. */
int ethtool_rss_set(const char *ifname, const uint32_t *weight, uint32_t n, struct err *e);
/* How many of the table's entries each of n queues has; -EPROTO if a queue is not below n. */
int ethtool_rss_get(const char *ifname, uint32_t *entries, uint32_t n, struct err *e);
/* Makes the hash of UDP over IPv4 use ports too; most drivers use only the addresses by default. */
int ethtool_rss_udp_ports(const char *ifname, struct err *e);

#endif
