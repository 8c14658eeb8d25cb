// SPDX-License-Identifier: GPL-2.0-or-later
/* runs first: it takes longest */
/* The simulator against the models of interrupts: one CPU, NAPI, coalescing, polling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "models/coalesce.h"
#include "models/napi.h"
#include "models/onecpu.h"
#include "models/polling.h"
#include "models/two_stage.h"
#include "models/tests/inside.h"

static void test_each_interrupts(void **state)
{
	static const double rates[] = { 1e5, 1.4e5, 2e5, 4.5e5 };
	struct sim_spec s = spec_of(1e5, law_constant(5e-6), 0);
	struct law isr = law_constant(2e-6);
	struct sim_result r;
	struct err e = { 0 };
	double W;

	(void)state;
	s.interrupt.mode = SIM_EACH;
	s.interrupt.cost = isr;
	assert_int_equal(onecpu_v1_sojourn(1e5, &isr, &s.softirq.service, &W, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_W, W);
	s.interrupt.cost = isr = law_exponential(2e-6);
	s.softirq.service = law_exponential(5e-6);
	assert_int_equal(onecpu_v1_sojourn(1e5, &isr, &s.softirq.service, &W, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_W, W);
	s.ring.slots = 16;
	s.softirq.backlog = 8;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct two_stage_in in = { rates[i], 5e5, 2e5, 16, 8 };
		struct two_stage want;

		s.arrivals.rate = rates[i];
		assert_int_equal(two_stage_solve(&in, &want, &e), 0);
		r = run(&s);
		assert_inside(&s, &r, SIM_X, want.X);
		assert_inside(&s, &r, SIM_HARD, want.isr_share);
		assert_inside(&s, &r, SIM_LOSS_BACKLOG, want.backlog_drops / rates[i]);
		if (want.ring_drops > 100)
			assert_inside(&s, &r, SIM_LOSS_RING, want.ring_drops / rates[i]);
	}
}

static void test_merged_and_latched(void **state)
{
	struct sim_spec s = spec_of(1e5, law_exponential(5e-6), 0);
	struct onecpu want;
	struct sim_result r;
	struct err e = { 0 };
	double L;

	(void)state;
	s.interrupt.mode = SIM_MERGED;
	s.interrupt.cost = law_exponential(2e-6);
	assert_int_equal(onecpu_v2a_content(1e5, 2e-6, 5e-6, &L, &e), 0);
	assert_int_equal(onecpu_v2a(1e5, 2e-6, 5e-6, &want, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_L, L);
	assert_inside(&s, &r, SIM_HARD, want.isr_share);
	assert_inside(&s, &r, SIM_F, want.interrupts);
	s = spec_of(1.2e5, law_constant(5e-6), 0);
	s.interrupt.mode = SIM_LATCHED;
	s.interrupt.cost = law_constant(2e-6);
	assert_int_equal(onecpu_v2b(ISR_CONSTANT, 1.2e5, 2e-6, 5e-6, &want, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_HARD, want.isr_share);
	assert_inside(&s, &r, SIM_F, want.interrupts);
	s.interrupt.cost = law_exponential(2e-6);
	assert_int_equal(onecpu_v2b(ISR_EXPONENTIAL, 1.2e5, 2e-6, 5e-6, &want, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_HARD, want.isr_share);
}

static void test_napi(void **state)
{
	struct law three = law_constant(3e-6), five = law_constant(5e-6);
	struct sim_spec s = napi_of(1e5, five, three, 0);
	struct sim_result r;
	struct napi want;
	struct err e = { 0 };
	struct queue q;
	double f;

	(void)state;
	assert_int_equal(onecpu_v3(1e5, 0, &three, &five, &q, &f, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_F, f);
	assert_inside(&s, &r, SIM_WQ, q.Wq);
	for (double rate = 1.8e5; rate < 2.5e5; rate += 0.4e5) {
		s = napi_of(rate, five, three, 32);
		assert_int_equal(napi_setup_solve(rate, &five, 3e-6, 32, &want, &e), 0);
		r = run(&s);
		assert_inside(&s, &r, SIM_F, want.f);
		assert_inside(&s, &r, SIM_LOSS, want.q.loss);
		assert_inside(&s, &r, SIM_L, want.q.L);
		assert_inside(&s, &r, SIM_W, want.q.W);
	}
	s = napi_of(2e5, law_exponential(5e-6), law_exponential(3e-6), 32);
	assert_int_equal(napi_markov_solve(2e5, 2e5, 1 / 3e-6, 32, &want, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_F, want.f);
	assert_inside(&s, &r, SIM_LOSS, want.q.loss);
	assert_inside(&s, &r, SIM_L, want.q.L);
}

static void test_napi_budget(void **state)
{
	struct napi_budget in = { 1e5, 2e5, 1 / 3e-6, 16, 8, 5e4 };
	struct sim_result r;
	struct napi want;
	struct sim_spec s;
	struct err e = { 0 };

	(void)state;
	for (; in.arrival_rate < 4e5; in.arrival_rate *= 1.7) {
		s = napi_of(in.arrival_rate, law_exponential(5e-6), law_exponential(3e-6), 16);
		s.softirq.budget = 8;
		s.softirq.pause = law_exponential(20e-6);
		assert_int_equal(napi_budget_solve(&in, &want, &e), 0);
		r = run(&s);
		if (want.f > 100)
			assert_inside(&s, &r, SIM_F, want.f);
		assert_inside(&s, &r, SIM_SQUEEZED, want.squeezed);
		assert_inside(&s, &r, SIM_LOSS, want.q.loss);
		assert_inside(&s, &r, SIM_L, want.q.L);
		assert_inside(&s, &r, SIM_X, want.q.X);
	}
}

/* pktgen against NAPI: so many packets an interrupt, exactly. */
static void test_napi_constant(void **state)
{
	static const uint64_t ns[][3] = {
		{ 6000, 5000, 3000 }, { 5100, 5000, 3000 }, { 4298, 2800, 5000 }, { 8399, 2800, 5000 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		struct sim_spec s = napi_of(1e9 / (double)ns[i][0], law_constant((double)ns[i][1] / 1e9),
					    law_constant((double)ns[i][2] / 1e9), 0);
		uint64_t k = napi_constant_packets(ns[i][0], ns[i][1], ns[i][2]);
		struct sim_result r;

		s.arrivals.law = ARRIVE_CONSTANT;
		s.packets = 32 * 1000 * k;
		s.warmup = 100 * k;
		r = run(&s);
		assert_near(r.metric[SIM_PACKETS].mean, (double)k, 1e-4);
	}
}

static void check_coalesce(struct sim_spec *s, const struct coalesce *want)
{
	struct sim_result r = run(s);

	assert_inside(s, &r, SIM_F, want->f);
	assert_inside(s, &r, SIM_PACKETS, want->packets);
	if (!isnan(want->delay))
		assert_inside(s, &r, SIM_DELAY, want->delay);
}

static void test_coalescing(void **state)
{
	struct sim_spec s = napi_of(1e5, law_constant(0), law_constant(0), 0);
	struct coalesce want;
	struct err e = { 0 };
	double by_count;

	(void)state;
	s.interrupt.time = 100e-6;
	s.interrupt.frames = 16;
	s.interrupt.coalesce = COALESCE_COUNT;
	assert_int_equal(coalesce_count(ARRIVALS_POISSON, 1e5, 16, &want, &e), 0);
	check_coalesce(&s, &want);
	s.interrupt.coalesce = COALESCE_TIMER;
	assert_int_equal(coalesce_timer(ARRIVALS_POISSON, 1e5, 100e-6, &want, &e), 0);
	check_coalesce(&s, &want);
	s.interrupt.coalesce = COALESCE_FIRST;
	assert_int_equal(coalesce_first(1e5, 100e-6, 16, &want, &by_count, &e), 0);
	check_coalesce(&s, &want);
	s.interrupt.coalesce = COALESCE_GAP;
	assert_int_equal(coalesce_gap(ARRIVALS_POISSON, 1e5, 100e-6, &want, &e), 0);
	check_coalesce(&s, &want);
	s.interrupt.time = 5e-6;
	assert_int_equal(coalesce_gap(ARRIVALS_POISSON, 1e5, 5e-6, &want, &e), 0);
	check_coalesce(&s, &want);
	s.interrupt.time = 20e-6;
	s.interrupt.coalesce = COALESCE_RESTART;
	assert_int_equal(coalesce_restart(1e5, 20e-6, INFINITY, &want, &e), 0);
	check_coalesce(&s, &want);
	s.interrupt.cap = 60e-6;
	assert_int_equal(coalesce_restart(1e5, 20e-6, 60e-6, &want, &e), 0);
	check_coalesce(&s, &want);
	s.interrupt.coalesce = COALESCE_REFIRE;
	assert_int_equal(coalesce_refire(ARRIVALS_POISSON, 1e5, 20e-6, &want, &e), 0);
	want.delay =
		NAN; /* the model counts the packet that does not wait; so does the simulation, but by another name */
	check_coalesce(&s, &want);
}

/* At a constant rate the rules differ sharply. */
static void test_coalescing_of_constant_arrivals(void **state)
{
	static const struct {
		enum sim_coalesce coalesce;
		int (*model)(enum coalesce_arrivals, double, double, struct coalesce *, struct err *);
	} rules[] = { { COALESCE_GAP, coalesce_gap },
		      { COALESCE_TIMER, coalesce_timer },
		      { COALESCE_REFIRE, coalesce_refire } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (double T = 7e-6; T < 1e-3; T *= 3.1) { /* of gaps of 20 us */
			struct sim_spec s = napi_of(5e4, law_constant(0), law_constant(0), 0);
			struct coalesce want;
			struct sim_result r;
			struct err e = { 0 };

			s.arrivals.law = ARRIVE_CONSTANT;
			s.packets = 320000;
			s.interrupt.coalesce = rules[i].coalesce;
			s.interrupt.time = T;
			assert_int_equal(rules[i].model(ARRIVALS_CONSTANT, 5e4, T, &want, &e), 0);
			r = run(&s);
			assert_near(r.metric[SIM_F].mean, want.f, 1e-3);
			assert_near(r.metric[SIM_DELAY].mean + 1e-9, want.delay + 1e-9, 2e-2);
		}
	}
}

static void test_coalescing_with_service(void **state)
{
	struct sim_spec s = napi_of(1e5, law_constant(5e-6), law_constant(0), 0);
	struct law timer = law_constant(100e-6);
	struct coalesce want;
	struct sim_result r;
	struct err e = { 0 };
	struct queue q;
	double f;

	(void)state;
	assert_int_equal(onecpu_v3(1e5, 0, &timer, &s.softirq.service, &q, &f, &e), 0);
	s.interrupt.coalesce = COALESCE_TIMER;
	s.interrupt.time = 100e-6;
	r = run(&s);
	assert_inside(&s, &r, SIM_F, f);
	assert_inside(&s, &r, SIM_WQ, q.Wq);
	s.interrupt.coalesce = COALESCE_COUNT;
	s.interrupt.frames = 16;
	r = run(&s);
	assert_int_equal(coalesce_count_served(1e5, &s.softirq.service, 16, &want, &e), 0);
	assert_inside(&s, &r, SIM_F, want.f);
	assert_inside(&s, &r, SIM_WQ, want.delay);
}

static void test_ring_overflow(void **state)
{
	struct sim_spec s = napi_of(1e6, law_constant(0), law_constant(0), 256);
	struct sim_result r;

	(void)state;
	s.interrupt.coalesce = COALESCE_GAP;
	s.interrupt.time = 250e-6;
	r = run(&s);
	assert_inside(&s, &r, SIM_LOSS, coalesce_gap_ring_loss(1e6, 250e-6, 256));
}

static void test_polling(void **state)
{
	static const enum sim_visit visits[] = { VISIT_EXHAUSTIVE, VISIT_GATED, VISIT_LIMITED };
	static const enum polling_rule rules[] = { POLLING_EXHAUSTIVE, POLLING_GATED, POLLING_LIMITED };
	struct law one = law_constant(1), w = law_constant(0.2), random_w = law_exponential(0.2);

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct sim_spec s = spec_of(0.6, one, 0);
		struct polling single;
		struct sim_result r;
		struct err e = { 0 };
		double Wq;

		s.interrupt.mode = SIM_POLL;
		s.softirq.queues = 2;
		s.softirq.visit = visits[i];
		s.softirq.switching = w;
		assert_int_equal(polling_queues_solve(rules[i], 2, 0.3, &one, &w, &Wq, &e), 0);
		r = run(&s);
		assert_inside(&s, &r, SIM_WQ, Wq);
		s.softirq.switching = random_w;
		assert_int_equal(polling_queues_solve(rules[i], 2, 0.3, &one, &random_w, &Wq, &e), 0);
		r = run(&s);
		assert_inside(&s, &r, SIM_WQ, Wq);
		if (rules[i] == POLLING_LIMITED)
			continue;
		s.softirq.queues = 1;
		s.softirq.switching = law_constant(3);
		assert_int_equal(polling_solve(rules[i], 0.6, &one, &s.softirq.switching, 0, &single, &e), 0);
		r = run(&s);
		assert_inside(&s, &r, SIM_WQ, single.Wq);
		assert_inside(&s, &r, SIM_POLLS, 1 / single.cycle);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_interrupts),
		cmocka_unit_test(test_merged_and_latched),
		cmocka_unit_test(test_napi),
		cmocka_unit_test(test_napi_budget),
		cmocka_unit_test(test_napi_constant),
		cmocka_unit_test(test_coalescing),
		cmocka_unit_test(test_coalescing_of_constant_arrivals),
		cmocka_unit_test(test_coalescing_with_service),
		cmocka_unit_test(test_ring_overflow),
		cmocka_unit_test(test_polling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
