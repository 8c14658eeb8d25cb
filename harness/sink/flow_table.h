/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets and bytes of each flow: a hash table of fixed size, never emptied,
 * never grown. A flow is the 5-tuple of TCP or UDP over IPv4 or IPv6, one
 * direction; up to two VLAN tags before it are stepped over. What has no ports
 * in sight (other protocols, later fragments, IPv6 extension headers, frames
 * cut short) is no flow.
 */
#ifndef RXLAB_FLOW_TABLE_H
#define RXLAB_FLOW_TABLE_H

#include <stdint.h>

#define FLOW_SLOTS 4096 /* a power of two */
#define FLOWS_MAX (FLOW_SLOTS / 4 * 3) /* fuller, the probes get long */

/* Addresses and ports as in the frame; equal flows are equal bytes. */
struct flow_key {
	uint64_t addresses[4]; /* IPv4: both in the first word, zeros behind */
	uint32_t ports;
	uint16_t ethertype;
	uint16_t protocol; /* never 0 */
};

struct flow {
	struct flow_key key; /* protocol 0: the slot is free */
	uint64_t packets;
	uint64_t bytes; /* of whole frames without FCS */
};

struct flow_table {
	uint32_t n;
	struct flow slot[FLOW_SLOTS];
};

struct flow_table *flow_table_new(void); /* zeroed and touched; free() it; NULL: no memory */
int flow_key_of(struct flow_key *key, const uint8_t *frame, uint32_t caplen); /* -ENOENT: no flow */
int flow_table_put(struct flow_table *t, const struct flow *f); /* adds what another table has of a flow; -ENOSPC */
int flow_table_add(struct flow_table *t, const struct flow_key *key, uint32_t len); /* -ENOSPC: new, and no room */

#endif
