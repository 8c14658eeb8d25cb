// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "models/dd1k.h"

__extension__ typedef unsigned __int128 wide; /* count x picoseconds does not fit into 64 bits */

static int burst_check(uint64_t gap, uint64_t service, uint64_t capacity, uint64_t count, struct err *e)
{
	const struct {
		const char *name;
		uint64_t value;
	} parameters[] = { { "gap", gap }, { "service-time", service }, { "capacity", capacity }, { "count", count } };

	for (unsigned int i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (parameters[i].value == 0 || parameters[i].value > INT64_MAX)
			return err_set(e, -EINVAL, "%s must be above 0 (and below 2^63)", parameters[i].name);
	return 0;
}

/*
 * Assumptions: packet n = 0, 1, ... arrives at n * gap into an empty system; a completion at time t comes before an
 * arrival at time t; what finds capacity packets is lost.
 *
 * With service > gap, and until the first loss, arrival n finds n - floor(n gap / service) packets, which is
 * ceil(n (service - gap) / service). It is lost when that reaches capacity, first at
 *     n* = floor((capacity - 1) service / (service - gap)) + 1,
 * and the server, never idle, has finished floor((count - 1) gap / service) packets when the last one comes:
 *     accepted = min(count, floor((count - 1) gap / service) + capacity).
 * With capacity 1 the server is idle from each completion to the next arrival, so it takes every
 * ceil(service / gap)-th packet instead.
 * Source: derived here; dd1k_test.c compares it with an event loop.
 */
int dd1k_solve(uint64_t gap, uint64_t service, uint64_t capacity, uint64_t count, struct dd1k *r, struct err *e)
{
	int ret = burst_check(gap, service, capacity, count, e);
	wide first, served;

	if (ret)
		return ret;
	*r = (struct dd1k) { .accepted = count };
	if (service <= gap)
		return 0;
	first = (wide)(capacity - 1) * service / (service - gap) + 1;
	if (first >= count)
		return 0;
	if (capacity == 1)
		served = (count - 1) / ((service - 1) / gap + 1) + 1;
	else
		served = (wide)(count - 1) * gap / service + capacity;
	r->drops = true;
	r->first_drop = (uint64_t)first;
	r->accepted = served < count ? (uint64_t)served : count;
	r->loss = (double)(count - r->accepted) / (double)count;
	return 0;
}
