// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>

#include "models/check.h"
#include "models/mm1k.h"
#include "models/poisson.h"

#define RHO_NEAR_ONE 1e-6 /* closer than this the closed forms cancel; the sum of p_n does not */

static int rates_check(double arrival_rate, double service_rate, struct err *e)
{
	return check_positive("arrival-rate", arrival_rate, e) || check_positive("service-rate", service_rate, e)
		       ? -EINVAL
		       : 0;
}

/* rho = 1 +- 1e-6: p_n = rho^n / sum, term by term. */
static void solve_by_sum(double x, double K, struct queue *r)
{
	double sum = 0, weighted = 0;

	for (double n = 0; n <= K; n++) {
		double p = exp(n * x);

		sum += p;
		weighted += n * p;
	}
	r->p0 = 1 / sum;
	r->loss = exp(K * x) / sum;
	r->L = weighted / sum;
}

/* p_0, p_K and L for rho = e^x < 1; rho^K may underflow to 0, never overflow. */
static void solve_below_one(double x, double K, double *p0, double *pK, double *L)
{
	*p0 = expm1(x) / expm1((K + 1) * x);
	*pK = *p0 * exp(K * x);
	*L = 1 / expm1(-x) - (K + 1) / expm1(-(K + 1) * x);
}

/*
 * Assumptions: Poisson arrivals, exponential service, arrivals that find K in the system are lost.
 * p_n = (1 - rho) rho^n / (1 - rho^(K+1)); loss = p_K; X = arrival_rate (1 - p_K); W = L / X.
 * For rho > 1 the queue is the mirror image of the one with 1 / rho: p_n there is p_(K-n) here.
 */
int mm1k_solve(double arrival_rate, double service_rate, double capacity, struct queue *r, struct err *e)
{
	int ret = rates_check(arrival_rate, service_rate, e);
	double x;

	if (ret)
		return ret;
	if (check_whole("capacity", capacity, CAPACITY_MAX, e))
		return -EINVAL;
	x = log(arrival_rate / service_rate);
	if (fabs(x) < RHO_NEAR_ONE) {
		solve_by_sum(x, capacity, r);
	} else if (x < 0) {
		solve_below_one(x, capacity, &r->p0, &r->loss, &r->L);
	} else {
		solve_below_one(-x, capacity, &r->loss, &r->p0, &r->L);
		r->L = capacity - r->L;
	}
	r->X = x > 0 ? service_rate * (1 - r->p0) : arrival_rate * (1 - r->loss);
	r->W = r->L / r->X;
	r->Wq = fmax(0, r->W - 1 / service_rate); /* K = 1 leaves nothing but rounding */
	r->Lq = r->Wq * r->X;
	return 0;
}

/* Assumptions as above without the limit: L = rho / (1 - rho), W = 1 / (service_rate - arrival_rate). */
int mm1_solve(double arrival_rate, double service_rate, struct queue *r, struct err *e)
{
	int ret = rates_check(arrival_rate, service_rate, e);

	if (ret)
		return ret;
	if (arrival_rate >= service_rate)
		return err_set(e, -EINVAL, "arrival-rate %g must be below service-rate %g when the queue has no limit",
			       arrival_rate, service_rate);
	r->p0 = 1 - arrival_rate / service_rate;
	r->loss = 0;
	r->X = arrival_rate;
	r->W = 1 / (service_rate - arrival_rate);
	r->L = r->X * r->W;
	r->Wq = r->W - 1 / service_rate;
	r->Lq = r->X * r->Wq;
	return 0;
}

/* The sojourn time of a stable M/M/1 is exponential with rate service_rate - arrival_rate. */
double mm1_sojourn_quantile(double arrival_rate, double service_rate, double q)
{
	return -log1p(-q) / (service_rate - arrival_rate);
}

/*
 * An accepted packet that finds n < K stays for n + 1 services, longer than t when at most n end within t:
 *     sum of p_n / (1 - p_K) P(Poisson(service_rate t) <= n), here without the p_n's common factor:
 *     sum of rho^n P(Poisson <= n) / sum of rho^n, by the mirror image for rho > 1.
 */
double mm1k_sojourn_tail(double arrival_rate, double service_rate, double capacity, double t)
{
	double x = log(arrival_rate / service_rate), m = service_rate * t, cdf = 0, sum = 0, weighted = 0;

	for (double n = 0; n < capacity; n++) {
		double weight = exp(x <= 0 ? n * x : (n + 1 - capacity) * x);

		cdf += poisson_pmf(m, n);
		sum += weight;
		weighted += weight * cdf;
	}
	return weighted / sum;
}

/* By bisection: the tail falls from 1, and is below any 1 - q once the K services have had time enough. */
double mm1k_sojourn_quantile(double arrival_rate, double service_rate, double capacity, double q)
{
	double low = 0, high = 1 / service_rate;

	while (mm1k_sojourn_tail(arrival_rate, service_rate, capacity, high) > 1 - q)
		high *= 2;
	for (int i = 0; i < 60; i++) {
		double t = (low + high) / 2;

		if (mm1k_sojourn_tail(arrival_rate, service_rate, capacity, t) > 1 - q)
			low = t;
		else
			high = t;
	}
	return (low + high) / 2;
}
