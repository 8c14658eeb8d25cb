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

/* What a testbed's times are: counts of instructions, or real time. */
enum clock { CLOCK_VIRTUAL, CLOCK_WALL };
extern const char *const clock_names[]; /* "virtual", "wall" */

struct clock_map {
	uint64_t base_tsc;
	uint64_t base_ns; /* CLOCK_REALTIME at base_tsc */
	uint64_t mult; /* ns per tick, times 2^32 */
	uint64_t zero_ns; /* CLOCK_REALTIME when the counter would have been 0 */
};

void clock_map_begin(struct clock_map *m);
/* Call at least a millisecond after clock_map_begin(); the longer the interval, the more exact the map. */
void clock_map_end(struct clock_map *m);

uint64_t clock_now_ns(void); /* CLOCK_MONOTONIC */
uint64_t clock_realtime_ns(void); /* CLOCK_REALTIME, from the kernel */
uint64_t clock_wait_until(uint64_t ns); /* spins until clock_now_ns() is that far; returns what it then is */
void clock_spin_ns(uint64_t ns);

/* ns since the counter was 0, by the map; plus zero_ns it is CLOCK_REALTIME. */
static inline uint64_t clock_elapsed(const struct clock_map *m)
{
	return (uint64_t)(((unsigned __int128)__rdtsc() * m->mult) >> 32);
}

#endif
