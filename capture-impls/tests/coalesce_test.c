// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rx_usecs adaptive-coalesced takes for a load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture-impls/adaptive-coalesced/coalesce.h"

static const struct coalesce_by_load by = { 10, 250, 10000, 100000 };

static void the_ends_and_between(void **state)
{
	(void)state;
	assert_int_equal(coalesce_for(&by, 0, 250), 10);
	assert_int_equal(coalesce_for(&by, 10000, 250), 10);
	assert_int_equal(coalesce_for(&by, 55000, 10), 130);
	assert_int_equal(coalesce_for(&by, 100000, 10), 250);
	assert_int_equal(coalesce_for(&by, 1e9, 10), 250);
}

/* A load that wavers moves nothing; one that goes on rising does, and an end is always reached. */
static void little_moves_nothing(void **state)
{
	uint32_t usecs = 130, moved = 0, was;
	double pps;

	(void)state;
	assert_int_equal(coalesce_for(&by, 60000, 130), 130); /* 143 */
	assert_int_equal(coalesce_for(&by, 45000, 130), 130); /* 103 */
	assert_int_equal(coalesce_for(&by, 70000, 130), 170);
	assert_int_equal(coalesce_for(&by, 40000, 130), 90);
	assert_int_equal(coalesce_for(&by, 100000, 240), 250);
	assert_int_equal(coalesce_for(&by, 9999, 11), 10);
	for (pps = 10000; pps <= 100000; pps += 100) {
		was = usecs;
		usecs = coalesce_for(&by, pps, usecs);
		moved += usecs != was;
	}
	assert_int_equal(usecs, 250);
	assert_in_range(moved, 5, 20);
}

static void one_value_never_moves(void **state)
{
	static const struct coalesce_by_load one = { 50, 50, 1, 2 };
	double pps;

	(void)state;
	for (pps = 0; pps < 3; pps += 0.25)
		assert_int_equal(coalesce_for(&one, pps, 50), 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ends_and_between),
		cmocka_unit_test(little_moves_nothing),
		cmocka_unit_test(one_value_never_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
