// SPDX-License-Identifier: GPL-2.0-or-later
/* The stage table owns what the rows execute, on every kernel of which there is a list of functions (owners.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/record/stages.h"
#include "harness/util/file.h"

#define OWNERS "harness/record/tests/owners.txt"
#define TABLE "harness/record/stages.txt"
#define ROWS_MAX 256
#define WHOLE 1000000
#define NEEDED 990000 /* of a million instructions */

static struct owned {
	char name[96];
	unsigned int share; /* of a million: instructions of functions that have a stage */
} rows[ROWS_MAX];
static size_t n_rows;

static void row_read(char *line)
{
	unsigned int number;
	int at;

	assert_int_equal(sscanf(line, "row %u %n", &number, &at), 1);
	assert_int_equal(number, n_rows);
	assert_in_range(number, 0, ROWS_MAX - 1);
	snprintf(rows[n_rows++].name, sizeof(rows[0].name), "%s", line + at);
}

/* "OWNER\tROW=SHARE\t..." */
static void owner_read(const struct stage_table *t, char *line)
{
	char *save = NULL, *owner = strtok_r(line, "\t", &save), *word;
	bool known = stages_find(t, owner) != STAGE_OTHER;
	unsigned int row, share;

	while ((word = strtok_r(NULL, "\t", &save))) {
		assert_int_equal(sscanf(word, "%u=%u", &row, &share), 2);
		assert_in_range(row, 0, n_rows - 1);
		rows[row].share += known ? share : 0;
	}
}

static void owners_read(const struct stage_table *t)
{
	char *text, *line, *save = NULL;
	struct err e = { "" };

	memset(rows, 0, sizeof(rows));
	n_rows = 0;
	if (file_read(OWNERS, 1 << 20, &text, NULL, &e))
		fail_msg("%s", e.text);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "row ", 4))
			row_read(line);
		else if (line[0] != '#')
			owner_read(t, line);
	}
	free(text);
}

static void every_row_has_stages_on_every_kernel(void **state)
{
	struct stage_table t;
	struct err e = { "" };
	bool fails = false;
	size_t i;

	(void)state;
	assert_int_equal(stages_read(&t, TABLE, &e), 0);
	owners_read(&t);
	stages_free(&t);
	assert_in_range(n_rows, 60, ROWS_MAX);
	for (i = 0; i < n_rows; i++) {
		assert_in_range(rows[i].share, 1, WHOLE);
		if (rows[i].share >= NEEDED)
			continue;
		fails = true;
		print_message("%s: %.2f %% has a stage\n", rows[i].name, rows[i].share / (WHOLE / 100.0));
	}
	assert_false(fails);
}

/* A table that lost one line is found out. */
static void a_missing_line_is_seen(void **state)
{
	struct stage_table t;
	struct err e = { "" };
	size_t i, n, below = 0;

	(void)state;
	assert_int_equal(stages_read(&t, TABLE, &e), 0);
	for (i = n = 0; i < t.n; i++) {
		if (strstr(t.rules[i].pattern, "siphash"))
			free(t.rules[i].pattern);
		else
			t.rules[n++] = t.rules[i];
	}
	t.n = n;
	owners_read(&t);
	stages_free(&t);
	for (i = 0; i < n_rows; i++)
		below += rows[i].share < NEEDED;
	assert_in_range(below, 1, n_rows / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_stages_on_every_kernel),
		cmocka_unit_test(a_missing_line_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
