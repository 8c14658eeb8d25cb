// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/check.h"
#include "models/mg1k.h"

#define NEVER 1e-290 /* a chance that no double can be divided by; the chain then never leaves its end */
#define LARGE 1e100

static int inputs_check(double arrival_rate, const struct law *service, struct err *e)
{
	return check_positive("arrival-rate", arrival_rate, e) ||
			       check_positive("service-time", law_mean(service), e) ||
			       check_positive("load", arrival_rate * law_mean(service), e)
		       ? -EINVAL
		       : 0;
}

/*
 * Assumptions: infinite buffer, load rho = arrival_rate E[S] < 1. Exact.
 * Wq = arrival_rate E[S^2] / (2 (1 - rho)), W = Wq + E[S], L = arrival_rate W, p0 = 1 - rho.
 */
int mg1_solve(double arrival_rate, const struct law *service, struct queue *r, struct err *e)
{
	double mean = law_mean(service), rho = arrival_rate * mean;

	if (inputs_check(arrival_rate, service, e) || check_stable(rho, e))
		return -EINVAL;
	r->p0 = 1 - rho;
	r->loss = 0;
	r->X = arrival_rate;
	r->Wq = arrival_rate * law_square(service) / (2 * (1 - rho));
	r->W = r->Wq + mean;
	r->Lq = arrival_rate * r->Wq;
	r->L = arrival_rate * r->W;
	return 0;
}

/* Exact, from the generating function; the alternating form of higher n cancels. */
double md1_share(double load, int n)
{
	if (n == 0)
		return 1 - load;
	if (n == 1)
		return (1 - load) * expm1(load);
	return (1 - load) * (exp(2 * load) - (1 + load) * exp(load));
}

/*
 * Share of departures that leave i = 0 ... K-1 behind, by level crossing:
 *     pi_0 = 1, pi_{j+1} a_0 = pi_0 P(A > j) + sum over i = 1 ... j of pi_i P(A > j-i+1),
 * A = arrivals in one service, a_0 = P(A = 0). All terms are positive, so nothing cancels.
 */
static void departures_solve(const double *tail, double none, size_t K, double *pi)
{
	double sum = 0;

	for (size_t i = 0; i < K; i++)
		pi[i] = 0;
	pi[none > NEVER ? 0 : K - 1] = 1;
	for (size_t j = 0; j + 1 < K && none > NEVER; j++) {
		double flow = pi[0] * tail[j];

		for (size_t i = 1; i <= j; i++)
			flow += pi[i] * tail[j - i + 1];
		pi[j + 1] = flow / none;
		if (pi[j + 1] > LARGE) {
			for (size_t i = 0; i <= j; i++)
				pi[i] /= pi[j + 1];
			pi[j + 1] = 1;
		}
	}
	for (size_t i = 0; i < K; i++)
		sum += pi[i];
	for (size_t i = 0; i < K; i++)
		pi[i] /= sum;
}

/*
 * A departure that leaves i behind is followed by a service that starts with max(i, 1); what of its arrivals does not
 * fit is lost: lost = sum of pi_i E[(A - (K - max(i, 1)))+] packets for each one served, loss = lost / (1 + lost).
 * 1 + lost = pi_0 + rho; p_n = pi_n / (pi_0 + rho). The other form, p_K = 1 - 1 / (pi_0 + rho), has no digits left
 * below a loss of 1e-16.
 */
static void figures(double arrival_rate, double mean, const double *pi, const double *excess, size_t K, struct queue *r)
{
	double rho = arrival_rate * mean, lost = 0, weighted = 0;

	for (size_t i = 0; i < K; i++) {
		lost += pi[i] * excess[K - (i ? i : 1)];
		weighted += (double)i * pi[i];
	}
	r->p0 = pi[0] / (pi[0] + rho);
	r->loss = lost / (1 + lost);
	r->L = weighted / (pi[0] + rho) + (double)K * r->loss;
	r->X = arrival_rate / (pi[0] + rho);
	r->W = r->L / r->X;
	r->Wq = fmax(0, r->W - mean); /* K = 1 leaves nothing but rounding */
	r->Lq = r->Wq * r->X;
}

/*
 * Assumptions: a packet that finds K in the system is lost; the service does not depend on the queue.
 * Exact for any law of the service: the chain embedded at departures. Work of the order K^2.
 * Source: derived from the level crossings; checked against a CTMC (hyper), multi-precision closed forms of
 * M/D/1/K (O. Brun and J.-M. Garcia, J. Appl. Prob. 37(4), 2000: alternating, useless in doubles) and simulation.
 */
int mg1k_solve(double arrival_rate, const struct law *service, double capacity, struct queue *r, struct err *e)
{
	double *tail, *excess, *pi;
	size_t K;

	if (inputs_check(arrival_rate, service, e) || check_whole("capacity", capacity, CAPACITY_SQUARE_MAX, e))
		return -EINVAL;
	K = (size_t)capacity;
	tail = calloc(3 * K, sizeof(*tail));
	if (!tail)
		return err_set(e, -ENOMEM, "out of memory");
	excess = tail + K;
	pi = excess + K;
	law_arrivals(service, arrival_rate, K, tail, excess);
	departures_solve(tail, law_none(service, arrival_rate), K, pi);
	figures(arrival_rate, law_mean(service), pi, excess, K, r);
	free(tail);
	return 0;
}
