// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "harness/tune/wish.h"

static const double scale[TUNE_MEASURES] = { 1, 1000, 1000, 1000, 10000 };

static void wishes_are_read(void **state)
{
	struct tune_wish w;
	struct err e = { "" };
	char text[TUNE_WISH_TEXT_MAX];

	(void)state;
	tune_wish_init(&w);
	assert_string_equal(tune_wish_text(&w, text), "loss<=0; least cpu");
	assert_int_equal(tune_wish_parse(&w, "loss<=0.1%,p99<=2ms,irq<=20000", &e), 0);
	assert_int_equal(tune_wish_least(&w, "delay", &e), 0);
	assert_int_equal(tune_wish_check(&w, &e), 0);
	assert_string_equal(tune_wish_text(&w, text), "loss<=0.001,p99<=2000us,irq<=20000; least p99");
}

static void what_is_no_wish_is_named(void **state)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{ "", "not of the form" },
		{ "loss", "'loss': not of the form MEASURE<=VALUE" },
		{ "loss>=0", "not of the form" },
		{ "<=1", "not of the form" },
		{ "lost<=0", "did you mean 'loss'" },
		{ "p99<=200", "p99<=200: must be a time with its unit" },
		{ "p99<=infs", "not a number" },
		{ "p99<=0us", "nothing can meet this" },
		{ "loss<=2", "must be a share" },
		{ "loss<=0,loss<=1%", "loss has two limits" },
		{ "irq<=20k", "not a number" },
		{ "loss<=0,", "not of the form" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { "" };
		struct tune_wish w;

		tune_wish_init(&w);
		assert_int_not_equal(tune_wish_parse(&w, bad[i].text, &e), 0);
		if (!strstr(e.text, bad[i].said))
			fail_msg("'%s': %s", bad[i].text, e.text);
	}
}

static void what_contradicts_itself_is_refused(void **state)
{
	struct tune_wish w;
	struct err e = { "" };

	(void)state;
	tune_wish_init(&w);
	w.least = TUNE_LOSS;
	assert_int_not_equal(tune_wish_check(&w, &e), 0);
	assert_non_null(strstr(e.text, "contradict"));
	tune_wish_init(&w);
	assert_int_equal(tune_wish_parse(&w, "p50<=3ms,p99<=2ms", &e), 0);
	assert_int_not_equal(tune_wish_check(&w, &e), 0);
}

static void the_limits_come_first(void **state)
{
	/* loss, p50, p99, cpu, irq */
	const double meets[] = { 0, 10, 500, 2000, 9000 }, cheap[] = { 0.02, 10, 500, 1000, 9000 };
	const double worse[] = { 0.5, 10, 500, 900, 9000 }, unknown[] = { 0, NAN, NAN, 100, 9000 };
	struct tune_wish w;
	struct err e = { "" };

	(void)state;
	tune_wish_init(&w);
	assert_true(tune_wish_better(&w, meets, cheap, scale));
	assert_true(tune_wish_better(&w, cheap, worse, scale)); /* of two that miss, the nearer one */
	assert_true(tune_wish_better(&w, unknown, meets, scale)); /* nobody asked for delay */
	assert_int_equal(tune_wish_parse(&w, "p99<=1ms", &e), 0);
	assert_true(tune_wish_better(&w, cheap, meets, scale));
	assert_true(tune_wish_better(&w, meets, unknown, scale)); /* what is unknown keeps no limit */
	assert_false(tune_wish_met(&w, unknown));
	assert_false(tune_wish_better(&w, meets, meets, scale));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wishes_are_read),
		cmocka_unit_test(what_is_no_wish_is_named),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(the_limits_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
