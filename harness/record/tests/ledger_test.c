// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/record/ledger.h"

#define UNKNOWN -1

/* Drops in the order of enum drop_place. */
static const struct row {
	const char *name;
	uint64_t sent, unique;
	int64_t drops[DROP_PLACES];
	uint64_t dropped;
	int64_t unaccounted;
} rows[] = {
	{ "nothing happened", 0, 0, { 0, 0, 0, 0, 0, 0, 0, 0 }, 0, 0 },
	{ "all came", 20000, 20000, { 0, 0, 0, 0, 0, 0, 0, 0 }, 0, 0 },
	{ "all came, nothing known", 20000, 20000, { -1, -1, -1, -1, -1, -1, -1, -1 }, 0, 0 },
	{ "ring was short of descriptors", 20000, 18518, { 0, 1482, 0, 0, 0, 0, 0, 0 }, 1482, 0 },
	{ "lost in every place", 100, 79, { 1, 2, 3, 0, 4, 0, 5, 6 }, 21, 0 },
	{ "loss that nobody saw", 20000, 17303, { -1, -1, -1, -1, -1, -1, -1, -1 }, 0, 2697 },
	{ "loss that is partly explained", 1000, 900, { 0, 60, -1, 0, 0, 0, -1, 0 }, 60, 40 },
	{ "an unknown place is no drop", 10, 9, { 0, -1, 0, 0, 0, 0, 1, 0 }, 1, 0 },
	{ "nothing arrived", 500, 0, { 500, 0, 0, 0, 0, 0, 0, 0 }, 500, 0 },
	{ "more came than went", 10, 12, { 0, 0, 0, 0, 0, 0, 0, 0 }, 0, -2 },
	{ "a drop counted twice", 10, 9, { 0, 1, 0, 0, 0, 0, 1, 0 }, 2, -1 },
	{ "large counts", 10000000000ULL, 9999999999ULL, { 0, 0, 0, 0, 0, 0, 0, 0 }, 0, 1 },
};

static struct outcome outcome_of(const struct row *r)
{
	struct outcome o;
	int i;

	outcome_init(&o);
	o.generator.sent = r->sent;
	o.capture.unique = r->unique;
	for (i = 0; i < DROP_PLACES; i++) {
		if (r->drops[i] != UNKNOWN)
			o.drops[i] = counter_of((uint64_t)r->drops[i]);
		else
			o.drops[i].value = 1000000; /* of no meaning: it must not be read */
	}
	return o;
}

static void balance_of_each_row(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome o = outcome_of(&rows[i]);
		struct ledger l = ledger_close(&o);

		print_message("%s\n", rows[i].name);
		assert_int_equal(l.offered, rows[i].sent);
		assert_int_equal(l.delivered.value, rows[i].unique);
		assert_int_equal(l.dropped, rows[i].dropped);
		assert_int_equal(l.unaccounted, rows[i].unaccounted);
	}
}

/* Whatever the counters are, the four parts add up: nothing is hidden in loss. */
static void balance_always_closes(void **state)
{
	uint64_t x = 88172645463325252ULL; /* xorshift64 */
	int n, i;

	(void)state;
	for (n = 0; n < 10000; n++) {
		struct outcome o;
		struct ledger l;

		outcome_init(&o);
		o.generator.sent = (x ^= x << 13, x ^= x >> 7, x ^= x << 17) >> 40;
		o.capture.unique = (x ^= x << 13, x ^= x >> 7, x ^= x << 17) >> 40;
		for (i = 0; i < DROP_PLACES; i++) {
			o.drops[i].value = (x ^= x << 13, x ^= x >> 7, x ^= x << 17) >> 40;
			o.drops[i].known = x & 1;
		}
		l = ledger_close(&o);
		assert_true((int64_t)l.offered == (int64_t)(l.delivered.value + l.dropped) + l.unaccounted);
	}
}

/* Counts beside the balance must not move it. */
static void other_counts_do_not_matter(void **state)
{
	struct outcome o = outcome_of(&rows[3]);
	struct ledger l;

	(void)state;
	o.capture.duplicates = 7;
	o.capture.received = counter_of(20007);
	o.capture.foreign = 9;
	o.capture.own_dropped = counter_of(1482);
	o.nic.wire = counter_of(5);
	o.generator.errors = 3;
	l = ledger_close(&o);
	assert_int_equal(l.dropped, 1482);
	assert_int_equal(l.unaccounted, 0);
}

/* If the kernel consumes the frames, its count is all there is; without it nothing is known of arrivals. */
static void where_the_count_is_unknown_so_is_what_was_delivered(void **state)
{
	struct outcome o = outcome_of(&rows[3]);

	(void)state;
	o.capture.unchecked = 1;
	assert_false(ledger_close(&o).delivered.known);
	o.capture.received = counter_of(18518);
	assert_true(ledger_close(&o).delivered.known);
	assert_int_equal(ledger_close(&o).delivered.value, 18518);
	assert_int_equal(ledger_close(&o).unaccounted, 0);
}

static void every_place_has_a_name(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < DROP_PLACES; i++)
		assert_non_null(drop_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(balance_of_each_row),
		cmocka_unit_test(balance_always_closes),
		cmocka_unit_test(other_counts_do_not_matter),
		cmocka_unit_test(where_the_count_is_unknown_so_is_what_was_delivered),
		cmocka_unit_test(every_place_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
