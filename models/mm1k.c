// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>

#include "models/mm1k.h"

#define RHO_NEAR_ONE 1e-6 /* closer than this the closed forms cancel; the sum of p_n does not */

static int rates_check(double arrival_rate, double service_rate, struct err *e)
{
	if (!(arrival_rate > 0) || !isfinite(arrival_rate))
		return err_set(e, -EINVAL, "arrival-rate must be a number above 0, not %g", arrival_rate);
	if (!(service_rate > 0) || !isfinite(service_rate))
		return err_set(e, -EINVAL, "service-rate must be a number above 0, not %g", service_rate);
	return 0;
}

/* rho = 1 +- 1e-6: p_n = rho^n / sum, term by term. */
static void solve_by_sum(double x, double K, struct mm1k *r)
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
int mm1k_solve(double arrival_rate, double service_rate, double capacity, struct mm1k *r, struct err *e)
{
	int ret = rates_check(arrival_rate, service_rate, e);
	double x;

	if (ret)
		return ret;
	if (!(capacity >= 1 && capacity <= MM1K_CAPACITY_MAX) || capacity != floor(capacity))
		return err_set(e, -EINVAL, "capacity must be a whole number from 1 to %d, not %g", MM1K_CAPACITY_MAX,
			       capacity);
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
	r->Lq = r->L - r->X / service_rate;
	r->Wq = r->W - 1 / service_rate;
	return 0;
}

/* Assumptions as above without the limit: L = rho / (1 - rho), W = 1 / (service_rate - arrival_rate). */
int mm1_solve(double arrival_rate, double service_rate, struct mm1k *r, struct err *e)
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
