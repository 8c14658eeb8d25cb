// SPDX-License-Identifier: GPL-2.0-or-later
/* Poisson sums against each other, and far from the mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "models/poisson.h"
#include "models/tests/near.h"

static void test_sums_agree(void **state)
{
	static const double means[] = { 0.01, 0.8, 5, 64, 300, 2700 };

	(void)state;
	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++) {
		double m = means[i], head = 0, tails[400];

		poisson_tails(m, 400, tails);
		for (int k = 0; k < 400; k++) {
			head += poisson_pmf(m, k);
			assert_near(poisson_tail(m, k), tails[k], 1e-11);
			if (head < 0.9)
				assert_near(tails[k], 1 - head, 1e-10);
			assert_near(poisson_excess(m, k), poisson_excess(m, k + 1) + tails[k], 1e-11);
		}
		assert_near(poisson_excess(m, 0), m, 1e-12);
	}
	assert_true(poisson_tail(0, 0) == 0 && poisson_excess(0, 3) == 0 && poisson_pmf(0, 0) == 1);
}

/* P(M > k) is a little more than its first term when k is far above the mean. */
static void test_small_tails_keep_their_digits(void **state)
{
	(void)state;
	assert_near(poisson_tail(1e-5, 40), poisson_pmf(1e-5, 41) * (1 + 1e-5 / 42), 1e-12);
	assert_near(poisson_tail(1e-5, 40), exp(41 * log(1e-5) - 1e-5 - lgamma(42)), 1e-6);
	assert_true(poisson_tail(1e-5, 40) < 1e-250);
}

static void test_large_means_are_quick(void **state)
{
	clock_t start = clock();

	(void)state;
	assert_true(poisson_tail(1e12, 4096) == 1);
	assert_near(poisson_excess(1e12, 4096), 1e12 - 4096, 1e-12);
	assert_near(poisson_tail(1e9, 1e9), 0.5, 1e-4);
	assert_true(clock() - start < CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums_agree),
		cmocka_unit_test(test_small_tails_keep_their_digits),
		cmocka_unit_test(test_large_means_are_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
