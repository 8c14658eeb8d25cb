// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "harness/util/clock.h"

const char *const clock_names[] = { [CLOCK_VIRTUAL] = "virtual", [CLOCK_WALL] = "wall" };

static uint64_t clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Not inlined, so that the loop below stays a call and a compare. */
__attribute__((noinline)) uint64_t clock_now_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

uint64_t clock_realtime_ns(void)
{
	return clock_read(CLOCK_REALTIME);
}

/* The lab's plugin can count this loop instead of executing it: it knows the shape that it is compiled to (wait_test.c). */
__attribute__((noinline)) uint64_t clock_wait_until(uint64_t ns)
{
	uint64_t now;

	do
		now = clock_now_ns();
	while (now < ns);
	return now;
}

void clock_spin_ns(uint64_t ns)
{
	clock_wait_until(clock_now_ns() + ns);
}

static void map_set(struct clock_map *m, uint64_t tsc, uint64_t ns, uint64_t mult)
{
	m->base_tsc = tsc;
	m->base_ns = ns;
	m->mult = mult;
	m->zero_ns = ns - (uint64_t)(((unsigned __int128)tsc * mult) >> 32);
}

void clock_map_begin(struct clock_map *m)
{
	uint64_t tsc = __rdtsc();

	map_set(m, tsc, clock_realtime_ns(), 1ULL << 32);
}

void clock_map_end(struct clock_map *m)
{
	uint64_t tsc = __rdtsc();
	uint64_t ns = clock_realtime_ns();

	if (tsc != m->base_tsc)
		map_set(m, tsc, ns, (uint64_t)(((unsigned __int128)(ns - m->base_ns) << 32) / (tsc - m->base_tsc)));
}
