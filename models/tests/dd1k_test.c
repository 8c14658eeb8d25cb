// SPDX-License-Identifier: GPL-2.0-or-later
/* D/D/1/K: the closed form against known rows and against an event loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/dd1k.h"

static void test_known_values(void **state)
{
	static const struct {
		uint64_t gap, service, capacity, count, first, accepted;
	} rows[] = {
		{ 3000, 4000, 256, 10000, 1021, 7755 },	  { 3333, 4000, 256, 10000, 1530, 8587 },
		{ 672, 900, 4096, 100000, 16165, 78761 }, { 672, 2000, 256, 1000, 385, 591 },
		{ 1000, 1000, 1, 1000, 0, 1000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct dd1k r;

		assert_int_equal(dd1k_solve(rows[i].gap, rows[i].service, rows[i].capacity, rows[i].count, &r, &e), 0);
		assert_int_equal(r.accepted, rows[i].accepted);
		assert_int_equal(r.drops, rows[i].accepted < rows[i].count);
		if (r.drops)
			assert_int_equal(r.first_drop, rows[i].first);
	}
}

/* Events in time order: the packets in the system leave at known times, one after the other. */
static struct dd1k event_loop(uint64_t gap, uint64_t service, uint64_t capacity, uint64_t count)
{
	uint64_t *leaves = calloc(count, sizeof(*leaves)), head = 0, tail = 0, free_at = 0;
	struct dd1k r = { 0 };

	assert_non_null(leaves);
	for (uint64_t n = 0; n < count; n++) {
		uint64_t now = n * gap;

		while (head < tail && leaves[head] <= now)
			head++;
		if (tail - head >= capacity) {
			if (!r.drops)
				r.first_drop = n;
			r.drops = true;
			continue;
		}
		free_at = (free_at > now ? free_at : now) + service;
		leaves[tail++] = free_at;
	}
	r.accepted = tail;
	free(leaves);
	return r;
}

static void check_equal(uint64_t gap, uint64_t service, uint64_t capacity, uint64_t count)
{
	struct dd1k want = event_loop(gap, service, capacity, count), r;
	struct err e = { 0 };

	assert_int_equal(dd1k_solve(gap, service, capacity, count, &r, &e), 0);
	if (r.accepted != want.accepted || r.drops != want.drops || (r.drops && r.first_drop != want.first_drop))
		fail_msg("gap %lu service %lu capacity %lu count %lu: accepted %lu, want %lu", gap, service, capacity,
			 count, r.accepted, want.accepted);
}

static void test_equals_event_loop(void **state)
{
	uint64_t x = 1; /* xorshift: the same cases each time */

	(void)state;
	for (uint64_t gap = 1; gap <= 7; gap++)
		for (uint64_t service = 1; service <= 9; service++)
			for (uint64_t capacity = 1; capacity <= 5; capacity++)
				for (uint64_t count = 1; count <= 40; count++)
					check_equal(gap, service, capacity, count);
	for (int i = 0; i < 2000; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		check_equal(1 + x % 5000, 1 + (x >> 16) % 9000, 1 + (x >> 32) % 300, 1 + (x >> 44) % 3000);
	}
}

static void test_picoseconds_do_not_overflow(void **state)
{
	struct err e = { 0 };
	struct dd1k ns, ps;

	(void)state;
	assert_int_equal(dd1k_solve(3000, 4000, 256, 10000000, &ns, &e), 0);
	assert_int_equal(dd1k_solve(3000ULL * 1000000000, 4000ULL * 1000000000, 256, 10000000, &ps, &e), 0);
	assert_int_equal(ns.accepted, ps.accepted);
	assert_int_equal(ns.first_drop, ps.first_drop);
}

static void test_bad_input_is_named(void **state)
{
	static const struct {
		uint64_t gap, service, capacity, count;
		const char *word;
	} rows[] = {
		{ 0, 1, 1, 1, "gap" },
		{ 1, 0, 1, 1, "service-time" },
		{ 1, 1, 0, 1, "capacity" },
		{ 1, 1, 1, 0, "count" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct dd1k r;

		assert_int_equal(dd1k_solve(rows[i].gap, rows[i].service, rows[i].capacity, rows[i].count, &r, &e),
				 -EINVAL);
		assert_int_equal(strncmp(e.text, rows[i].word, strlen(rows[i].word)), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_equals_event_loop),
		cmocka_unit_test(test_picoseconds_do_not_overflow),
		cmocka_unit_test(test_bad_input_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
