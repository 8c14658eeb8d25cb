// SPDX-License-Identifier: GPL-2.0-or-later
/* M/M/1 and M/M/1/K against numbers computed elsewhere by elimination on the birth-death generator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "models/mm1k.h"
#include "models/tests/near.h"

static void test_known_values(void **state)
{
	static const struct {
		double arrival_rate, service_rate, capacity, p0, loss, L, W, X;
	} rows[] = {
		{ 5, 5.714, 15, 0.141699709, 0.0191344280, 4.85888762, 0.990734665, 4.90432786 },
		{ 1, 1.2, 10, 0.192586495, 0.0311037942, 3.28929132, 3.39488513, 0.968896206 },
		{ 1, 1, 10, 1.0 / 11, 1.0 / 11, 5, 5.5, 10.0 / 11 },
		{ 3e5, 2.5e5, 64, 1.42643537e-6, 0.166667855, 59.0004636, 2.36002191e-4, 249999.643 },
		{ 2.45e5, 2.5e5, 256, 0.0201118286, 1.14110849e-4, 47.5630021, 1.94156858e-4, 244972.043 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct queue r;

		assert_int_equal(mm1k_solve(rows[i].arrival_rate, rows[i].service_rate, rows[i].capacity, &r, &e), 0);
		assert_near(r.p0, rows[i].p0, 1e-8);
		assert_near(r.loss, rows[i].loss, 1e-8);
		assert_near(r.L, rows[i].L, 1e-8);
		assert_near(r.W, rows[i].W, 1e-8);
		assert_near(r.X, rows[i].X, 1e-8);
	}
}

static void test_sojourn(void **state)
{
	struct err e = { 0 };
	struct queue r;

	(void)state;
	assert_same(mm1k_sojourn_quantile(3e5, 2.5e5, 64, 0.5), 2.36401807e-4);
	assert_same(mm1k_sojourn_quantile(3e5, 2.5e5, 64, 0.99), 3.23431035e-4);
	/* Its integral is the mean. */
	assert_int_equal(mm1k_solve(0.7, 1, 12, &r, &e), 0);
	for (double t = 0.005; t < 100; t += 0.01)
		r.W -= 0.01 * mm1k_sojourn_tail(0.7, 1, 12, t);
	assert_true(fabs(r.W) < 1e-4);
	/* A long queue below saturation is M/M/1. */
	assert_near(mm1k_sojourn_quantile(2e5, 2.5e5, 1000, 0.99), mm1_sojourn_quantile(2e5, 2.5e5, 0.99), 1e-9);
}

/* Independent of the closed form: p_n term by term. */
static void check_against_sum(double rho, int K)
{
	double p = 1, sum = 0, weighted = 0;
	struct err e = { 0 };
	struct queue r;

	for (int n = 0; n <= K; n++, p *= rho) {
		sum += p;
		weighted += n * p;
	}
	assert_int_equal(mm1k_solve(rho, 1, K, &r, &e), 0);
	assert_near(r.L, weighted / sum, 1e-7);
	assert_near(r.loss, pow(rho, K) / sum, 1e-7);
	assert_near(r.p0, 1 / sum, 1e-7);
	assert_near(r.L, r.X * r.W, 1e-12);
	assert_near(r.X, 1 - r.p0, 1e-7);
}

static void test_all_regimes_equal_the_sum(void **state)
{
	static const double rho[] = { 0.01, 0.5, 0.99, 1 - 1e-5, 1 - 1e-7, 1, 1 + 1e-7, 1 + 1e-5, 1.01, 1.5 };

	(void)state;
	for (size_t i = 0; i < sizeof(rho) / sizeof(rho[0]); i++)
		for (int K = 1; K <= 256; K *= 4)
			check_against_sum(rho[i], K);
}

static void test_huge_queue_does_not_overflow(void **state)
{
	struct err e = { 0 };
	struct queue r;

	(void)state;
	assert_int_equal(mm1k_solve(3, 1, 4096, &r, &e), 0);
	assert_near(r.loss, 2.0 / 3, 1e-12);
	assert_near(r.L, 4096 - 0.5, 1e-12);
	assert_true(r.p0 >= 0);
}

static void test_unlimited(void **state)
{
	struct queue r, up, down;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mm1_solve(2e5, 2.5e5, &r, &e), 0);
	assert_near(r.L, 4, 1e-12);
	assert_near(r.W, 2e-5, 1e-12);
	assert_near(r.Lq, 3.2, 1e-12);
	assert_near(r.Wq, 1.6e-5, 1e-12);
	assert_near(mm1_sojourn_quantile(2e5, 2.5e5, 0.99), 9.210340e-5, 1e-7);
	assert_int_equal(mm1_solve(2e5, 2.5e5 + 1, &up, &e), 0);
	assert_int_equal(mm1_solve(2e5, 2.5e5 - 1, &down, &e), 0);
	assert_near((up.L - down.L) / 2, -8.0e-5, 1e-6);
	/* A large K is no limit. */
	assert_int_equal(mm1k_solve(2e5, 2.5e5, 1000, &up, &e), 0);
	assert_near(up.L, 4, 1e-12);
}

static void test_bad_input_is_named(void **state)
{
	static const struct {
		double arrival_rate, service_rate, capacity;
		const char *word;
	} rows[] = {
		{ 0, 1, 1, "arrival-rate" },	    { -1, 1, 1, "arrival-rate" }, { NAN, 1, 1, "arrival-rate" },
		{ 1, INFINITY, 1, "service-rate" }, { 1, 0, 1, "service-rate" },  { 1, 1, 0, "capacity" },
		{ 1, 1, 2.5, "capacity" },	    { 1, 1, NAN, "capacity" },	  { 1, 1, 1e9, "capacity" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct queue r;

		assert_int_equal(mm1k_solve(rows[i].arrival_rate, rows[i].service_rate, rows[i].capacity, &r, &e),
				 -EINVAL);
		assert_non_null(strstr(e.text, rows[i].word));
	}
	struct err e = { 0 };
	struct queue r;

	assert_int_equal(mm1_solve(2, 1, &r, &e), -EINVAL);
	assert_non_null(strstr(e.text, "below service-rate"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_sojourn),
		cmocka_unit_test(test_all_regimes_equal_the_sum),
		cmocka_unit_test(test_huge_queue_does_not_overflow),
		cmocka_unit_test(test_unlimited),
		cmocka_unit_test(test_bad_input_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
