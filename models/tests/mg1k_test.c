// SPDX-License-Identifier: GPL-2.0-or-later
/* M/G/1 and M/G/1/K against known values, limits and identities; speed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "models/gim1.h"
#include "models/mg1k.h"
#include "models/mm1k.h"
#include "models/tests/near.h"

static void check_identities(double rate, const struct law *service, const struct queue *q)
{
	assert_near(q->L, q->X * q->W, 1e-12);
	assert_near(q->X * law_mean(service), 1 - q->p0, 1e-9);
	assert_near(q->X, rate * (1 - q->loss), 1e-9);
}

static void test_md1(void **state)
{
	struct law one = law_constant(1);
	struct err e = { 0 };
	struct queue q;

	(void)state;
	assert_int_equal(mg1_solve(0.8, &one, &q, &e), 0);
	assert_near(q.L, 2.4, 1e-12);
	assert_near(q.W, 3, 1e-12);
	assert_near(q.p0, 0.2, 1e-12);
	assert_same(md1_share(0.8, 0), 0.2);
	assert_same(md1_share(0.8, 1), 0.245108186);
	assert_same(md1_share(0.8, 2), 0.189411751);
}

static void test_md1k(void **state)
{
	static const struct {
		double rho, K, p0, loss, L;
	} rows[] = {
		{ 0.9, 10, 0.114968573, 0.0166317478, 3.47147901 },
		{ 1.2, 20, 1.15198546e-4, 0.166762665, 17.3548922 },
		{ 1.0, 16, 0.0315789474, 0.0315789474, 8.07192982 },
		{ 0.95, 64, 0.0500757516, 7.97385413e-5, 9.87825687 },
		{ 0.5, 2, 0.548137238, 0.0962744762, 0.548137238 },
		{ 1.2, 256, NAN, 0.166666667, 253.343520 },
		{ 0.5, 64, NAN, 1.38841309e-35, NAN },
		{ 0.8, 256, NAN, 3.35030408e-49, NAN },
	};
	struct law one = law_constant(1);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct queue q;

		assert_int_equal(mg1k_solve(rows[i].rho, &one, rows[i].K, &q, &e), 0);
		assert_same(q.loss, rows[i].loss);
		if (!isnan(rows[i].p0))
			assert_same(q.p0, rows[i].p0);
		if (!isnan(rows[i].L))
			assert_same(q.L, rows[i].L);
		check_identities(rows[i].rho, &one, &q);
	}
}

static void test_lengths_mix(void **state)
{
	struct law imix;
	struct err e = { 0 };
	struct queue q;

	(void)state;
	/* 64, 576 and 1518 bytes, 7:4:1, 2 us + 1 ns a byte */
	imix = (struct law) { .n = 3,
			      .share = { 7.0 / 12, 4.0 / 12, 1.0 / 12 },
			      .mean = { 2.064e-6, 2.576e-6, 3.518e-6 } };
	assert_same(law_mean(&imix), 2.35583333e-6);
	assert_same(law_square(&imix), 5.72834167e-12);
	assert_same(law_scv(&imix), 0.0321428031);
	assert_int_equal(mg1_solve(3e5, &imix, &q, &e), 0);
	assert_same(q.Wq, 2.93009804e-6);
	assert_same(q.W, 5.28593137e-6);
	assert_same(q.L, 1.58577941);
	assert_near(1 - q.p0, 0.70675, 1e-9);
}

static void test_mixes(void **state)
{
	static const struct {
		double K, loss, L, W, X;
	} rows[] = {
		{ 4, 0.188475188, 2.00212986, 9.86848375e-6, 202881.203 },
		{ 8, 0.101309477, 4.02617314, NAN, 224672.631 },
		{ 32, 0.0268101404, 16.0485093, NAN, 243297.465 },
	};
	struct law two, hyper;
	struct err e = { 0 };
	struct queue q;

	(void)state;
	assert_int_equal(law_parse_mix("service-mix", "0.75:2e-6,0.25:10e-6", &two, &e), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(mg1k_solve(2.5e5, &two, rows[i].K, &q, &e), 0);
		assert_same(q.loss, rows[i].loss);
		assert_same(q.L, rows[i].L);
		assert_same(q.X, rows[i].X);
		if (!isnan(rows[i].W))
			assert_same(q.W, rows[i].W);
		check_identities(2.5e5, &two, &q);
	}
	assert_int_equal(law_parse("service", "hyper 0.4:2,0.6:0.5", &hyper, &e), 0);
	assert_same(law_mean(&hyper), 1.1);
	assert_same(law_scv(&hyper), 1.89256198);
	assert_int_equal(mg1k_solve(0.9, &hyper, 6, &q, &e), 0);
	assert_same(q.p0, 0.181716068);
	assert_same(q.loss, 0.173450574);
	assert_same(q.L, 2.92017927);
	check_identities(0.9, &hyper, &q);
}

/* b -> 0: zero copy takes the length out of the cost, a + b bytes. */
static void test_zero_copy(void **state)
{
	struct law copied = law_constant(2e-6 + 1.2e-9 * 1518), zero = law_constant(2e-6);
	struct err e = { 0 };
	struct queue q;

	(void)state;
	assert_int_equal(mg1_solve(2.5e5, &copied, &q, &e), 0);
	assert_near(1 - q.p0, 0.9554, 1e-12);
	assert_same(q.L, 11.1884623);
	assert_int_equal(mm1_solve(2.5e5, 1 / law_mean(&copied), &q, &e), 0);
	assert_same(q.L, 21.4215247);
	assert_int_equal(mg1_solve(2.5e5, &zero, &q, &e), 0);
	assert_near(q.L, 0.75, 1e-12);
}

/* Exponential service is M/M/1/K, by whichever way; a gamma of scv 1 is exponential. */
static void test_exponential_is_mm1k(void **state)
{
	static const double rows[][2] = { { 0.1, 3 }, { 0.5, 64 }, { 0.9, 10 }, { 1, 16 }, { 1.3, 40 }, { 50, 7 } };
	struct law laws[] = { law_exponential(1), law_gamma(1, 1) };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t k = 0; k < 2; k++) {
			struct queue want, got;
			struct err e = { 0 };

			assert_int_equal(mm1k_solve(rows[i][0], 1, rows[i][1], &want, &e), 0);
			assert_int_equal(mg1k_solve(rows[i][0], &laws[k], rows[i][1], &got, &e), 0);
			assert_near(got.loss, want.loss, 1e-10);
			assert_near(got.L, want.L, 1e-10);
			assert_near(got.p0, want.p0, 1e-10);
		}
	}
}

/* Far beyond saturation: the server is never idle, and no number overflows. */
static void test_extremes(void **state)
{
	struct law one = law_constant(1);
	struct err e = { 0 };
	struct queue q;

	(void)state;
	for (double rho = 100; rho < 1e7; rho *= 3) {
		assert_int_equal(mg1k_solve(rho, &one, 64, &q, &e), 0);
		assert_near(q.loss, 1 - 1 / rho, 1e-12);
		assert_near(q.X, 1, 1e-12);
	}
	assert_int_equal(mg1k_solve(1e-9, &one, 1, &q, &e), 0);
	assert_near(q.loss, 1e-9, 1e-6);
}

static void test_large_capacity_is_quick(void **state)
{
	struct law one = law_constant(1);
	struct err e = { 0 };
	struct queue q;
	clock_t start = clock();

	(void)state;
	assert_int_equal(mg1k_solve(0.999, &one, 4096, &q, &e), 0);
	assert_int_equal(dm1k_solve(0.999, 1, 4096, &q, &e), 0);
	assert_true(clock() - start < CLOCKS_PER_SEC);
}

static void test_bad_input_is_named(void **state)
{
	struct law one = law_constant(1), none = law_constant(0), law;
	struct queue q;

	(void)state;
#define REFUSED(call, word)                            \
	do {                                           \
		struct err e = { 0 };                  \
		assert_int_equal(call, -EINVAL);       \
		assert_non_null(strstr(e.text, word)); \
	} while (0)
	REFUSED(mg1k_solve(0, &one, 4, &q, &e), "arrival-rate");
	REFUSED(mg1k_solve(NAN, &one, 4, &q, &e), "arrival-rate");
	REFUSED(mg1k_solve(1, &none, 4, &q, &e), "service-time");
	REFUSED(mg1k_solve(1, &one, 0, &q, &e), "capacity");
	REFUSED(mg1k_solve(1, &one, 1e9, &q, &e), "capacity");
	REFUSED(mg1k_solve(1, &one, 2.5, &q, &e), "capacity");
	REFUSED(mg1_solve(1, &one, &q, &e), "the load is 1");
	REFUSED(law_parse_mix("service-mix", "0.5:1,0.4:2", &law, &e), "add up to 1, not 0.9");
	REFUSED(law_parse_mix("service-mix", "0.5:1,x", &law, &e), "service-mix");
	REFUSED(law_parse_mix("service-mix", "-0.5:1,1.5:1", &law, &e), "service-mix");
	REFUSED(law_parse_mix("service-mix", "0.5:-1,0.5:1", &law, &e), "service-mix");
	REFUSED(law_parse_mix("service-mix", "nan:1", &law, &e), "service-mix");
	REFUSED(law_parse("service", "gamma 1", &law, &e), "service");
	REFUSED(law_parse("service", "gamma 1 0", &law, &e), "coefficient");
	REFUSED(law_parse("service", "weibull 1", &law, &e), "service");
	REFUSED(law_parse("service", "1 2", &law, &e), "nothing may follow");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_md1),
		cmocka_unit_test(test_md1k),
		cmocka_unit_test(test_lengths_mix),
		cmocka_unit_test(test_mixes),
		cmocka_unit_test(test_zero_copy),
		cmocka_unit_test(test_exponential_is_mm1k),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_large_capacity_is_quick),
		cmocka_unit_test(test_bad_input_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
