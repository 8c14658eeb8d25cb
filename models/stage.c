// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/check.h"
#include "models/gth.h"
#include "models/mm1k.h"
#include "models/poisson.h"
#include "models/stage.h"

/* The longer ring outside, so that the band is the shorter one. */
struct tandem_chain {
	size_t K1, K2;
	size_t step1, step2; /* in the number of the state, for one packet more */
};

static struct tandem_chain tandem_numbering(size_t K1, size_t K2)
{
	return K1 >= K2 ? (struct tandem_chain) { K1, K2, K2 + 1, 1 } : (struct tandem_chain) { K1, K2, 1, K1 + 1 };
}

static void tandem_fill(struct gth *g, const struct tandem_chain *c, double lambda, double mu1, double mu2)
{
	for (size_t a = 0; a <= c->K1; a++) {
		for (size_t b = 0; b <= c->K2; b++) {
			size_t at = a * c->step1 + b * c->step2;

			if (a < c->K1)
				gth_add(g, at, at + c->step1, lambda);
			if (a > 0)
				gth_add(g, at, at - c->step1 + (b < c->K2 ? c->step2 : 0), mu1);
			if (b > 0)
				gth_add(g, at, at - c->step2, mu2);
		}
	}
}

static void tandem_figures(const struct tandem_chain *c, const double *share, double mu1, double mu2, struct tandem *r)
{
	double dropped = 0;

	r->X_second = r->L_second = 0;
	for (size_t a = 0; a <= c->K1; a++) {
		for (size_t b = 0; b <= c->K2; b++) {
			double p = share[a * c->step1 + b * c->step2];

			r->X_second += b > 0 ? mu2 * p : 0;
			r->L_second += (double)b * p;
			dropped += a > 0 && b == c->K2 ? mu1 * p : 0;
		}
	}
	r->loss_second = dropped / r->X_first;
	r->loss = r->loss_first + (1 - r->loss_first) * r->loss_second;
}

/*
 * Assumptions: Poisson arrivals, both services exponential, drop-newest at both rings. Exact: the first ring alone is
 * M/M/1/K; the second needs the whole chain of (K1+1)(K2+1) states. Source: derived, GTH.
 */
int tandem_solve(double arrival_rate, double rate_first, double rate_second, double ring_first, double ring_second,
		 struct tandem *r, struct err *e)
{
	struct tandem_chain c;
	struct queue first, second;
	double *share;
	struct gth g;
	int ret;

	if (check_positive("service-rate of the second stage", rate_second, e) ||
	    check_whole("ring of the first stage", ring_first, CAPACITY_SQUARE_MAX, e) ||
	    mm1k_solve(arrival_rate, rate_first, ring_first, &first, e) ||
	    check_whole("ring of the second stage", ring_second, CAPACITY_SQUARE_MAX, e) ||
	    mm1k_solve(first.X, rate_second, ring_second, &second, e))
		return -EINVAL;
	c = tandem_numbering((size_t)ring_first, (size_t)ring_second);
	*r = (struct tandem) { .loss_first = first.loss, .X_first = first.X, .L_first = first.L, .alone = second.loss };
	ret = gth_init(&g, (c.K1 + 1) * (c.K2 + 1), c.K1 < c.K2 ? c.K1 + 1 : c.K2 + 1, e);
	if (ret)
		return ret;
	share = calloc(g.states, sizeof(*share));
	if (share) {
		tandem_fill(&g, &c, arrival_rate, rate_first, rate_second);
		gth_solve(&g, share);
		tandem_figures(&c, share, rate_first, rate_second, r);
	}
	gth_free(&g);
	free(share);
	return share ? 0 : err_set(e, -ENOMEM, "out of memory");
}

/* Of a packet at position j of n that wait: chance to be delivered, and E[its wait; it is delivered]. */
struct fate {
	double delivered, wait;
};

/* One step: a service ends or a packet comes; the time to it counts for whoever is delivered in the end. */
static struct fate fate_mix(double lambda, double mu, struct fate served, struct fate come)
{
	double all = lambda + mu, d = (mu * served.delivered + lambda * come.delivered) / all;

	return (struct fate) { d, d / all + (mu * served.wait + lambda * come.wait) / all };
}

/*
 * row[n] for position j from those for j - 1: service -> (j-1, n-1), arrival -> (j, n+1), or when all n = waiting
 * places are taken -> (j-1, n), where position 0 is: service, delivered; overwritten, lost.
 */
static void fate_row(double lambda, double mu, size_t j, size_t places, const struct fate *before, struct fate *row)
{
	const struct fate delivered = { 1, 0 }, lost = { 0, 0 };

	for (size_t n = places; n >= j; n--) {
		struct fate served = j > 1 ? before[n - 1] : delivered, come = n < places ? row[n + 1]
									       : j > 1	  ? before[n]
											  : lost;

		row[n] = fate_mix(lambda, mu, served, come);
	}
}

/* Arrivals find n with p_n: 0 no wait, n < K position n of n, K the last place, since the oldest has left it. */
static int oldest_solve(double lambda, double mu, size_t K, const struct queue *q, struct overwrite *r)
{
	struct fate *rows = calloc(2 * K, sizeof(*rows)), *before = rows, *row;
	double rho = lambda / mu, p = q->p0, delivered = p, wait = 0;

	if (!rows)
		return -ENOMEM;
	row = rows + K;
	for (size_t j = 1; j < K; j++) {
		struct fate *swap = before;

		fate_row(lambda, mu, j, K - 1, before, row);
		p *= rho;
		delivered += p * row[j].delivered;
		wait += p * row[j].wait;
		before = row, row = swap;
	}
	delivered += q->loss * before[K - 1].delivered;
	wait += q->loss * before[K - 1].wait;
	r->loss_chain = 1 - delivered;
	r->wait_oldest = wait / delivered;
	free(rows);
	return 0;
}

/*
 * Assumptions: Poisson arrivals, exponential service, K in the system. The number there is the same under both rules,
 * so loss and throughput are; overwriting delivers younger packets. Exact: chain of a tagged packet, order K^2.
 */
int overwrite_solve(double arrival_rate, double service_rate, double capacity, struct overwrite *r, struct err *e)
{
	struct queue q;

	if (check_whole("capacity", capacity, CAPACITY_SQUARE_MAX, e) ||
	    mm1k_solve(arrival_rate, service_rate, capacity, &q, e))
		return -EINVAL;
	if (capacity < 2)
		return err_set(e, -EINVAL, "capacity must be at least 2: one in service, one that can be overwritten");
	r->loss = q.loss;
	r->wait_newest = q.Wq;
	if (oldest_solve(arrival_rate, service_rate, (size_t)capacity, &q, r))
		return err_set(e, -ENOMEM, "out of memory");
	return 0;
}

/*
 * Assumptions: Poisson arrivals, blocks of b packets of one size, a reader that is never late. Exact. A block is
 * opened by a packet that did not fit (c: it holds one) or by the timer (e: empty; re-armed while it stays so). M ~
 * Poisson(rate T):
 *     P_c = P(M >= b), P_e = P(M >= b+1) blocks end full; share of c: P_e / (1 - P_c + P_e);
 *     E_c = sum over j = 1 ... b of P(M >= j) / rate, E_e = E_c + P_e / rate their lengths.
 * An empty timeout wakes nobody. Source: net/packet/af_packet.c; derived, simulated.
 */
int blocks_solve(double arrival_rate, double timeout, double packets, struct blocks *r, struct err *e)
{
	double *tail, c, length_c = 0, length, delay_c = 0, delay_e = 0;
	size_t b;

	if (check_positive("arrival-rate", arrival_rate, e) || check_positive("timeout", timeout, e) ||
	    check_whole("packets", packets, CAPACITY_MAX, e))
		return -EINVAL;
	b = (size_t)packets;
	tail = calloc(b + 1, sizeof(*tail));
	if (!tail)
		return err_set(e, -ENOMEM, "out of memory");
	poisson_tails(arrival_rate * timeout, b + 1, tail);
	for (size_t j = 0; j <= b; j++) {
		length_c += j < b ? tail[j] : 0;
		delay_c += j < b ? (double)(1 + j) * tail[j] : 0;
		delay_e += (double)j * tail[j];
	}
	c = tail[b] / (1 - tail[b - 1] + tail[b]);
	length = (length_c + (1 - c) * tail[b]) / arrival_rate;
	r->wakeups = (c - (1 - c) * expm1(-arrival_rate * timeout)) / length;
	r->delay = (c * delay_c + (1 - c) * delay_e) / arrival_rate / (arrival_rate * length);
	free(tail);
	return 0;
}

/*
 * Fluid. Below 1 / (C_k + C_u) all is delivered. Strict: the softirq goes first, the reader has 1 - rate C_k of the
 * CPU, so the goodput falls to 0 at 1 / C_k although NAPI itself does not livelock. Fair: each has half when it wants
 * it.
 */
int same_core(enum sharing rule, double rate, double C_k, double C_u, double *goodput, struct err *e)
{
	double left = fmax(0, 1 - rate * C_k);

	if (check_positive("arrival-rate", rate, e) || check_positive("kernel-time", C_k, e) ||
	    check_positive("user-time", C_u, e))
		return -EINVAL;
	if (rate <= 1 / (C_k + C_u))
		*goodput = rate;
	else if (rule == SHARING_STRICT)
		*goodput = left / C_u;
	else
		*goodput = C_u <= C_k ? 1 / (C_k + C_u) : fmax(0.5, left) / C_u;
	return 0;
}
