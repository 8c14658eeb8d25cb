// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dut/knobs.h"

static const struct knob_limit limits[] = {
	{ "rx_usecs", NULL, { { 0, 0 }, { 1, 1 }, { 3, 3 }, { 10, 8191 } } },
	{ "rx_frames", "it waits by time alone", { { 0 } } },
	{ "gro", NULL, { { 1, 1 } } },
	{ "busy_poll", NULL, { { 0, 0 } } },
	{ 0 },
};

static void values_and_ranges(void **state)
{
	static const struct {
		const char *knob, *value, *message; /* NULL: it takes it */
	} rows[] = {
		{ "rx_usecs", "0", NULL },
		{ "rx_usecs", "3", NULL },
		{ "rx_usecs", "8191", NULL },
		{ "rx_usecs", "8192", "rx_usecs=8192: must be 0, 1, 3 or 10 to 8191 on this testbed" },
		{ "rx_usecs", "2", "rx_usecs=2: must be 0, 1, 3 or 10 to 8191 on this testbed" },
		{ "rx_usecs", "9", "rx_usecs=9: must be 0, 1, 3 or 10 to 8191 on this testbed" },
		{ "rx_usecs", "-1", "rx_usecs=-1: must be 0, 1, 3 or 10 to 8191 on this testbed" },
		{ "rx_usecs", "", "rx_usecs=: must be 0, 1, 3 or 10 to 8191 on this testbed" },
		{ "rx_frames", "4", "rx_frames=4: testbed t has no rx_frames: it waits by time alone" },
		{ "gro", "1", NULL },
		{ "gro", "0", "gro=0: must be 1 on this testbed" },
		{ "busy_poll", "0", NULL },
		{ "busy_poll", "1", "busy_poll=1: must be 0 on this testbed" },
		{ "threaded", "1", NULL },
		{ "threaded", "2", "threaded=2: must be 0 or 1" },
		{ "netdev_budget", "0", "netdev_budget=0: must be 1 to 1000000" },
		{ "netdev_budget", "18446744073709551617", "netdev_budget=18446744073709551617: must be 1 to 1000000" },
		{ "rps_cpus", "ffffffffffffffff", NULL },
		{ "rps_cpus", "A", NULL },
		{ "rps_cpus", "0x2", "rps_cpus=0x2: must be a mask of CPUs, 0 to ffffffffffffffff" },
		{ "rps_cpus", "", "rps_cpus=: must be a mask of CPUs, 0 to ffffffffffffffff" },
		{ "rps_cpus", "1ffffffffffffffff",
		  "rps_cpus=1ffffffffffffffff: must be a mask of CPUs, 0 to ffffffffffffffff" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { "" };

		assert_int_equal(knob_check(knob_find(rows[i].knob), rows[i].value, "t", limits, &e),
				 rows[i].message ? -EINVAL : 0);
		assert_string_equal(e.text, rows[i].message ? rows[i].message : "");
	}
}

/* A reader of the table must find everything in it. */
static void the_table_is_whole(void **state)
{
	const struct knob *k;
	struct err e = { "" };

	(void)state;
	for (k = knobs; k->name; k++) {
		print_message("%s\n", k->name);
		assert_ptr_equal(knob_find(k->name), k);
		assert_true(strlen(k->name) < sizeof(((struct setting *)0)->key));
		assert_non_null(strchr(k->help, ':'));
		assert_true(k->min <= k->max && k->own && (k->initial || k->own[0]));
		assert_true(!k->machine || (k->path && !strstr(k->path, "%s")));
		if (k->initial)
			assert_int_equal(knob_check(k, k->initial, "", NULL, &e), 0);
	}
	assert_null(knob_find("nosuch"));
	assert_string_equal(knob_find("gro")->initial, "0");
}

/* All knobs are listed; those that lo lacks are unknown. */
static void the_whole_table_is_read(void **state)
{
	struct outcome *o = calloc(1, sizeof(*o));
	const struct knob *k;
	char value[64];
	uint32_t i = 0;

	(void)state;
	outcome_init(o);
	knobs_read("lo", o);
	for (k = knobs; k->name; k++, i++) {
		assert_string_equal(o->knobs[i].key, k->name);
		if (knob_get("lo", k->name, value, NULL))
			strcpy(value, "");
		assert_string_equal(o->knobs[i].value, value);
	}
	assert_int_equal(o->n_knobs, i);
	assert_string_equal(o->knobs[0].value, ""); /* rx_ring */
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_ranges),
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(the_whole_table_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
