// SPDX-License-Identifier: GPL-2.0-or-later
/* Quantiles and the straight line, against known values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "models/interval.h"
#include "models/tests/near.h"

static void test_line(void **state)
{
	static const double bytes[] = { 64, 128, 512, 1024, 1518 }, cycles[] = { 812, 838, 955, 1107, 1270 };
	struct line_fit fit;
	double held_out;

	(void)state;
	assert_true(line_fit(bytes, cycles, 5, &fit));
	assert_same(fit.a, 794.486510);
	assert_same(fit.b, 0.311018931);
	assert_same(fit.s, 4.76655882);
	assert_same(fit.se_a, 3.28783799);
	assert_same(fit.se_b, 0.00385577696);
	assert_same(fit.r2, 0.999539138);
	held_out = fit.a + fit.b * 256;
	assert_same(held_out, 874.107356);
	assert_near(100 * (held_out - 869) / 869, 0.587728, 1e-6);
	assert_same(2.4e9 / (fit.a + fit.b * 64), 2946984.77);
	assert_same(2.4e9 / (fit.a + fit.b * 1518), 1894816.75);
	assert_false(line_fit(bytes, cycles, 2, &fit));
	assert_false(line_fit((double[]) { 1, 1, 1 }, cycles, 3, &fit));
}

static void test_quantiles(void **state)
{
	(void)state;
	assert_near(student_quantile(0.975, 1), 12.70620474, 1e-9);
	assert_near(student_quantile(0.975, 4), 2.776445105, 1e-9);
	assert_near(student_quantile(0.995, 31), 2.744041919, 1e-9);
	assert_near(student_quantile(0.025, 4), -2.776445105, 1e-9);
	assert_near(student_quantile(0.975, 1e7), 1.959963985, 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
