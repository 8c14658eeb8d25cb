// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers of records, and which side of the bar they are on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "harness/search/bisect_metric.h"

#define RECORD(status, latency)                                                                             \
	"{\"status\":\"" status "\",\"reason\":\"guest panic\",\"spec\":{\"capture\":\"recv\"},"            \
	"\"nic\":{\"accepted\":2000},\"cpu\":{\"busy_ns\":5000000},\"ledger\":{\"delivered\":964}," latency \
	"\"drops\":{}}"

static double read_ok(enum bisect_metric m, const char *line)
{
	struct err e = { "" };
	double value = -1;

	assert_int_equal(bisect_metric_read(m, line, &value, &e), 0);
	return value;
}

static void numbers_of_a_record(void **state)
{
	const char *line = RECORD("ok", "\"latency_ns\":{\"p99\":12345},");

	(void)state;
	assert_true(read_ok(METRIC_INSN, line) == 2500);
	assert_true(read_ok(METRIC_RECEIVED, line) == 964);
	assert_true(read_ok(METRIC_P99, line) == 12345);
}

static void what_a_record_lacks_is_said(void **state)
{
	struct err e = { "" };
	double value;

	(void)state;
	assert_int_equal(bisect_metric_read(METRIC_P99, RECORD("ok", "\"latency_ns\":null,"), &value, &e), -ENOTSUP);
	assert_non_null(strstr(e.text, "capture recv have no p99"));
	e.text[0] = '\0';
	assert_int_equal(bisect_metric_read(METRIC_P99, RECORD("failed", ""), &value, &e), -ENODATA);
	assert_string_equal(e.text, "guest panic");
	assert_int_equal(bisect_metric_read(METRIC_P99, "{\"torn", &value, &e), -EPROTO);
}

static void metrics_have_names(void **state)
{
	enum bisect_metric m;
	struct err e = { "" };

	(void)state;
	for (int i = 0; i < METRICS; i++) {
		assert_int_equal(bisect_metric_parse(bisect_metric_names[i], &m, &e), 0);
		assert_int_equal(m, i);
	}
	assert_true(bisect_metric_parse("recieved", &m, &e) < 0);
	assert_non_null(strstr(e.text, "did you mean 'received'"));
}

static void bars_are_values_or_shares(void **state)
{
	static const char *const wrong[] = { "", "x", "5x", "5%%", "-3", "0", "nan", "inf", "1e99", "%" };
	struct bisect_bar bar;
	struct err e = { "" };

	(void)state;
	assert_int_equal(bisect_bar_parse("2500", &bar, &e), 0);
	assert_true(bar.kind == BAR_VALUE && bar.value == 2500);
	assert_int_equal(bisect_bar_parse("12.5%", &bar, &e), 0);
	assert_true(bar.kind == BAR_SHARE && bar.value == 0.125);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_true(bisect_bar_parse(wrong[i], &bar, &e) < 0);
}

static void judged(enum bisect_metric m, struct bisect_bar bar, double good, double bad, double bar_value)
{
	struct err e = { "" };

	assert_int_equal(bisect_bar_set(m, &bar, good, bad, &e), 0);
	assert_true(bar.kind == BAR_VALUE);
	assert_true(bar.value == bar_value);
	assert_int_equal(bisect_judge(m, &bar, good), BISECT_GOOD);
	assert_int_equal(bisect_judge(m, &bar, bad), BISECT_BAD);
}

static void the_bar_is_between_good_and_bad(void **state)
{
	(void)state;
	judged(METRIC_INSN, (struct bisect_bar) { 0 }, 2000, 2400, 2200);
	judged(METRIC_P99, (struct bisect_bar) { BAR_SHARE, 0.5 }, 2000, 4000, 3000);
	judged(METRIC_RECEIVED, (struct bisect_bar) { 0 }, 3708, 964, 2336);
	judged(METRIC_LOSS_FREE, (struct bisect_bar) { BAR_SHARE, 0.25 }, 100000, 60000, 75000);
	judged(METRIC_RECEIVED, (struct bisect_bar) { BAR_VALUE, 1000 }, 3708, 964, 1000);
}

static void ends_that_do_not_differ(void **state)
{
	struct bisect_bar bar = { 0 };
	struct err e = { "" };

	(void)state;
	assert_int_equal(bisect_bar_set(METRIC_INSN, &bar, 2000, 2039, &e), -ERANGE);
	assert_non_null(strstr(e.text, "layout alone can make 2 %"));
	assert_int_equal(bisect_bar_set(METRIC_INSN, &bar, 2000, 2041, &e), 0);
	bar.kind = BAR_NONE;
	e.text[0] = '\0';
	assert_int_equal(bisect_bar_set(METRIC_INSN, &bar, 2400, 2000, &e), -ERANGE);
	assert_non_null(strstr(e.text, "no worse than the good one"));
	assert_int_equal(bisect_bar_set(METRIC_RECEIVED, &bar, 1000, 3000, &e), -ERANGE);
	assert_int_equal(bisect_bar_set(METRIC_RECEIVED, &bar, 0, 0, &e), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_a_record),
		cmocka_unit_test(what_a_record_lacks_is_said),
		cmocka_unit_test(metrics_have_names),
		cmocka_unit_test(bars_are_values_or_shares),
		cmocka_unit_test(the_bar_is_between_good_and_bad),
		cmocka_unit_test(ends_that_do_not_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
