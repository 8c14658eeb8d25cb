// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "harness/dut/undo.h"

static char log_text[256];

static int note(const char *target, const char *value, struct err *e)
{
	strcat(log_text, target);
	strcat(log_text, "=");
	strcat(log_text, value);
	strcat(log_text, " ");
	return strcmp(target, "bad") ? 0 : err_set(e, -EIO, "bad %s", value);
}

static void last_in_first_out_and_on_after_errors(void **state)
{
	struct undo u = { .n = 0 };
	struct err e = { "" };

	(void)state;
	log_text[0] = 0;
	assert_int_equal(undo_push(&u, note, "a", "1"), 0);
	assert_int_equal(undo_push(&u, note, "bad", "1"), 0);
	assert_int_equal(undo_push(&u, note, "bad", "2"), 0);
	assert_int_equal(undo_push(&u, note, "b", "2"), 0);
	assert_int_equal(undo_all(&u, &e), -EIO);
	assert_string_equal(log_text, "b=2 bad=2 bad=1 a=1 ");
	assert_string_equal(e.text, "bad 2");
	assert_int_equal(undo_all(&u, &e), 0);
	assert_string_equal(log_text, "b=2 bad=2 bad=1 a=1 ");
}

static void no_room_is_refused(void **state)
{
	struct undo u = { .n = 0 };
	char longer[129];
	int i;

	(void)state;
	memset(longer, 'x', 128);
	longer[128] = 0;
	assert_int_equal(undo_push(&u, note, longer, "1"), -ENOSPC);
	longer[64] = 0;
	assert_int_equal(undo_push(&u, note, "a", longer), -ENOSPC);
	for (i = 0; i < UNDO_MAX; i++)
		assert_int_equal(undo_push(&u, note, "a", "1"), 0);
	assert_int_equal(undo_push(&u, note, "a", "1"), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_in_first_out_and_on_after_errors),
		cmocka_unit_test(no_room_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
