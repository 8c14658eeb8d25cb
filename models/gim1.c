// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/check.h"
#include "models/gim1.h"
#include "models/poisson.h"

#define NEVER 1e-290
#define LARGE 1e100
#define NEAREST 1e-12 /* to saturation, in sigma */

/* 1 - sigma: the root above 0 of the convex u + A*(mu u) - 1, which is below 0 up to it. */
static double root_find(const struct law *gap, double mu)
{
	double low = NEAREST, high = 1;

	for (int i = 0; i < 100; i++) {
		double u = sqrt(low * high);

		if (u + law_transform_less_one(gap, mu * u) < 0)
			low = u;
		else
			high = u;
	}
	return (low + high) / 2;
}

/*
 * Assumptions: independent gaps of any law, exponential service, infinite buffer, load < 1. Exact.
 * sigma = A*(mu (1 - sigma)), A* the transform of the gaps; arrivals find n with (1 - sigma) sigma^n.
 * W = 1 / (mu (1 - sigma)); p0 = 1 - rho is a time average: here arrivals do not see it.
 * Source: any queueing text, for example L. Kleinrock, Queueing Systems I, chapter 6.
 */
int gim1_solve(const struct law *gap, double service_time, struct queue *r, double *sigma, struct err *e)
{
	double rate = 1 / law_mean(gap), u;

	if (check_positive("gap", law_mean(gap), e) || check_positive("service-time", service_time, e) ||
	    check_stable(rate * service_time, e))
		return -EINVAL;
	u = root_find(gap, 1 / service_time);
	if (sigma)
		*sigma = 1 - u;
	r->p0 = 1 - rate * service_time;
	r->loss = 0;
	r->X = rate;
	r->W = service_time / u;
	r->Wq = service_time * (1 - u) / u;
	r->L = rate * r->W;
	r->Lq = rate * r->Wq;
	return 0;
}

/*
 * Share of arrivals that find j = 0 ... K, from the top, by level crossing: the number found rises by at most one,
 *     pi_j P(D = 0) = sum over i > j of pi_i P(D > b_i - j - 1), b_i = min(i + 1, K),
 * D ~ Poisson(mu A) the services that could end in a gap. All terms are positive.
 */
static void found_solve(const double *tail, double none, size_t K, double *pi)
{
	double sum = 0;

	for (size_t j = 0; j <= K; j++)
		pi[j] = 0;
	pi[none > NEVER ? K : 0] = 1;
	for (size_t j = K; j-- > 0 && none > NEVER;) {
		double flow = pi[K] * tail[K - j - 1];

		for (size_t i = j + 1; i < K; i++)
			flow += pi[i] * tail[i - j];
		pi[j] = flow / none;
		if (pi[j] > LARGE) {
			for (size_t i = j + 1; i <= K; i++)
				pi[i] /= pi[j];
			pi[j] = 1;
		}
	}
	for (size_t j = 0; j <= K; j++)
		sum += pi[j];
	for (size_t j = 0; j <= K; j++)
		pi[j] /= sum;
}

/*
 * Per gap, started with b in the system: content x time = sum over d < b of (b - d) P(D > d) / mu, and idle time
 * E[(D - b)+] / mu.
 */
static void figures(double A, double S, const double *pi, const double *tail, double *idle, size_t K, struct queue *r)
{
	double content = 0, busy = 0;

	r->L = r->p0 = 0;
	idle[K] = poisson_excess(A / S, (double)K);
	for (size_t b = K; b-- > 0;)
		idle[b] = idle[b + 1] + tail[b];
	for (size_t b = 1; b <= K; b++) {
		double found = pi[b - 1] + (b == K ? pi[K] : 0);

		busy += tail[b - 1];
		content += busy;
		r->L += found * content * S / A;
		r->p0 += found * idle[b] * S / A;
	}
	r->loss = pi[K];
	r->X = A < S ? (1 - r->p0) / S : (1 - r->loss) / A;
	r->W = r->L / r->X;
	r->Wq = fmax(0, r->W - S);
	r->Lq = r->Wq * r->X;
}

/*
 * Assumptions: constant gap A = 1 / arrival_rate, exponential service; an arrival that finds K is lost.
 * Exact: chain at arrivals, work of the order K^2. Source: derived; checked against GTH elimination and E_k/M/1/K.
 */
int dm1k_solve(double arrival_rate, double service_time, double capacity, struct queue *r, struct err *e)
{
	double *tail, *pi, m = 1 / arrival_rate / service_time;
	size_t K;

	if (check_positive("arrival-rate", arrival_rate, e) || check_positive("service-time", service_time, e) ||
	    check_positive("load", 1 / m, e) || check_whole("capacity", capacity, CAPACITY_SQUARE_MAX, e))
		return -EINVAL;
	K = (size_t)capacity;
	tail = calloc(3 * K + 2, sizeof(*tail)); /* tails, K + 1 excesses, K + 1 shares */
	if (!tail)
		return err_set(e, -ENOMEM, "out of memory");
	pi = tail + 2 * K + 1;
	poisson_tails(m, K, tail);
	found_solve(tail, exp(-m), K, pi);
	figures(1 / arrival_rate, service_time, pi, tail, tail + K, K, r);
	free(tail);
	return 0;
}

/* Upper bound: rate (var of gap + var of service) / (2 (1 - rho)). Source: J. Kingman; any queueing text. */
double gg1_wait_bound(const struct two_moments *q)
{
	double rho = q->rate * q->service_time,
	       variance = q->gap_scv / (q->rate * q->rate) + q->service_scv * q->service_time * q->service_time;

	return q->rate * variance / (2 * (1 - rho));
}

/* rho / (1 - rho) (ca2 + cs2) / 2 E[S]: exact for Poisson arrivals, else neither a bound nor exact. */
double gg1_wait(const struct two_moments *q)
{
	double rho = q->rate * q->service_time;

	return rho / (1 - rho) * (q->gap_scv + q->service_scv) / 2 * q->service_time;
}

/* Approximate; 0.02 % off for D/M/1 at rho = 0.8, where gg1_wait() alone is 18 % off. */
double gg1_klb_factor(const struct two_moments *q)
{
	double rho = q->rate * q->service_time, a = q->gap_scv, s = q->service_scv;

	if (a <= 1)
		return exp(-2 * (1 - rho) * (1 - a) * (1 - a) / (3 * rho * (a + s)));
	return exp(-(1 - rho) * (a - 1) / (a + 4 * s));
}
