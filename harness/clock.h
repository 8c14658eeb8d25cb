/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the time stamp counter to CLOCK_REALTIME, the clock of pktgen's stamps,
 * in a few instructions: a linear map measured over an interval before the
 * trial. Valid while nobody steers the clock: true in the lab; elsewhere its
 * error is the clock's drift over the trial.
 */
#ifndef RXLAB_CLOCK_H
#define RXLAB_CLOCK_H

#include <stdint.h>
#include <x86intrin.h>

struct clock_map {
	uint64_t base_tsc;
	uint64_t base_ns; /* CLOCK_REALTIME at base_tsc */
	uint64_t mult; /* ns per tick, times 2^32 */
};

void clock_map_begin(struct clock_map *m);
/* At least a millisecond after clock_map_begin(); the longer, the finer. */
void clock_map_end(struct clock_map *m);

uint64_t clock_now_ns(void); /* CLOCK_MONOTONIC */
void clock_spin_ns(uint64_t ns);

static inline uint64_t clock_realtime(const struct clock_map *m)
{
	return m->base_ns + (uint64_t)(((unsigned __int128)(__rdtsc() - m->base_tsc) * m->mult) >> 32);
}

#endif
