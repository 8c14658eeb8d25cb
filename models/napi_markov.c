// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/check.h"
#include "models/gth.h"
#include "models/napi.h"

/*
 * States: 0 idle, interrupts on; then for each n = 1 ... ring a row of budget + 2: setting up, polling with b packets
 * of this round done, pausing because the budget is used up. Without a budget a row is: setting up, polling.
 */
static size_t state(size_t n, size_t row, size_t phase)
{
	return n ? 1 + (n - 1) * row + phase : 0;
}

static void chain_fill(struct gth *g, const struct napi_budget *in, size_t B, size_t row)
{
	size_t ring = (size_t)in->ring;

	gth_add(g, 0, state(1, row, 0), in->arrival_rate);
	for (size_t n = 1; n <= ring; n++) {
		for (size_t phase = 0; phase < row && n < ring; phase++)
			gth_add(g, state(n, row, phase), state(n + 1, row, phase), in->arrival_rate);
		gth_add(g, state(n, row, 0), state(n, row, 1), in->setup_rate);
		if (!B) {
			gth_add(g, state(n, row, 1), state(n - 1, row, 1), in->service_rate);
			continue;
		}
		for (size_t b = 0; b < B; b++)
			gth_add(g, state(n, row, 1 + b), state(n - 1, row, 2 + b), in->service_rate);
		gth_add(g, state(n, row, B + 1), state(n, row, 1), in->resume_rate);
	}
}

static void figures(const struct napi_budget *in, const double *share, size_t B, size_t row, struct napi *r)
{
	size_t ring = (size_t)in->ring;
	double serving = 0;

	*r = (struct napi) { .q.p0 = share[0], .f = in->arrival_rate * share[0] };
	for (size_t n = 1; n <= ring; n++) {
		for (size_t phase = 0; phase < row; phase++) {
			double p = share[state(n, row, phase)];

			r->q.L += (double)n * p;
			r->q.loss += n == ring ? p : 0;
			serving += phase > 0 && (!B || phase <= B) ? p : 0;
			r->squeezed += B && phase == B + 1 ? in->resume_rate * p : 0;
		}
	}
	r->q.X = in->service_rate * serving;
	r->q.W = r->q.L / r->q.X;
	r->q.Wq = fmax(0, r->q.W - 1 / in->service_rate);
	r->q.Lq = r->q.Wq * r->q.X;
}

static int solve(const struct napi_budget *in, size_t B, struct napi *r, struct err *e)
{
	size_t row = B ? B + 2 : 2, states = 1 + (size_t)in->ring * row;
	double *share = calloc(states, sizeof(*share));
	struct gth g;
	int ret = share ? gth_init(&g, states, row, e) : err_set(e, -ENOMEM, "out of memory");

	if (!ret) {
		chain_fill(&g, in, B, row);
		gth_solve(&g, share);
		gth_free(&g);
		figures(in, share, B, row, r);
	}
	free(share);
	return ret;
}

static int rates_check(const struct napi_budget *in, struct err *e)
{
	return check_positive("arrival-rate", in->arrival_rate, e) ||
			       check_positive("service-rate", in->service_rate, e) ||
			       check_positive("setup-rate", in->setup_rate, e) ||
			       check_whole("ring", in->ring, CAPACITY_SQUARE_MAX, e)
		       ? -EINVAL
		       : 0;
}

/*
 * Assumptions: Poisson arrivals, exponential service and set-up, no budget; lost when the ring holds `ring`. Exact.
 * f = arrival_rate P(idle). Source: the structure of L. Zabala, A. Doncel and A. Ferro, Mathematics 11(7):1663, 2023;
 * the rates are set here.
 */
int napi_markov_solve(double arrival_rate, double service_rate, double setup_rate, double ring, struct napi *r,
		      struct err *e)
{
	struct napi_budget in = { arrival_rate, service_rate, setup_rate, ring, 0, 0 };

	return rates_check(&in, e) ? -EINVAL : solve(&in, 0, r, e);
}

/*
 * As above; a round that has taken `budget` packets and left some pauses, exponentially at resume_rate, and then starts
 * a new one. squeezed = resume_rate P(pause). Exact.
 */
int napi_budget_solve(const struct napi_budget *in, struct napi *r, struct err *e)
{
	if (rates_check(in, e) || check_whole("budget", in->budget, CAPACITY_SQUARE_MAX, e) ||
	    check_positive("resume-rate", in->resume_rate, e))
		return -EINVAL;
	return solve(in, (size_t)in->budget, r, e);
}

double napi_budget_saturation(const struct napi_budget *in)
{
	return in->budget / (in->budget / in->service_rate + 1 / in->resume_rate);
}

/*
 * The queue is empty again when k services, started setup after the first of k packets, have caught up with the gaps:
 * the smallest k >= 1 with setup + k service <= k gap. Exact; f = 1 / (k gap).
 */
uint64_t napi_constant_packets(uint64_t gap, uint64_t service, uint64_t setup)
{
	uint64_t k = (setup + (gap - service) - 1) / (gap - service);

	return k ? k : 1;
}

double napi_cost_idle(const struct napi_cost *c)
{
	return c->service + c->poll + c->interrupt;
}

double napi_cost_full(const struct napi_cost *c, double weight, double budget)
{
	return c->service + c->poll / weight + c->budget / budget;
}

double napi_cost_at(const struct napi_cost *c, double rate, double polls, double f)
{
	return c->service + (c->poll * polls + c->interrupt * f) / rate;
}

double napi_backlog_bound(double burst, double rate, double latency)
{
	return burst + rate * latency;
}
