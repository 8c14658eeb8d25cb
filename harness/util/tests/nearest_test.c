// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "harness/util/nearest.h"

static void distances(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned int distance;
	} rows[] = {
		{ "", "", 0 },
		{ "", "gro", 3 },
		{ "gro", "gro", 0 },
		{ "gor", "gro", 1 },
		{ "rx_usec", "rx_usecs", 1 },
		{ "rxusecs", "rx_usecs", 1 },
		{ "rx_frames", "rx_ring", 5 },
		{ "kitten", "sitting", 3 },
	};
	char longer[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(nearest_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(nearest_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
	memset(longer, 'x', sizeof(longer));
	longer[70] = '\0';
	assert_int_equal(nearest_distance(longer, "x"), 64);
}

static const char *meant(const char *wanted)
{
	static const char *const words[] = { "gro", "rx_usecs", "rx_frames", "rx_ring", "threaded", NULL };
	struct nearest n = { .wanted = wanted };
	int i;

	for (i = 0; words[i]; i++)
		nearest_offer(&n, words[i]);
	return n.best;
}

static void the_nearest_is_meant(void **state)
{
	(void)state;
	assert_string_equal(meant("gor"), "gro");
	assert_string_equal(meant("rx_usec"), "rx_usecs");
	assert_string_equal(meant("thread"), "threaded");
	assert_null(meant("budget"));
	assert_null(meant("a"));
	assert_null(meant(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(the_nearest_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
