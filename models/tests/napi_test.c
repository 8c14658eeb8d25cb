// SPDX-License-Identifier: GPL-2.0-or-later
/* NAPI and the capture stage against known values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "models/mg1k.h"
#include "models/napi.h"
#include "models/stage.h"
#include "models/tests/near.h"

static void test_setup(void **state)
{
	static const struct {
		double rate, D, K, X, f, loss, L, W;
	} rows[] = {
		{ 1.8e5, 3e-6, 32, 179969.667, 11706.0386, 1.68514737e-4, 5.34765361, 2.97141940e-5 },
		{ 1.8e5, 0, 32, 179972.644, 18024.6201, 1.51976184e-4, 4.90639841, 2.72619121e-5 },
		{ 2.2e5, 3e-6, 32, 199953.834, 30.5919745, 0.0911189367, 26.9108018, 1.34585076e-4 },
		{ 1e5, 50e-6, 16, 99994.4153, 8333.79872, 5.58468928e-5, 3.66591914, 3.66612389e-5 },
	};
	struct law service = law_constant(5e-6);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct napi r;

		assert_int_equal(napi_setup_solve(rows[i].rate, &service, rows[i].D, rows[i].K, &r, &e), 0);
		assert_same(r.q.X, rows[i].X);
		assert_same(r.f, rows[i].f);
		assert_same(r.q.loss, rows[i].loss);
		assert_same(r.q.L, rows[i].L);
		assert_same(r.q.W, rows[i].W);
		assert_near(r.q.X, rows[i].rate * (1 - r.q.loss), 1e-12);
	}
}

/* Without a set-up it is M/G/1/K, whatever the service. */
static void test_no_setup_is_mg1k(void **state)
{
	struct law laws[] = { law_constant(1), law_exponential(1), law_gamma(1, 0.3) };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (double rate = 0.3; rate < 3; rate *= 1.7) {
			struct queue want;
			struct napi got;
			struct err e = { 0 };

			assert_int_equal(mg1k_solve(rate, &laws[i], 12, &want, &e), 0);
			assert_int_equal(napi_setup_solve(rate, &laws[i], 0, 12, &got, &e), 0);
			assert_near(got.q.loss, want.loss, 1e-10);
			assert_near(got.q.L, want.L, 1e-10);
			assert_near(got.q.X, want.X, 1e-10);
			assert_near(got.f, rate * got.q.p0, 1e-10);
		}
	}
}

static void test_markov(void **state)
{
	static const struct {
		double rate, f, loss, L;
	} rows[] = {
		{ 1e5, 38461.5385, 1.66307603e-10, 1.3 },
		{ 1.5e5, 25864.3614, 2.954745e-5, 3.44711469 },
		{ 2e5, 3858.02469, 0.0308641975, 16.2851852 },
		{ 2.5e5, 26.0510992, 0.200145886, NAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct napi r;

		assert_int_equal(napi_markov_solve(rows[i].rate, 2e5, 1 / 3e-6, 32, &r, &e), 0);
		assert_near(r.f, rows[i].f, 1e-8);
		assert_near(r.q.loss, rows[i].loss, 1e-7);
		if (!isnan(rows[i].L))
			assert_near(r.q.L, rows[i].L, 1e-8);
		assert_near(r.q.X, rows[i].rate * (1 - r.q.loss), 1e-11);
	}
}

static void test_budget(void **state)
{
	struct napi_budget in = { 1e5, 2e5, 1 / 3e-6, 16, 8, 5e4 };
	struct err e = { 0 };
	struct napi r;

	(void)state;
	assert_int_equal(napi_budget_solve(&in, &r, &e), 0);
	assert_same(r.f, 33482.5821);
	assert_same(r.squeezed, 3295.7774);
	assert_same(r.q.loss, 0.00237823184);
	in.arrival_rate = 1.5e5;
	assert_int_equal(napi_budget_solve(&in, &r, &e), 0);
	assert_same(r.f, 5849.52460);
	assert_same(r.squeezed, 14346.9988);
	assert_same(r.q.loss, 0.124647174);
	assert_same(r.q.X, 131302.924);
	in.arrival_rate = 3e5;
	assert_int_equal(napi_budget_solve(&in, &r, &e), 0);
	/* Above the saturation: an interrupt now and then is shorter than the pause that it replaces. */
	assert_near(r.q.X, 133333.798, 1e-8);
	assert_near(r.q.X, 3e5 * (1 - r.q.loss), 1e-12);
	assert_near(napi_budget_saturation(&in), 1.0 / 7.5e-6, 1e-12);
}

static void test_constant(void **state)
{
	struct napi_cost c = { 1e-6, 2e-6, 4e-6, 30e-6 };

	(void)state;
	assert_int_equal(napi_constant_packets(6000, 5000, 3000), 3);
	assert_int_equal(napi_constant_packets(5100, 5000, 3000), 30);
	assert_int_equal(napi_constant_packets(4298, 2800, 5000), 4);
	assert_int_equal(napi_constant_packets(8399, 2800, 5000), 1);
	assert_int_equal(napi_constant_packets(10, 1, 0), 1);
	assert_near(napi_cost_idle(&c), 7e-6, 1e-12);
	assert_near(napi_cost_full(&c, 64, 300), 1e-6 + 2e-6 / 64 + 1e-7, 1e-12);
	assert_near(napi_cost_at(&c, 1e5, 2e4, 1e4), 1e-6 + 0.4e-6 + 0.4e-6, 1e-12);
	assert_near(napi_backlog_bound(16, 1e6, 1e-4), 116, 1e-12);
}

static void test_tandem(void **state)
{
	struct err e = { 0 };
	struct tandem r, turned;

	(void)state;
	assert_int_equal(tandem_solve(1, 1.5, 1.2, 4, 3, &r, &e), 0);
	assert_same(r.loss_first, 0.0758293839);
	assert_same(r.X_first, 0.924170616);
	assert_same(r.X_second, 0.786037790);
	assert_same(r.loss_second, 0.149466802);
	assert_same(r.loss, 0.213962210);
	assert_same(r.L_first, 1.24170616);
	assert_same(r.L_second, 1.19664234);
	assert_same(r.alone, 0.161978125);
	/* The other numbering of the states: the first ring is so long that its departures are Poisson. */
	assert_int_equal(tandem_solve(1, 1.5, 1.2, 100, 3, &r, &e), 0);
	assert_int_equal(tandem_solve(1, 1.5, 1.2, 3, 100, &turned, &e), 0);
	assert_near(r.X_second, r.X_first * (1 - r.loss_second), 1e-12);
	assert_near(turned.X_second, turned.X_first * (1 - turned.loss_second), 1e-12);
	assert_near(r.L_first, 2, 1e-12);
	assert_int_equal(tandem_solve(1, 1, 0, 3, 3, &r, &e), -EINVAL);
	assert_non_null(strstr(e.text, "second stage"));
}

static void test_overwrite(void **state)
{
	struct err e = { 0 };
	struct overwrite r;

	(void)state;
	assert_int_equal(overwrite_solve(1.2, 1, 8, &r, &e), 0);
	assert_same(r.loss, 0.206732885);
	assert_near(r.loss_chain, r.loss, 1e-12);
	assert_same(r.wait_newest, 4.42437690);
	assert_same(r.wait_oldest, 3.27826458);
	assert_int_equal(overwrite_solve(2, 1, 16, &r, &e), 0);
	assert_same(r.loss, 0.500003815);
	assert_near(r.loss_chain, r.loss, 1e-12);
	assert_same(r.wait_newest, 14.0002441);
	assert_same(r.wait_oldest, 6.98499801);
	assert_int_equal(overwrite_solve(2, 1, 1, &r, &e), -EINVAL);
	assert_non_null(strstr(e.text, "capacity"));
}

static void test_same_core(void **state)
{
	struct err e = { 0 };
	double G;

	(void)state;
	assert_int_equal(same_core(SHARING_STRICT, 625000, 1e-6, 0.6e-6, &G, &e), 0);
	assert_near(G, 625000, 1e-12);
	assert_int_equal(same_core(SHARING_STRICT, 8e5, 1e-6, 0.6e-6, &G, &e), 0);
	assert_same(G, 333333.333333);
	assert_int_equal(same_core(SHARING_STRICT, 1e6, 1e-6, 0.6e-6, &G, &e), 0);
	assert_true(fabs(G) < 1e-6);
	assert_int_equal(same_core(SHARING_FAIR, 1e6, 1e-6, 0.6e-6, &G, &e), 0);
	assert_near(G, 625000, 1e-12);
	assert_int_equal(same_core(SHARING_FAIR, 9e5, 0.5e-6, 1e-6, &G, &e), 0);
	assert_near(G, 550000, 1e-12); /* the softirq does not take its half */
}

static void test_blocks(void **state)
{
	static const struct {
		double rate, T, b, wakeups, delay;
	} rows[] = {
		{ 1e5, 1e-3, 100, 1038.91906, 4.82999789e-4 },
		{ 1e5, 8e-3, 256, 390.625, 1.285e-3 },
		{ 1e4, 8e-3, 256, 125, 4.0e-3 },
		{ 100, 8e-3, 256, 68.8338795, 4.0e-3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };
		struct blocks r;

		assert_int_equal(blocks_solve(rows[i].rate, rows[i].T, rows[i].b, &r, &e), 0);
		assert_same(r.wakeups, rows[i].wakeups);
		assert_same(r.delay, rows[i].delay);
	}
}

static void test_large_capacity_is_quick(void **state)
{
	struct law service = law_constant(5e-6);
	clock_t start = clock();
	struct err e = { 0 };
	struct napi r;

	(void)state;
	assert_int_equal(napi_setup_solve(1.99e5, &service, 3e-6, 4096, &r, &e), 0);
	assert_int_equal(napi_markov_solve(1.99e5, 2e5, 3e5, 4096, &r, &e), 0);
	assert_true(clock() - start < CLOCKS_PER_SEC);
}

static void test_bad_input_is_named(void **state)
{
	struct law service = law_constant(5e-6);
	struct napi_budget in = { 1e5, 2e5, 1e6, 16, 0, 5e4 };
	struct err a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
	struct blocks blocks;
	struct napi r;

	(void)state;
	assert_int_equal(napi_setup_solve(1e5, &service, -1, 4, &r, &a), -EINVAL);
	assert_non_null(strstr(a.text, "setup"));
	assert_int_equal(napi_setup_solve(1e5, &service, 0, 1e9, &r, &b), -EINVAL);
	assert_non_null(strstr(b.text, "capacity"));
	assert_int_equal(napi_budget_solve(&in, &r, &c), -EINVAL);
	assert_non_null(strstr(c.text, "budget"));
	assert_int_equal(blocks_solve(1e5, 0, 4, &blocks, &d), -EINVAL);
	assert_non_null(strstr(d.text, "timeout"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setup),
		cmocka_unit_test(test_no_setup_is_mg1k),
		cmocka_unit_test(test_markov),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_constant),
		cmocka_unit_test(test_tandem),
		cmocka_unit_test(test_overwrite),
		cmocka_unit_test(test_same_core),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_large_capacity_is_quick),
		cmocka_unit_test(test_bad_input_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
