// SPDX-License-Identifier: GPL-2.0-or-later
/* The simulator by itself: packet by packet, its speed, its seeds, bad specs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/tests/inside.h"

/* Packet by packet against a loop that knows nothing of events. */
static void test_dd1k_to_the_packet(void **state)
{
	static const uint64_t ns[][4] = { { 3000, 4000, 256, 10000 }, { 3333, 4000, 256, 10000 },
					  { 672, 900, 4096, 100000 }, { 672, 2000, 256, 1000 },
					  { 1000, 1000, 1, 1000 },    { 700, 999, 1, 5000 },
					  { 64, 67, 31, 200000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		uint64_t gap = ns[i][0], service = ns[i][1], K = ns[i][2], N = ns[i][3], *leaves = calloc(N, 8), n = 0,
			 gone = 0, free_at = 0;
		struct sim_spec s = spec_of(1e9 / (double)gap, law_constant((double)service / 1e9), (uint32_t)K);
		int64_t first = -1;
		struct sim_result r;

		assert_non_null(leaves);
		for (uint64_t t = 0; t < N * gap; t += gap) {
			while (gone < n && leaves[gone] <= t)
				gone++;
			if (n - gone < K)
				free_at = leaves[n++] = (free_at > t ? free_at : t) + service;
			else if (first < 0)
				first = (int64_t)(t / gap);
		}
		s.arrivals.law = ARRIVE_CONSTANT;
		s.burst = true;
		s.packets = N;
		r = run(&s);
		assert_int_equal(r.delivered, n);
		assert_int_equal(r.first_drop, first);
		assert_int_equal(r.in_system, 0);
		free(leaves);
	}
}

/*
 * Events a second of CPU, of the path with everything in it; a third of what is usual, so that a busy machine passes. Of no
 * build with a sanitizer or coverage: `make speed` asks for it.
 */
static void test_speed(void **state)
{
	struct sim_spec s = napi_of(1.5e5, law_exponential(2e-6), law_constant(0.5e-6), 256);
	clock_t start = clock();
	struct sim_result r;

	(void)state;
	if (!getenv("RXLAB_SPEED"))
		skip();
	s.interrupt.cost = law_exponential(1e-6);
	s.interrupt.coalesce = COALESCE_GAP;
	s.interrupt.time = 50e-6;
	s.softirq.poll = law_constant(0.5e-6);
	s.softirq.weight = 64;
	s.softirq.budget = 300;
	s.capture.kind = CAPTURE_BLOCKS;
	s.capture.blocks = 8;
	s.capture.frames = 64;
	s.capture.timeout = 1e-3;
	s.reader.service = law_exponential(3e-6);
	s.reader.sleeps = true;
	s.reader.wake = law_constant(5e-6);
	r = run(&s);
	start = clock() - start;
	print_message("%.1f million events a second\n", (double)r.events / (double)start * CLOCKS_PER_SEC / 1e6);
	assert_true((double)r.events / (double)start * CLOCKS_PER_SEC > 7e6);
}

static void test_same_seed_same_run(void **state)
{
	struct sim_spec s = spec_of(2e5, law_exponential(4e-6), 64);
	struct sim_result a, b, c;
	struct err e = { 0 };

	(void)state;
	s.packets = 100000;
	assert_int_equal(sim_run(&s, 7, &a, &e), 0);
	assert_int_equal(sim_run(&s, 7, &b, &e), 0);
	assert_int_equal(sim_run(&s, 8, &c, &e), 0);
	assert_memory_equal(a.counts, b.counts, sizeof(a.counts));
	assert_true(a.counts[N_TIME] != c.counts[N_TIME]);
	/* Another service, the same arrivals. */
	s.softirq.service = law_constant(4e-6);
	assert_int_equal(sim_run(&s, 7, &b, &e), 0);
	assert_true(a.counts[N_TIME] == b.counts[N_TIME]);
}

static void test_bad_spec_is_named(void **state)
{
	struct sim_spec bad[8];
	static const char *const words[] = { "rate",   "batches",	  "coalesce",	     "switching",
					     "blocks", "no steady state", "softirq.service", "interrupt.time" };

	(void)state;
	for (int i = 0; i < 8; i++)
		bad[i] = spec_of(1, law_constant(0.5), 4);
	bad[0].arrivals.rate = 0;
	bad[1].batches = 0;
	bad[2].interrupt.coalesce = COALESCE_GAP;
	bad[3].interrupt.mode = SIM_POLL;
	bad[4].capture.kind = CAPTURE_BLOCKS;
	bad[5] = spec_of(1, law_constant(100), 0);
	bad[5].packets = 6000000;
	bad[6].softirq.service = law_exponential(3e16); /* longer than the clock */
	bad[7].interrupt.time = 1e18;
	for (int i = 0; i < 8; i++) {
		struct sim_result r;
		struct err e = { 0 };

		assert_int_equal(sim_run(&bad[i], 1, &r, &e), i == 5 ? -ENOSPC : -EINVAL);
		assert_non_null(strstr(e.text, words[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dd1k_to_the_packet),
		cmocka_unit_test(test_speed),
		cmocka_unit_test(test_same_seed_same_run),
		cmocka_unit_test(test_bad_spec_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
