/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * D/D/1/K: arrivals at a constant gap, constant service time, one server, and
 * a finite burst: a paced pktgen against a receive ring.
 *
 * A finite test loses less than the long-run share 1 - gap/service, because
 * the ring takes the first K packets of the excess. So the burst is what is
 * computed, exactly, in whole numbers.
 */
#ifndef RXLAB_DD1K_H
#define RXLAB_DD1K_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/util/err.h"

struct dd1k {
	bool drops;
	uint64_t first_drop; /* index of the first lost packet, from 0; only when drops */
	uint64_t accepted; /* packets of the burst that were served */
	double loss; /* 1 - accepted / count */
};

/* gap and service in one unit (ns, ps); capacity counts the packet in service. -EINVAL names the parameter. */
int dd1k_solve(uint64_t gap, uint64_t service, uint64_t capacity, uint64_t count, struct dd1k *r, struct err *e);

#endif
