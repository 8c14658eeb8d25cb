// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "harness/clock.h"

static uint64_t clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

uint64_t clock_now_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

void clock_spin_ns(uint64_t ns)
{
	uint64_t end = clock_now_ns() + ns;

	while (clock_now_ns() < end)
		;
}

void clock_map_begin(struct clock_map *m)
{
	m->base_tsc = __rdtsc();
	m->base_ns = clock_read(CLOCK_REALTIME);
	m->mult = 1ULL << 32;
}

void clock_map_end(struct clock_map *m)
{
	uint64_t tsc = __rdtsc();
	uint64_t ns = clock_read(CLOCK_REALTIME);

	if (tsc == m->base_tsc)
		return;
	m->mult = (uint64_t)(((unsigned __int128)(ns - m->base_ns) << 32) / (tsc - m->base_tsc));
	m->base_tsc = tsc;
	m->base_ns = ns;
}
