/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPUs a trial on this machine uses, by what they share. The first is the sender's, and with it the interrupts'
 * (a veth polls where it was sent to); the next is the reader's; further ones are for a second sender.
 *
 * Next is, in this order: a CPU of another core under the same last-level cache, one of the same NUMA node, one of
 * another node; the sibling of a core that is taken comes last of all. Equals come in the order of their numbers.
 */
#ifndef RXLAB_PLACEMENT_H
#define RXLAB_PLACEMENT_H

#include <hwloc.h>
#include <stdint.h>

#include "harness/util/err.h"

#define PLACEMENT_MAX 64
#define PLACEMENT_VARIABLE "RXLAB_CPUS" /* "2,4,6": these, in this order, whatever they share */

struct placement {
	uint32_t cpu[PLACEMENT_MAX]; /* the machine's numbers */
	unsigned int n;
	char topology[64]; /* "packages=1 nodes=1 llc=1 cores=2 cpus=4", of the whole machine; without unknown parts */
};

/* From the CPUs in `allowed`; the first one on that NUMA node, -1: wherever. Pure. -ENOENT when none is allowed. */
int placement_order(hwloc_topology_t t, hwloc_const_bitmap_t allowed, int node, struct placement *p, struct err *e);
/* Only the named CPUs; -EINVAL unless each is allowed. */
int placement_named(hwloc_topology_t t, hwloc_const_bitmap_t allowed, const char *text, struct placement *p,
		    struct err *e);
/* Of two CPUs: "same CPU", "same core", "shared cache", "same node", "another node". */
const char *placement_relation(hwloc_topology_t t, uint32_t a, uint32_t b);
/*
 * This machine's, from the CPUs that this process may use, or as $RXLAB_CPUS names them: any of its cpuset,
 * isolated ones included. -ENOENT, -EINVAL, or -errno if the topology cannot be read.
 */
int placement_here(struct placement *p, struct err *e);
/*
 * The k-th sender's (0 or 1) where the reader has p->cpu[reader % p->n]: the first; for the second one the next behind the
 * reader's, else one that neither has, and where there is none the first again. Pure.
 */
uint32_t placement_sender(const struct placement *p, uint32_t reader, uint32_t k);
/* What the n-th (of p->n, above 0, in turn) and the first share, on this machine; "unknown" if it is not known. */
const char *placement_shared(const struct placement *p, unsigned int n);

#endif
