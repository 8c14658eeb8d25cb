// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "harness/dut/clsact.h"
#include "harness/tests/own_root.h"
#include "harness/util/tc.h"

static void test_somebody_elses_stays(void **state)
{
	struct undo ours = { .n = 0 }, theirs = { .n = 0 };
	struct err e = { "" };

	(void)state;
	if (own_root() || unshare(CLONE_NEWNET))
		skip_because("needs a network namespace of its own");
	if (clsact_lend(&theirs, "lo", &e) == -ENOENT)
		skip_because("this kernel has no clsact");
	assert_int_equal(theirs.n, 1);
	assert_int_equal(clsact_lend(&ours, "lo", &e), -EEXIST);
	assert_int_equal(ours.n, 0);
	assert_int_equal(undo_all(&ours, &e), 0);
	assert_int_equal(tc_clsact_add("lo", &e), -EEXIST); /* still there */
	assert_int_equal(undo_all(&theirs, &e), 0);
	assert_int_equal(clsact_lend(&ours, "lo", &e), 0);
	assert_int_equal(undo_all(&ours, &e), 0);
}

static void test_an_interface_that_is_not_there(void **state)
{
	struct undo u = { .n = 0 };
	struct err e = { "" };

	(void)state;
	assert_int_not_equal(clsact_lend(&u, "nosuch0", &e), 0);
	assert_non_null(strstr(e.text, "nosuch0"));
	assert_int_equal(u.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_interface_that_is_not_there),
		cmocka_unit_test(test_somebody_elses_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
