// SPDX-License-Identifier: GPL-2.0-or-later
/* Interrupt and softirq on one CPU, polling, and the chain elimination, against known values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "models/gth.h"
#include "models/onecpu.h"
#include "models/polling.h"
#include "models/tests/two_stage_gth.h"
#include "models/two_stage.h"
#include "models/tests/near.h"

#define T_I 2e-6
#define S 5e-6

static void test_v1(void **state)
{
	struct law isr = law_constant(T_I), service = law_constant(S);
	struct err e = { 0 };
	struct onecpu r;
	double W;

	(void)state;
	assert_same(onecpu_v1_saturation(T_I, S), 142857.142857);
	assert_near(onecpu_v1_livelock(T_I), 500000, 1e-12);
	assert_int_equal(onecpu_v1(2.5e5, T_I, S, &r, &e), 0);
	assert_near(r.throughput, 1e5, 1e-12);
	assert_int_equal(onecpu_v1(4e5, T_I, S, &r, &e), 0);
	assert_near(r.throughput, 4e4, 1e-12);
	assert_int_equal(onecpu_v1(6e5, T_I, S, &r, &e), 0);
	assert_true(r.throughput == 0 && r.user_share == 0);
	assert_int_equal(onecpu_v1(1e5, T_I, S, &r, &e), 0);
	assert_near(r.throughput, 1e5, 1e-12);
	assert_near(r.user_share, 0.3, 1e-12);
	assert_int_equal(onecpu_v1_sojourn(1e5, &isr, &service, &W, &e), 0);
	assert_same(W, 1.89583333e-5);
	isr = law_exponential(T_I), service = law_exponential(S);
	assert_int_equal(onecpu_v1_sojourn(1e5, &isr, &service, &W, &e), 0);
	assert_near(W, 2.5e-5, 1e-12);
	assert_int_equal(onecpu_v1_sojourn(5e4, &isr, &service, &W, &e), 0);
	assert_same(5e4 * W, 0.555555556);
	assert_int_equal(onecpu_v1_sojourn_mm1(1e5, T_I, S, &W, &e), 0);
	assert_near(W, 1 / 6e4, 1e-12);
	assert_int_equal(onecpu_v1_sojourn(1.5e5, &isr, &service, &W, &e), -EINVAL);
	assert_non_null(strstr(e.text, "load"));
}

static void test_v2(void **state)
{
	struct err e = { 0 };
	struct onecpu r;
	double L;

	(void)state;
	assert_int_equal(onecpu_v2a(2.5e5, T_I, S, &r, &e), 0);
	assert_same(r.isr_share, 0.333333333333);
	assert_same(r.service_rate, 133333.333333);
	assert_same(r.interrupts, 166666.666667);
	assert_same(onecpu_v2a_saturation(T_I, S), 153112.887);
	assert_int_equal(onecpu_v2a_content(1e5, T_I, S, &L, &e), 0);
	assert_near(L, 2, 1e-12);
	assert_int_equal(onecpu_v2b(ISR_CONSTANT, 2.5e5, T_I, S, &r, &e), 0);
	assert_same(r.isr_share, 0.451862762);
	assert_same(r.service_rate, 109627.448);
	assert_same(r.interrupts, 225931.381);
	assert_int_equal(onecpu_v2b(ISR_CONSTANT, 1e6, T_I, S, &r, &e), 0);
	assert_same(r.isr_share, 0.936621062);
	assert_same(onecpu_v2b_saturation(ISR_CONSTANT, T_I, S), 144365.029);
	assert_int_equal(onecpu_v2b(ISR_EXPONENTIAL, 2.5e5, T_I, S, &r, &e), 0);
	assert_same(r.isr_share, 0.428571428571);
}

static void test_v3_and_hybrid(void **state)
{
	struct law setup = law_constant(3e-6), service = law_constant(S);
	double f, rate, D = 3e-6, mask = 0.5e-6;
	struct err e = { 0 };
	struct queue q;

	(void)state;
	assert_int_equal(onecpu_v3(1e5, T_I, &setup, &service, &q, &f, &e), 0);
	assert_same(f, 38461.5384615);
	assert_same(q.Wq, 5.15384615385e-6);
	assert_near(1e5 / f, 2.6, 1e-12);
	setup = law_constant(100e-6); /* a timer from the first packet, with service */
	assert_int_equal(onecpu_v3(1e5, T_I, &setup, &service, &q, &f, &e), 0);
	assert_same(f, 4545.45454545);
	assert_same(q.Wq, 5.70454545455e-5);
	/* At the switch both cost the same. */
	setup = law_constant(D);
	rate = onecpu_hybrid_switch(T_I, S, D, mask);
	assert_int_equal(onecpu_v3(rate, T_I, &setup, &service, &q, &f, &e), 0);
	assert_near(rate * T_I, f * (T_I + mask), 1e-12);
}

static void test_two_stage(void **state)
{
	static const struct {
		double rate, X, ring, backlog, U, shortcut;
	} rows[] = {
		{ 1e5, 97203.7360, 5.24288e-7, 2796.26396, 0.2, 99113.992 },
		{ 1.4e5, 119327.294, 1.43876e-4, 20672.7059, 0.28, 126138.843 },
		{ 2e5, 115690.366, 0.0515396164, 84309.5828, 0.399999897, 119185.577 },
		{ 3e5, 79749.4303, 33.8590501, 220216.711, 0.599932282, 79998.4998 },
		{ 4.5e5, 23997.5314, 10007.5718, 415994.897, 0.879984856, 20000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct two_stage_in in = { rows[i].rate, 5e5, 2e5, 16, 8 };
		struct two_stage r, g;
		struct err e = { 0 };
		double shortcut;

		assert_int_equal(two_stage_solve(&in, &r, &e), 0);
		assert_same(r.X, rows[i].X);
		assert_near(r.ring_drops, rows[i].ring, 3e-6);
		assert_same(r.backlog_drops, rows[i].backlog);
		assert_same(r.isr_share, rows[i].U);
		assert_near(r.X + r.ring_drops + r.backlog_drops, rows[i].rate, 1e-12);
		assert_int_equal(two_stage_solve_gth(&in, &g, &e), 0);
		assert_near(r.X, g.X, 1e-12);
		assert_near(r.ring_drops, g.ring_drops, 1e-12);
		assert_near(r.backlog_drops, g.backlog_drops, 1e-12);
		assert_int_equal(two_stage_shortcut(&in, &shortcut, &e), 0);
		assert_same(shortcut, rows[i].shortcut);
	}
}

/* Any shape of rings, and losses far below what a subtraction would leave. */
static void test_two_stage_is_the_chain(void **state)
{
	static const double rings[][2] = { { 1, 1 }, { 1, 9 }, { 9, 1 }, { 3, 40 }, { 40, 3 }, { 30, 30 } },
			    rates[] = { 1e2, 3e4, 2.5e5, 2e6 };

	(void)state;
	for (size_t i = 0; i < sizeof(rings) / sizeof(rings[0]); i++) {
		for (size_t k = 0; k < sizeof(rates) / sizeof(rates[0]); k++) {
			struct two_stage_in in = { rates[k], 5e5, 2e5, rings[i][0], rings[i][1] };
			struct two_stage r, g;
			struct err e = { 0 };

			assert_int_equal(two_stage_solve(&in, &r, &e), 0);
			assert_int_equal(two_stage_solve_gth(&in, &g, &e), 0);
			assert_near(r.X, g.X, 1e-11);
			assert_near(r.ring_drops, g.ring_drops, 1e-11);
			assert_near(r.backlog_drops, g.backlog_drops, 1e-10);
			assert_near(r.cpu_share, g.cpu_share, 1e-11);
		}
	}
}

static void test_large_rings_are_quick(void **state)
{
	struct two_stage_in in = { 2e5, 5e5, 2e5, 4096, 1000 };
	struct two_stage r;
	struct err e = { 0 };
	clock_t start = clock();

	(void)state;
	assert_int_equal(two_stage_solve(&in, &r, &e), 0);
	assert_near(r.X, 2e5 * (1 - 0.4), 1e-3); /* fluid: mu (1 - rate T_I) */
	assert_true(clock() - start < CLOCKS_PER_SEC);
}

static void test_polling(void **state)
{
	struct law one = law_constant(1), w = law_constant(0.2), pause = law_constant(10);
	struct polling r, gated;
	struct err e = { 0 };
	double Wq;

	(void)state;
	assert_int_equal(polling_queues_solve(POLLING_EXHAUSTIVE, 2, 0.3, &one, &w, &Wq, &e), 0);
	assert_near(Wq, 1.1, 1e-12);
	assert_int_equal(polling_queues_solve(POLLING_GATED, 2, 0.3, &one, &w, &Wq, &e), 0);
	assert_near(Wq, 1.4, 1e-12);
	assert_int_equal(polling_queues_solve(POLLING_LIMITED, 2, 0.3, &one, &w, &Wq, &e), 0);
	assert_near(Wq, 2.0, 1e-12);
	assert_int_equal(polling_solve(POLLING_EXHAUSTIVE, 0.5, &one, &pause, 0.1, &r, &e), 0);
	assert_near(r.Wq, 0.5 + 5, 1e-12);
	assert_near(r.cycle, 20, 1e-12);
	assert_near(r.cpu_share, 0.505, 1e-12);
	assert_int_equal(polling_solve(POLLING_GATED, 0.5, &one, &pause, 0.1, &gated, &e), 0);
	assert_near(gated.Wq - r.Wq, 0.5 * 10 / 0.5, 1e-12);
	assert_near(polling_longest(1e6, 256), 256e-6, 1e-12);
	assert_int_equal(polling_queues_solve(POLLING_LIMITED, 2, 0.45, &one, &w, &Wq, &e), -EINVAL);
	assert_non_null(strstr(e.text, "load"));
}

static void test_elimination(void **state)
{
	double share[3];
	struct err e = { 0 };
	struct gth g;

	(void)state;
	/* A cycle 0 -> 1 -> 2 -> 0 of rates 1, 2, 4: times in the states are as 4 : 2 : 1. */
	assert_int_equal(gth_init(&g, 3, 2, &e), 0);
	gth_add(&g, 0, 1, 1);
	gth_add(&g, 1, 2, 2);
	gth_add(&g, 2, 0, 4);
	gth_solve(&g, share);
	gth_free(&g);
	assert_near(share[0], 4.0 / 7, 1e-14);
	assert_near(share[1], 2.0 / 7, 1e-14);
	assert_near(share[2], 1.0 / 7, 1e-14);
	assert_int_equal(gth_init(&g, 1 << 20, 1 << 10, &e), -EINVAL);
}

static void test_bad_input_is_named(void **state)
{
	static const struct {
		struct two_stage_in in;
		const char *word;
	} rows[] = {
		{ { 0, 1, 1, 1, 1 }, "arrival-rate" },	     { { 1, -1, 1, 1, 1 }, "interrupt-rate" },
		{ { 1, 1, NAN, 1, 1 }, "service-rate" },     { { 1, 1, 1, 0, 1 }, "ring" },
		{ { 1, 1, 1, 1, 1e9 }, "backlog" },	     { { 1, 1, 1, 1, 1.5 }, "backlog" },
		{ { 1, 1, 1, 65536, 65536 }, "ring times" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct two_stage r;
		struct err e = { 0 };

		assert_int_equal(two_stage_solve(&rows[i].in, &r, &e), -EINVAL);
		assert_non_null(strstr(e.text, rows[i].word));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_v3_and_hybrid),
		cmocka_unit_test(test_two_stage),
		cmocka_unit_test(test_two_stage_is_the_chain),
		cmocka_unit_test(test_large_rings_are_quick),
		cmocka_unit_test(test_polling),
		cmocka_unit_test(test_elimination),
		cmocka_unit_test(test_bad_input_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
