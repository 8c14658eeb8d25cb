// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "harness/dut/queues.h"
#include "harness/record/settings.h"

/* A trial of these settings; NULL: not set. */
static struct trial trial_with(const char *channels, const char *rss, const char *rps)
{
	const char *const rows[][2] = { { CHANNELS_KEY, channels }, { RSS_KEY, rss }, { RPS_KEY, rps } };
	struct err e = { "" };
	struct trial t;
	size_t i;

	trial_init(&t);
	for (i = 0; i < 3; i++)
		if (rows[i][1])
			assert_int_equal(trial_set(&t, rows[i][0], rows[i][1], &e), 0);
	return t;
}

static void what_is_asked(void **state)
{
	static const struct {
		const char *channels, *rss, *rps;
		uint32_t queues, mask;
		unsigned int cpus;
		uint32_t weight[QUEUES_MAX];
	} rows[] = {
		{ NULL, NULL, NULL, 1, 0, 1, { 0 } },	 { "1", "equal", "0", 1, 0, 1, { 0 } },
		{ "2", NULL, NULL, 2, 0, 2, { 0 } },	 { "3", NULL, NULL, 3, 0, 4, { 0 } },
		{ "4", "equal", NULL, 4, 0, 4, { 0 } },	 { "2", "off", NULL, 2, 0, 2, { 1 } },
		{ "2", "3:1", NULL, 2, 0, 2, { 3, 1 } }, { "4", "0:0:0:128", NULL, 4, 0, 4, { 0, 0, 0, 128 } },
		{ NULL, NULL, "2", 1, 2, 1, { 0 } },	 { NULL, NULL, "4", 1, 4, 2, { 0 } },
		{ NULL, NULL, "6", 1, 6, 2, { 0 } },	 { NULL, NULL, "08", 1, 8, 4, { 0 } },
		{ "2", NULL, "1E", 2, 0x1e, 4, { 0 } },	 { "2", NULL, "2", 2, 2, 2, { 0 } },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = trial_with(rows[i].channels, rows[i].rss, rows[i].rps);
		struct err e = { "" };
		struct queues q;

		print_message("row %zu\n", i);
		assert_int_equal(queues_of_trial(&q, &t, &e), 0);
		assert_int_equal(queues_asked(&t), i > 0);
		assert_int_equal(q.channels, rows[i].queues);
		assert_int_equal(q.rps_cpus, rows[i].mask);
		assert_int_equal(q.rps, rows[i].rps != NULL);
		assert_memory_equal(q.weight, rows[i].weight, sizeof(q.weight));
		assert_int_equal(q.weighted, q.weight[0] || q.weight[3]);
		assert_int_equal(queues_interrupt_cpus(&q), rows[i].cpus);
	}
}

static void what_is_refused(void **state)
{
	static const char *const rows[][4] = {
		{ "0", NULL, NULL, CHANNELS_KEY },
		{ "5", NULL, NULL, CHANNELS_KEY },
		{ "two", NULL, NULL, CHANNELS_KEY },
		{ NULL, "off", NULL, "one queue" },
		{ "1", "1", NULL, "one queue" },
		{ "2", "1", NULL, RSS_KEY },
		{ "2", "1:1:1", NULL, RSS_KEY },
		{ "2", "1:", NULL, RSS_KEY },
		{ "2", ":1", NULL, RSS_KEY },
		{ "2", "129:1", NULL, RSS_KEY },
		{ "2", "-1:1", NULL, RSS_KEY },
		{ "2", "0:0", NULL, "no queue" },
		{ "2", "uneven", NULL, RSS_KEY },
		{ NULL, NULL, "1", "sender" },
		{ NULL, NULL, "20", RPS_KEY },
		{ NULL, NULL, "-2", RPS_KEY },
		{ NULL, NULL, "2x", RPS_KEY },
		{ NULL, NULL, "7", "sender" },
		{ NULL, NULL, "10000000000000002", RPS_KEY },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial t = trial_with(rows[i][0], rows[i][1], rows[i][2]);
		struct err e = { "" };
		struct queues q;

		print_message("row %zu\n", i);
		assert_int_equal(queues_of_trial(&q, &t, &e), -EINVAL);
		assert_non_null(strstr(e.text, rows[i][3]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
