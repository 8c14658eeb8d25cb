// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/check.h"
#include "models/napi.h"
#include "models/poisson.h"

#define NEVER 1e-290
#define LARGE 1e100

/* Work arrays of one solution, K each. */
struct setup_chain {
	size_t K;
	double *pi;
	double *tail, *excess; /* arrivals in a service: P(A > k), E[(A - k)+] */
	double *first; /* arrivals in set-up and first service: P(> k) */
	double *content; /* [m - 1]: E[integral over a service that starts with m of what is there] */
	double first_content; /* the same over set-up and first service, from 1 on */
	double first_lost; /* E[arrivals in set-up and first service that do not fit] */
};

/*
 * E[integral over H of min(m + N(t), K)] = K E[H] - (1 / rate) sum over j < K - m, l <= j of P(N(H) > l), for m = 1
 * ... K. P(N(H) > l) may be the mean over any law of H.
 */
static void contents_find(double rate, double H, const double *tail, size_t K, double *content)
{
	double row = 0, sum = 0;

	for (size_t m = K; m > 0; m--) {
		content[m - 1] = (double)K * H - sum / rate;
		row += tail[K - m];
		sum += row;
	}
}

/* Arrivals in the set-up and in the service are independent: a convolution, all terms positive. */
static void first_find(double rate, double S, double setup, struct setup_chain *c)
{
	double m = rate * setup;
	size_t room = c->K - 1;

	poisson_tails(m, c->K, c->first);
	c->first_lost = poisson_excess(m, (double)room) + rate * S * c->first[room];
	for (size_t l = 0; l < c->K; l++) {
		double share = poisson_pmf(m, (double)l);

		c->first_lost += share * c->excess[room - l];
		for (size_t j = l; j < c->K && share > 0; j++)
			c->first[j] += share * c->tail[j - l];
	}
}

static void chain_tails(double rate, const struct law *service, double setup, struct setup_chain *c)
{
	double S = law_mean(service);

	law_arrivals(service, rate, c->K, c->tail, c->excess);
	first_find(rate, S, setup, c);
	contents_find(rate, S + setup, c->first, c->K, c->content);
	c->first_content = c->content[0];
	contents_find(rate, S, c->tail, c->K, c->content);
}

/*
 * As mg1k.c, but what follows a departure that leaves nothing is a set-up and a service: of 1 + N packets (N those of
 * both times) one leaves, so more than j are left when N > j.
 */
static void chain_solve(struct setup_chain *c, double none)
{
	double sum = 0;

	c->pi[none > NEVER ? 0 : c->K - 1] = 1;
	for (size_t j = 0; j + 1 < c->K && none > NEVER; j++) {
		double flow = c->pi[0] * c->first[j];

		for (size_t i = 1; i <= j; i++)
			flow += c->pi[i] * c->tail[j - i + 1];
		c->pi[j + 1] = flow / none;
		if (c->pi[j + 1] > LARGE) {
			for (size_t i = 0; i <= j; i++)
				c->pi[i] /= c->pi[j + 1];
			c->pi[j + 1] = 1;
		}
	}
	for (size_t i = 0; i < c->K; i++)
		sum += c->pi[i];
	for (size_t i = 0; i < c->K; i++)
		c->pi[i] /= sum;
}

static void figures(double rate, double S, double setup, const struct setup_chain *c, struct napi *r)
{
	double cycle = S + c->pi[0] * (1 / rate + setup), lost = c->pi[0] * c->first_lost,
	       content = c->pi[0] * c->first_content;

	for (size_t i = 1; i < c->K; i++) {
		lost += c->pi[i] * c->excess[c->K - i];
		content += c->pi[i] * c->content[i - 1];
	}
	r->f = c->pi[0] / cycle;
	r->squeezed = 0;
	r->q.X = 1 / cycle;
	r->q.p0 = c->pi[0] / rate / cycle;
	r->q.loss = lost / (1 + lost);
	r->q.L = content / cycle;
	r->q.W = r->q.L / r->q.X;
	r->q.Wq = fmax(0, r->q.W - S);
	r->q.Lq = r->q.Wq * r->q.X;
}

/*
 * Assumptions: constant set-up D; no quota and no budget; a packet that finds K is lost. Exact: chain at departures,
 *     cycle T_i = S, T_0 = 1 / rate + D + S; X = 1 / sum of pi_i T_i, f = pi_0 X; loss from the expected overflow;
 *     L from the content integrated over each cycle. D = 0 is M/G/1/K. Work of the order K^2.
 */
int napi_setup_solve(double arrival_rate, const struct law *service, double setup, double capacity, struct napi *r,
		     struct err *e)
{
	struct setup_chain c = { 0 };
	double *all;

	if (check_positive("arrival-rate", arrival_rate, e) || check_not_negative("setup", setup, e) ||
	    check_positive("service-time", law_mean(service), e) ||
	    check_whole("capacity", capacity, CAPACITY_SQUARE_MAX, e))
		return -EINVAL;
	c.K = (size_t)capacity;
	all = calloc(5 * c.K, sizeof(*all));
	if (!all)
		return err_set(e, -ENOMEM, "out of memory");
	c.pi = all, c.tail = all + c.K, c.excess = all + 2 * c.K, c.first = all + 3 * c.K, c.content = all + 4 * c.K;
	chain_tails(arrival_rate, service, setup, &c);
	chain_solve(&c, law_none(service, arrival_rate));
	figures(arrival_rate, law_mean(service), setup, &c, r);
	free(all);
	return 0;
}
