// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "harness/runner/interference.h"

/* Of a trial of 100 ms. */
static const struct row {
	const char *spin;
	double reader_ms, sender_ms, second_ms, steal_ms;
	const char *why; /* NULL: it is not */
} rows[] = {
	{ NULL, 25, 5, 5, 5, NULL },
	{ NULL, 26, 0, 0, 0, "disturbed: the reader waited for a CPU for 26 ms of 100" },
	{ "0", 25, 0, 0, 0, NULL },
	{ "50", 5, 0, 0, 0, NULL },
	{ "50", 6, 0, 0, 0, "disturbed: the reader waited for a CPU for 6 ms of 100" },
	{ NULL, 0, 6, 0, 0, "disturbed: the sender waited for a CPU for 6 ms of 100" },
	{ NULL, 0, 0, 7, 0, "disturbed: the sender waited for a CPU for 7 ms of 100" },
	{ NULL, 0, 0, 0, 8, "disturbed: the hypervisor took a CPU away for 8 ms of 100" },
};

static json_t *record(const struct row *row)
{
	return json_pack("{s:{s:{s:s*}},s:{s:f},s:{s:{s:{s:f},s:{s:f},s:{s:f}},s:{s:[f,f,n]}}}", "spec", "set",
			 "spin_usecs", row->spin, "generator", "duration_ns", 100e6, "meters", "threads", "reader",
			 "wait_ns", row->reader_ms * 1e6, "sender0", "wait_ns", row->sender_ms * 1e6, "sender1",
			 "wait_ns", row->second_ms * 1e6, "time", "steal_ns", 0.0, row->steal_ms * 1e6);
}

static void waits_above_their_share_disturb(void **state)
{
	char why[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *r = record(&rows[i]);

		assert_non_null(r);
		assert_int_equal(record_disturbed(r, why, sizeof(why)), rows[i].why != NULL);
		if (rows[i].why)
			assert_string_equal(why, rows[i].why);
		json_decref(r);
	}
}

static void what_is_unknown_disturbs_nothing(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"generator\":{\"duration_ns\":null},\"meters\":null}",
		"{\"generator\":{\"duration_ns\":1000},\"meters\":{\"threads\":{\"reader\":{\"wait_ns\":null},"
		"\"sender0\":null},\"time\":{\"steal_ns\":[null]}}}",
	};
	char why[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *r = json_loads(texts[i], 0, NULL);

		assert_non_null(r);
		assert_false(record_disturbed(r, why, sizeof(why)));
		json_decref(r);
	}
}

/* The cases that harness/analysis/interference.py is held to as well. */
static void judges_as_the_tables_do(void **state)
{
	static const char *const who[] = { "sender", "the sender", "reader", "the reader", "steal", "the hypervisor" };
	json_t *rules = json_load_file("results/fixtures/rules.json", 0, NULL), *of;
	size_t n, k;

	(void)state;
	assert_non_null(rules);
	assert_true(json_array_size(json_object_get(rules, "interference")) > 10);
	json_array_foreach (json_object_get(rules, "interference"), n, of) {
		const char *wanted = json_string_value(json_object_get(of, "disturbed"));
		char why[128] = "";

		print_message("%s\n", json_string_value(json_object_get(of, "name")));
		assert_int_equal(record_disturbed(json_object_get(of, "record"), why, sizeof(why)), wanted != NULL);
		for (k = 0; wanted && k < sizeof(who) / sizeof(who[0]); k += 2)
			if (strcmp(wanted, who[k]) == 0)
				assert_non_null(strstr(why, who[k + 1]));
	}
	json_decref(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_as_the_tables_do),
		cmocka_unit_test(waits_above_their_share_disturb),
		cmocka_unit_test(what_is_unknown_disturbs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
