// SPDX-License-Identifier: GPL-2.0-or-later
/* Arrivals that are not Poisson, and batches, against known values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "models/batch.h"
#include "models/gim1.h"
#include "models/mm1k.h"
#include "models/tests/near.h"

/* Waits of n packets by Lindley's recursion; gap[i] lies before packet i. Exact, and slow to converge. */
static void lindley(const double *gap, const double *service, size_t n, double *wait)
{
	for (size_t i = 0; i < n; i++)
		wait[i] = i ? fmax(0, wait[i - 1] + service[i - 1] - gap[i]) : 0;
}

static void test_dm1(void **state)
{
	struct law gap = law_constant(1.25);
	struct err e = { 0 };
	struct queue q;
	double sigma;

	(void)state;
	assert_int_equal(gim1_solve(&gap, 1, &q, &sigma, &e), 0);
	assert_same(sigma, 0.628629796);
	assert_same(q.W, 2.69273084);
	assert_same(q.Wq, 1.69273084);
	assert_same(q.L, 2.15418467);
	gap = law_constant(0.9);
	assert_int_equal(gim1_solve(&gap, 1, &q, &sigma, &e), -EINVAL);
	assert_non_null(strstr(e.text, "load"));
}

/* Poisson gaps: sigma = rho; just below saturation it must still be found. */
static void test_gim1_of_poisson_is_mm1(void **state)
{
	static const double loads[] = { 1e-3, 0.3, 0.8, 0.999, 0.999999 };

	(void)state;
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		struct law gap = law_exponential(1 / loads[i]);
		struct queue want, got;
		struct err e = { 0 };
		double sigma;

		assert_int_equal(gim1_solve(&gap, 1, &got, &sigma, &e), 0);
		assert_int_equal(mm1_solve(loads[i], 1, &want, &e), 0);
		assert_near(sigma, loads[i], 1e-9);
		assert_near(got.W, want.W, 1e-9);
	}
}

static void test_dm1k(void **state)
{
	static const struct {
		double A, K, loss, L, W;
	} rows[] = {
		{ 1.25, 5, 0.0229604263, 1.66321654, 2.12787766 }, { 1.25, 10, 0.00208159424, 2.06804151, 2.59044415 },
		{ 0.9, 5, 0.149541845, 3.13934038, NAN },	   { 1, 10, 0.0483870968, 5.16397849, NAN },
		{ 0.8, 16, 0.200175925, 14.0143564, NAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct queue q;

		assert_int_equal(dm1k_solve(1 / rows[i].A, 1, rows[i].K, &q, &e), 0);
		assert_same(q.loss, rows[i].loss);
		assert_same(q.L, rows[i].L);
		if (!isnan(rows[i].W))
			assert_same(q.W, rows[i].W);
		assert_near(q.X, (1 - q.loss) / rows[i].A, 1e-9);
		assert_near(q.X, 1 - q.p0, 1e-9);
	}
}

static void test_dm1k_of_large_capacity_is_dm1(void **state)
{
	struct law gap = law_constant(1.25);
	struct err e = { 0 };
	struct queue with, without;

	(void)state;
	assert_int_equal(dm1k_solve(0.8, 1, 200, &with, &e), 0);
	assert_int_equal(gim1_solve(&gap, 1, &without, NULL, &e), 0);
	assert_near(with.W, without.W, 1e-10);
	assert_true(with.loss > 0 && with.loss < 1e-38);
	assert_int_equal(dm1k_solve(1e-3, 1, 5, &with, &e), 0); /* a thousand services a gap */
	assert_near(with.W, 1, 1e-9);
	assert_int_equal(dm1k_solve(1e6, 1, 5, &with, &e), 0);
	assert_near(with.X, 1, 1e-6);
}

static void test_two_moments(void **state)
{
	struct two_moments q = { 0.9 / 4e-6, 4e-6, 0.25, 2 }, dm1 = { 0.8, 1, 0, 1 };

	(void)state;
	assert_same(gg1_wait(&q), 4.05e-5);
	assert_same(gg1_klb_factor(&q), 0.981651896);
	assert_true(gg1_wait_bound(&q) >= gg1_wait(&q));
	assert_near(gg1_wait(&dm1), 2, 1e-12);
	assert_near(gg1_wait(&dm1) * gg1_klb_factor(&dm1), 1.692963, 1e-6);
	q.gap_scv = 1; /* exact for Poisson arrivals */
	assert_near(gg1_klb_factor(&q), 1, 1e-12);
}

static void test_lindley(void **state)
{
	static const double gap[] = { 0, 1, 1, 5, 1 }, service[] = { 3, 2, 1, 4, 1 }, want[] = { 0, 2, 3, 0, 3 };
	double wait[5];

	(void)state;
	lindley(gap, service, 5, wait);
	for (size_t i = 0; i < 5; i++)
		assert_true(wait[i] == want[i]);
}

static void test_batches(void **state)
{
	static const double four[] = { 0, 0, 0, 1 }, eight[] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	struct batches light = { 0.15, four, 4 }, heavy = { 0.22, four, 4 }, long_ones = { 2e4, eight, 8 };
	struct law one = law_exponential(1), five = law_constant(5e-6);
	struct err e = { 0 };
	struct queue q;

	(void)state;
	assert_int_equal(mxg1_solve(&light, &one, &q, &e), 0);
	assert_near(q.L, 3.75, 1e-12);
	assert_near(q.W, 6.25, 1e-12);
	assert_int_equal(mxm1k_solve(&heavy, 1, 16, BATCH_PARTLY, &q, &e), 0);
	assert_same(q.loss, 0.0920338430);
	assert_same(q.L, 6.20179697);
	assert_same(q.X, 0.799010218);
	assert_int_equal(mxm1k_solve(&heavy, 1, 16, BATCH_WHOLE, &q, &e), 0);
	assert_same(q.loss, 0.104517076);
	assert_int_equal(mxg1_solve(&long_ones, &five, &q, &e), 0);
	assert_near(q.Wq, 9.75e-5, 1e-12);
	assert_near(1 - q.p0, 0.8, 1e-12);
}

static void test_batches_of_one_are_mm1k(void **state)
{
	static const double single[] = { 1 };
	struct batches b = { 0.88, single, 1 };
	struct queue got, want;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mxm1k_solve(&b, 1, 16, BATCH_PARTLY, &got, &e), 0);
	assert_int_equal(mm1k_solve(0.88, 1, 16, &want, &e), 0);
	assert_same(got.loss, 0.0175137992);
	assert_near(got.loss, want.loss, 1e-12);
	assert_near(got.W, want.W, 1e-12);
}

static void test_bad_input_is_named(void **state)
{
	static const double off[] = { 0.5, 0.4 }, negative[] = { 1.5, -0.5 }, single[] = { 1 };
	struct batches a = { 1, off, 2 }, b = { 1, negative, 2 }, c = { 0, single, 1 };
	struct queue q;
	struct err x = { 0 }, y = { 0 }, z = { 0 }, w = { 0 };

	(void)state;
	assert_int_equal(mxm1k_solve(&a, 1, 4, BATCH_PARTLY, &q, &x), -EINVAL);
	assert_non_null(strstr(x.text, "add up to 1, not 0.9"));
	assert_int_equal(mxm1k_solve(&b, 1, 4, BATCH_PARTLY, &q, &y), -EINVAL);
	assert_non_null(strstr(y.text, "share"));
	assert_int_equal(mxm1k_solve(&c, 1, 4, BATCH_PARTLY, &q, &z), -EINVAL);
	assert_non_null(strstr(z.text, "batch-rate"));
	assert_int_equal(dm1k_solve(1, -1, 4, &q, &w), -EINVAL);
	assert_non_null(strstr(w.text, "service-time"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dm1),
		cmocka_unit_test(test_gim1_of_poisson_is_mm1),
		cmocka_unit_test(test_dm1k),
		cmocka_unit_test(test_dm1k_of_large_capacity_is_dm1),
		cmocka_unit_test(test_two_moments),
		cmocka_unit_test(test_lindley),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_batches_of_one_are_mm1k),
		cmocka_unit_test(test_bad_input_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
