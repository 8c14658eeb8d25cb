// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/util/ethtool_rss.h"

#define SIZE 128 /* of the 82576's table */

/* Entries of each queue by weights, all of a queue beside each other. */
static void entries_by_weight(void **state)
{
	static const struct {
		uint32_t n, weight[4], entries[4];
	} rows[] = {
		{ 1, { 1 }, { 128 } },
		{ 2, { 1, 1 }, { 64, 64 } },
		{ 2, { 3, 1 }, { 96, 32 } },
		{ 2, { 1, 0 }, { 128, 0 } },
		{ 2, { 0, 7 }, { 0, 128 } },
		{ 4, { 1, 1, 1, 1 }, { 32, 32, 32, 32 } },
		{ 3, { 1, 1, 1 }, { 42, 43, 43 } },
		{ 4, { 0, 1, 0, 1 }, { 0, 64, 0, 64 } },
		{ 4, { 128, 128, 128, 128 }, { 32, 32, 32, 32 } },
	};
	uint32_t table[SIZE], found[4], i, j;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("row %u\n", i);
		rss_table(table, SIZE, rows[i].weight, rows[i].n);
		for (j = 0; j < 4; j++)
			found[j] = 0;
		for (j = 0; j < SIZE; j++) {
			assert_true(table[j] < rows[i].n);
			assert_true(!j || table[j] >= table[j - 1]);
			found[table[j]]++;
		}
		for (j = 0; j < 4; j++)
			assert_int_equal(found[j], rows[i].entries[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_by_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
