/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simulator against an analytic model: inside the 99 % interval; laws of conservation. Behind cmocka.h. */
#ifndef RXLAB_TESTS_INSIDE_H
#define RXLAB_TESTS_INSIDE_H

#include <stdbool.h>

#include "models/sim.h"
#include "models/tests/near.h"

/* Poisson arrivals at rate, one server with this service, K places (0: no limit). */
static inline struct sim_spec spec_of(double rate, struct law service, uint32_t K)
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

static inline struct sim_spec napi_of(double rate, struct law service, struct law setup, uint32_t K)
{
	struct sim_spec s = spec_of(rate, service, K);

	s.interrupt.mode = SIM_NAPI;
	s.interrupt.raise = setup;
	return s;
}

/* Little's law in each buffer, every packet somewhere, and the busy time of the softirq. */
static inline void check_laws(const struct sim_spec *s, const struct sim_result *r)
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

static inline struct sim_result run(const struct sim_spec *s)
{
	struct sim_result r;
	struct err e = { 0 };

	if (sim_run(s, 1, &r, &e))
		fail_msg("%s", e.text);
	check_laws(s, &r);
	return r;
}

static inline bool is_inside(const struct sim_metric *m, double want)
{
	/* A metric without spread (a constant one) must be met to the rounding of a picosecond. */
	return fabs(m->mean - want) <= m->half + 1e-6 * fabs(want);
}

/*
 * One in a hundred right values lies outside, and there are more than a hundred comparisons here: what lies outside
 * must lie inside the interval, about half as wide, of another seed. A wrong model does neither.
 */
static inline void inside_check(const struct sim_spec *s, const struct sim_result *r, enum sim_metric_id id,
				double want, int line)
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

#endif
