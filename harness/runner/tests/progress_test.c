// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/runner/progress.h"

static void lines_of_a_terminal(void **state)
{
	static const struct {
		struct progress p;
		double elapsed_s;
		const char *text;
	} rows[] = {
		{ { .total = 40 }, 3, "[..............................] 0/40, 0 failed, time left unknown" },
		{ { .total = 40, .done = 10, .failed = 1 },
		  5,
		  "[#######.......................] 10/40, 1 failed, 0:15 left" },
		{ { .total = 40, .done = 30, .before = 20 },
		  100,
		  "[######################........] 30/40, 0 failed, 1:40 left" },
		{ { .total = 1000, .done = 1 }, 10, "[..............................] 1/1000, 0 failed, 2:46:30 left" },
		{ { .total = 4, .done = 4 }, 10, "[##############################] 4/4, 0 failed, 0:00 left" },
	};
	char text[160];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		progress_format(&rows[i].p, rows[i].elapsed_s, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

static char *log_of(size_t total, size_t before, size_t add)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct progress p;

	progress_start(&p, out, false, total, before);
	while (add--)
		progress_add(&p, add == 0);
	progress_show(&p);
	progress_end(&p);
	fclose(out);
	return text;
}

static void plain_lines_at_tenths(void **state)
{
	char *text = log_of(20, 0, 5);

	(void)state;
	assert_string_equal(text, "2 of 20 trials done, 0 failed\n4 of 20 trials done, 0 failed\n");
	free(text);
	text = log_of(3, 1, 2);
	assert_string_equal(text, "2 of 3 trials done, 0 failed\n3 of 3 trials done, 1 failed\n");
	free(text);
	text = log_of(0, 0, 0);
	assert_string_equal(text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_a_terminal),
		cmocka_unit_test(plain_lines_at_tenths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
