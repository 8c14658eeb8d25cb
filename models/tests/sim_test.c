// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The simulator against each analytic model that it has as a setting: inside the 99 % interval; laws of conservation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/batch.h"
#include "models/coalesce.h"
#include "models/gim1.h"
#include "models/mg1k.h"
#include "models/mm1k.h"
#include "models/napi.h"
#include "models/onecpu.h"
#include "models/polling.h"
#include "models/sim.h"
#include "models/stage.h"
#include "models/two_stage.h"
#include "models/tests/near.h"

/* Poisson arrivals at rate, one server with this service, K places (0: no limit). */
static struct sim_spec spec_of(double rate, struct law service, uint32_t K)
{
	struct sim_spec s;

	sim_spec_init(&s);
	s.packets = 1600000;
	s.warmup = 50000;
	s.arrivals.law = ARRIVE_POISSON;
	s.arrivals.rate = rate;
	s.softirq.service = service;
	s.ring.slots = K;
	return s;
}

/* Little's law in each buffer, every packet somewhere, and the busy time of the softirq. */
static void check_laws(const struct sim_spec *s, const struct sim_result *r)
{
	const double *c = r->counts;
	uint64_t drops = 0;

	for (int i = 0; i < DROP_PLACES; i++)
		drops += r->drops[i];
	assert_int_equal(r->offered, r->delivered + drops + r->in_system);
	if (c[N_BACKLOG_DROPS] == 0 && c[N_STAY] > 0)
		assert_near(c[N_RING_AREA], c[N_STAY], 0.02);
	if (s->softirq.service.kind == LAW_CONSTANT && s->softirq.service.n == 1 && law_mean(&s->softirq.poll) == 0)
		assert_near(c[N_SOFT_TIME] + 1, c[N_SERVED] * law_mean(&s->softirq.service) * 1e12 + 1, 1e-3);
}

static struct sim_result run(const struct sim_spec *s)
{
	struct sim_result r;
	struct err e = { 0 };

	if (sim_run(s, 1, &r, &e))
		fail_msg("%s", e.text);
	check_laws(s, &r);
	return r;
}

static bool is_inside(const struct sim_metric *m, double want)
{
	/* A metric without spread (a constant one) must be met to the rounding of a picosecond. */
	return fabs(m->mean - want) <= m->half + 1e-6 * fabs(want);
}

/*
 * One in a hundred right values lies outside, and there are more than a hundred comparisons here: what lies outside
 * must lie inside the interval, about half as wide, of another seed. A wrong model does neither.
 */
static void inside_check(const struct sim_spec *s, const struct sim_result *r, enum sim_metric_id id, double want,
			 int line)
{
	const struct sim_metric *m = &r->metric[id];
	struct sim_spec again = *s;
	struct sim_result second;
	struct err e = { 0 };

	if (is_inside(m, want))
		return;
	again.packets = (uint64_t)fmin(4 * (double)s->packets, 7e6 * s->arrivals.rate); /* what the clock can hold */
	assert_int_equal(sim_run(&again, 2, &second, &e), 0);
	if (!is_inside(&second.metric[id], want))
		fail_msg("line %d: %s is %.7g +- %.2g and %.7g +- %.2g, the model says %.7g", line, m->name, m->mean,
			 m->half, second.metric[id].mean, second.metric[id].half, want);
}
#define assert_inside(s, r, id, want) inside_check(s, r, id, want, __LINE__)

static void check_queue(const struct sim_spec *s, const struct queue *want)
{
	struct sim_result r = run(s);

	assert_inside(s, &r, SIM_LOSS, want->loss);
	assert_inside(s, &r, SIM_L, want->L);
	assert_inside(s, &r, SIM_W, want->W);
	assert_inside(s, &r, SIM_X, want->X);
	if (want->p0 > 1e-4) /* rarer ones are not seen in this time */
		assert_inside(s, &r, SIM_P0, want->p0);
	if (s->arrivals.law == ARRIVE_POISSON && s->arrivals.batch == 1 && s->ring.slots)
		assert_inside(s, &r, SIM_FULL, want->loss); /* Poisson arrivals see time averages */
}

static void test_mm1(void **state)
{
	struct sim_spec s = spec_of(2e5, law_exponential(4e-6), 0);
	struct err e = { 0 };
	struct queue q;

	(void)state;
	assert_int_equal(mm1_solve(2e5, 2.5e5, &q, &e), 0);
	check_queue(&s, &q);
	s = spec_of(5, law_exponential(1 / 5.714), 15);
	assert_int_equal(mm1k_solve(5, 5.714, 15, &q, &e), 0);
	check_queue(&s, &q);
	s = spec_of(3e5, law_exponential(4e-6), 64);
	assert_int_equal(mm1k_solve(3e5, 2.5e5, 64, &q, &e), 0);
	check_queue(&s, &q);
}

static void test_mg1(void **state)
{
	static const char *const laws[] = { "1", "mix 0.75:0.4,0.25:2.8", "hyper 0.4:2,0.6:0.3333333", "gamma 1 0.25",
					    "gamma 1 3" };

	(void)state;
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++) {
		struct err e = { 0 };
		struct sim_spec s;
		struct law law;
		struct queue q;

		assert_int_equal(law_parse("service", laws[i], &law, &e), 0);
		s = spec_of(0.7, law, 0);
		assert_int_equal(mg1_solve(0.7, &law, &q, &e), 0);
		check_queue(&s, &q);
		s = spec_of(0.9, law, 10);
		assert_int_equal(mg1k_solve(0.9, &law, 10, &q, &e), 0);
		check_queue(&s, &q);
	}
}

static void test_dm1(void **state)
{
	struct law gap = law_constant(1.25);
	struct sim_spec s = spec_of(0.8, law_exponential(1), 0);
	struct err e = { 0 };
	struct queue q;

	(void)state;
	s.arrivals.law = ARRIVE_CONSTANT;
	assert_int_equal(gim1_solve(&gap, 1, &q, NULL, &e), 0);
	check_queue(&s, &q);
	s.ring.slots = 5;
	assert_int_equal(dm1k_solve(0.8, 1, 5, &q, &e), 0);
	check_queue(&s, &q);
}

static void test_batches(void **state)
{
	static const double four[] = { 0, 0, 0, 1 }, eight[] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	struct batches b = { 0.22, four, 4 }, c = { 2e4, eight, 8 };
	struct sim_spec s = spec_of(0.22, law_exponential(1), 16);
	struct law five = law_constant(5e-6);
	struct sim_result r;
	struct err e = { 0 };
	struct queue q;

	(void)state;
	s.arrivals.batch = 4;
	assert_int_equal(mxm1k_solve(&b, 1, 16, BATCH_PARTLY, &q, &e), 0);
	check_queue(&s, &q);
	s.ring.whole = true;
	assert_int_equal(mxm1k_solve(&b, 1, 16, BATCH_WHOLE, &q, &e), 0);
	check_queue(&s, &q);
	s = spec_of(2e4, five, 0);
	s.arrivals.batch = 8;
	assert_int_equal(mxg1_solve(&c, &five, &q, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_WQ, q.Wq);
}

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

static struct sim_spec napi_of(double rate, struct law service, struct law setup, uint32_t K)
{
	struct sim_spec s = spec_of(rate, service, K);

	s.interrupt.mode = SIM_NAPI;
	s.interrupt.raise = setup;
	return s;
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

static void test_tandem_and_overwrite(void **state)
{
	struct sim_spec s = spec_of(1, law_exponential(1 / 1.5), 4);
	struct overwrite over;
	struct tandem want;
	struct sim_result r;
	struct err e = { 0 };

	(void)state;
	s.capture.kind = CAPTURE_RING;
	s.capture.slots = 3;
	s.reader.service = law_exponential(1 / 1.2);
	assert_int_equal(tandem_solve(1, 1.5, 1.2, 4, 3, &want, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_LOSS, want.loss);
	assert_inside(&s, &r, SIM_LOSS_RING, want.loss_first);
	assert_inside(&s, &r, SIM_X, want.X_second);
	assert_inside(&s, &r, SIM_L, want.L_first);
	assert_inside(&s, &r, SIM_CAPTURE_L, want.L_second);
	s = spec_of(1.2, law_constant(0), 0);
	s.capture.kind = CAPTURE_RING;
	s.capture.slots = 8;
	s.reader.service = law_exponential(1);
	assert_int_equal(overwrite_solve(1.2, 1, 8, &over, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_LOSS, over.loss);
	assert_inside(&s, &r, SIM_CAPTURE_WQ, over.wait_newest);
	s.capture.overwrite = true;
	r = run(&s);
	assert_inside(&s, &r, SIM_LOSS, over.loss);
	assert_inside(&s, &r, SIM_CAPTURE_WQ, over.wait_oldest);
}

/* A reader that sleeps is the set-up queue: its wake-ups are the interrupts there. */
static void test_reader_sleeps(void **state)
{
	struct sim_spec s = spec_of(1.8e5, law_constant(0), 0);
	struct law five = law_constant(5e-6);
	struct sim_result r;
	struct napi want;
	struct err e = { 0 };

	(void)state;
	s.capture.kind = CAPTURE_RING;
	s.capture.slots = 32;
	s.reader.service = five;
	s.reader.sleeps = true;
	s.reader.wake = law_constant(3e-6);
	assert_int_equal(napi_setup_solve(1.8e5, &five, 3e-6, 32, &want, &e), 0);
	r = run(&s);
	assert_inside(&s, &r, SIM_WAKEUPS, want.f);
	assert_inside(&s, &r, SIM_LOSS_CAPTURE, want.q.loss);
	assert_inside(&s, &r, SIM_CAPTURE_L, want.q.L);
}

static void test_blocks(void **state)
{
	static const double rows[][3] = {
		{ 1e5, 1e-3, 100 }, { 1e5, 8e-3, 256 }, { 1e4, 8e-3, 256 }, { 100, 8e-3, 256 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim_spec s = spec_of(rows[i][0], law_constant(0), 0);
		struct blocks want;
		struct sim_result r;
		struct err e = { 0 };

		s.capture.kind = CAPTURE_BLOCKS;
		s.capture.blocks = 4;
		s.capture.frames = (uint32_t)rows[i][2];
		s.capture.timeout = rows[i][1];
		s.reader.service = law_constant(0);
		s.reader.sleeps = true;
		assert_int_equal(blocks_solve(rows[i][0], rows[i][1], rows[i][2], &want, &e), 0);
		r = run(&s);
		assert_inside(&s, &r, SIM_WAKEUPS, want.wakeups);
		assert_inside(&s, &r, SIM_BLOCK_DELAY, want.delay);
	}
}

/* Fluid: met in the limit of many packets, with a ring that neither side empties in a slice. */
static void test_same_core(void **state)
{
	static const double rates[] = { 5e5, 7e5, 8e5, 9.5e5 };

	(void)state;
	for (int fair = 0; fair < 2; fair++) {
		for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
			struct sim_spec s = napi_of(rates[i], law_constant(1e-6), law_constant(0), 4096);
			struct sim_result r;
			struct err e = { 0 };
			double G;

			s.arrivals.law = ARRIVE_CONSTANT;
			s.capture.kind = CAPTURE_RING;
			s.capture.slots = 4096;
			s.reader.service = law_constant(0.6e-6);
			s.reader.same_core = true;
			s.reader.fair = fair;
			s.reader.slice = 100e-6;
			assert_int_equal(
				same_core(fair ? SHARING_FAIR : SHARING_STRICT, rates[i], 1e-6, 0.6e-6, &G, &e), 0);
			r = run(&s);
			assert_near(r.metric[SIM_X].mean, G, 0.01);
		}
	}
}

/* Packet by packet against a loop that knows nothing of events. */
static void test_dd1k_to_the_packet(void **state)
{
	static const uint64_t ns[][4] = { { 3000, 4000, 256, 10000 }, { 3333, 4000, 256, 10000 },
					  { 672, 900, 4096, 100000 }, { 672, 2000, 256, 1000 },
					  { 1000, 1000, 1, 1000 },    { 700, 999, 1, 5000 },
					  { 64, 67, 31, 200000 } };

	(void)state;
	for (size_t i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		uint64_t gap = ns[i][0], service = ns[i][1], K = ns[i][2], N = ns[i][3], *leaves = calloc(N, 8), n = 0,
			 gone = 0, free_at = 0;
		struct sim_spec s = spec_of(1e9 / (double)gap, law_constant((double)service / 1e9), (uint32_t)K);
		int64_t first = -1;
		struct sim_result r;

		assert_non_null(leaves);
		for (uint64_t t = 0; t < N * gap; t += gap) {
			while (gone < n && leaves[gone] <= t)
				gone++;
			if (n - gone < K)
				free_at = leaves[n++] = (free_at > t ? free_at : t) + service;
			else if (first < 0)
				first = (int64_t)(t / gap);
		}
		s.arrivals.law = ARRIVE_CONSTANT;
		s.burst = true;
		s.packets = N;
		r = run(&s);
		assert_int_equal(r.delivered, n);
		assert_int_equal(r.first_drop, first);
		assert_int_equal(r.in_system, 0);
		free(leaves);
	}
}

/*
 * Events a second of CPU, of the path with everything in it; a third of what is usual, so that a busy machine passes.
 */
static void test_speed(void **state)
{
	struct sim_spec s = napi_of(1.5e5, law_exponential(2e-6), law_constant(0.5e-6), 256);
	clock_t start = clock();
	struct sim_result r;

	(void)state;
	s.interrupt.cost = law_exponential(1e-6);
	s.interrupt.coalesce = COALESCE_GAP;
	s.interrupt.time = 50e-6;
	s.softirq.poll = law_constant(0.5e-6);
	s.softirq.weight = 64;
	s.softirq.budget = 300;
	s.capture.kind = CAPTURE_BLOCKS;
	s.capture.blocks = 8;
	s.capture.frames = 64;
	s.capture.timeout = 1e-3;
	s.reader.service = law_exponential(3e-6);
	s.reader.sleeps = true;
	s.reader.wake = law_constant(5e-6);
	r = run(&s);
	start = clock() - start;
	print_message("%.1f million events a second\n", (double)r.events / (double)start * CLOCKS_PER_SEC / 1e6);
	assert_true((double)r.events / (double)start * CLOCKS_PER_SEC > 7e6);
}

static void test_same_seed_same_run(void **state)
{
	struct sim_spec s = spec_of(2e5, law_exponential(4e-6), 64);
	struct sim_result a, b, c;
	struct err e = { 0 };

	(void)state;
	s.packets = 100000;
	assert_int_equal(sim_run(&s, 7, &a, &e), 0);
	assert_int_equal(sim_run(&s, 7, &b, &e), 0);
	assert_int_equal(sim_run(&s, 8, &c, &e), 0);
	assert_memory_equal(a.counts, b.counts, sizeof(a.counts));
	assert_true(a.counts[N_TIME] != c.counts[N_TIME]);
	/* Another service, the same arrivals. */
	s.softirq.service = law_constant(4e-6);
	assert_int_equal(sim_run(&s, 7, &b, &e), 0);
	assert_true(a.counts[N_TIME] == b.counts[N_TIME]);
}

static void test_bad_spec_is_named(void **state)
{
	struct sim_spec bad[6];
	static const char *const words[] = { "rate", "batches", "coalesce", "switching", "blocks", "no steady state" };

	(void)state;
	for (int i = 0; i < 6; i++)
		bad[i] = spec_of(1, law_constant(0.5), 4);
	bad[0].arrivals.rate = 0;
	bad[1].batches = 0;
	bad[2].interrupt.coalesce = COALESCE_GAP;
	bad[3].interrupt.mode = SIM_POLL;
	bad[4].capture.kind = CAPTURE_BLOCKS;
	bad[5] = spec_of(1, law_constant(100), 0);
	bad[5].packets = 6000000;
	for (int i = 0; i < 6; i++) {
		struct sim_result r;
		struct err e = { 0 };

		assert_int_equal(sim_run(&bad[i], 1, &r, &e), i == 5 ? -ENOSPC : -EINVAL);
		assert_non_null(strstr(e.text, words[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mm1),
		cmocka_unit_test(test_mg1),
		cmocka_unit_test(test_dm1),
		cmocka_unit_test(test_batches),
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
		cmocka_unit_test(test_tandem_and_overwrite),
		cmocka_unit_test(test_reader_sleeps),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_same_core),
		cmocka_unit_test(test_dd1k_to_the_packet),
		cmocka_unit_test(test_speed),
		cmocka_unit_test(test_same_seed_same_run),
		cmocka_unit_test(test_bad_spec_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
