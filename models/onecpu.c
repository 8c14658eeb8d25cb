// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>

#include "models/check.h"
#include "models/onecpu.h"

static int inputs_check(double rate, double T_I, double S, struct err *e)
{
	return check_positive("arrival-rate", rate, e) || check_positive("interrupt-time", T_I, e) ||
			       check_positive("service-time", S, e)
		       ? -EINVAL
		       : 0;
}

static void fill(struct onecpu *r, double rate, double interrupts, double isr_share, double S)
{
	r->interrupts = interrupts;
	r->isr_share = isr_share;
	r->service_rate = (1 - isr_share) / S;
	r->throughput = fmin(rate, r->service_rate);
	r->user_share = fmax(0, 1 - isr_share - r->throughput * S);
}

/*
 * Each packet costs an interrupt, wanted or not: isr_share = rate T_I, mu' = mu (1 - rate T_I). Beyond the saturation
 * 1 / (T_I + S) the throughput falls, to 0 at 1 / T_I. Fluid: exact for infinite buffers and any arrivals.
 */
int onecpu_v1(double rate, double T_I, double S, struct onecpu *r, struct err *e)
{
	if (inputs_check(rate, T_I, S, e))
		return -EINVAL;
	fill(r, rate, fmin(rate, 1 / T_I), fmin(rate * T_I, 1), S);
	return 0;
}

double onecpu_v1_saturation(double T_I, double S)
{
	return 1 / (T_I + S);
}

double onecpu_v1_livelock(double T_I)
{
	return 1 / T_I;
}

/*
 * Work conservation, and the delay that the interrupts of later packets add to the softirq work:
 *     W = (rate E[(I+S)^2] / (2 (1 - rate E[I] - rate E[S])) + E[I] + E[S]) / (1 - rate E[I]).
 * Exact for Poisson arrivals, infinite buffers, first come first served in each stage.
 */
int onecpu_v1_sojourn(double rate, const struct law *isr, const struct law *service, double *W, struct err *e)
{
	double I = law_mean(isr), S = law_mean(service), square = law_square(isr) + 2 * I * S + law_square(service);

	if (inputs_check(rate, I, S, e) || check_stable(rate * (I + S), e))
		return -EINVAL;
	*W = (rate * square / (2 * (1 - rate * (I + S))) + I + S) / (1 - rate * I);
	return 0;
}

/* 1 / (mu' - rate): approximate, 33 % low for exponential times at a load of 0.7. */
int onecpu_v1_sojourn_mm1(double rate, double T_I, double S, double *W, struct err *e)
{
	if (inputs_check(rate, T_I, S, e) || check_stable(rate * (T_I + S), e))
		return -EINVAL;
	*W = 1 / ((1 - rate * T_I) / S - rate);
	return 0;
}

/*
 * The interrupt is an M/G/1/1 loss system: isr_share = rate T_I / (1 + rate T_I) for any law of T_I. Exact shares;
 * the throughput is fluid. No livelock to 0: mu r / (rate + r) decays as 1 / rate.
 */
int onecpu_v2a(double rate, double T_I, double S, struct onecpu *r, struct err *e)
{
	double x = rate * T_I;

	if (inputs_check(rate, T_I, S, e))
		return -EINVAL;
	fill(r, rate, rate / (1 + x), x / (1 + x), S);
	return 0;
}

/* rate = mu r / (rate + r): (r / 2) (sqrt(1 + 4 mu / r) - 1). */
double onecpu_v2a_saturation(double T_I, double S)
{
	return (sqrt(1 + 4 * T_I / S) - 1) / (2 * T_I);
}

/*
 * Exponential interrupt and service, Poisson arrivals, infinite buffer: with a = rate T_I, rho' = rate (1 + a) S,
 *     L = (1 + a) rho' / (1 - rho') + a.
 * Exact: the server goes off with each arrival that finds it on. M/M/1 at mu' lacks the factor and the a.
 */
int onecpu_v2a_content(double rate, double T_I, double S, double *L, struct err *e)
{
	double a = rate * T_I, rho = rate * (1 + a) * S;

	if (inputs_check(rate, T_I, S, e) || check_stable(rho, e))
		return -EINVAL;
	*L = (1 + a) * rho / (1 - rho) + a;
	return 0;
}

/* Share of time without an interrupt, M/G/1/2: 1 / (1 + x e^x) constant, 1 / (1 + x + x^2) exponential. */
static double v2b_idle(enum isr_law law, double x)
{
	return law == ISR_CONSTANT ? exp(-x) / (exp(-x) + x) : 1 / (1 + x + x * x);
}

/*
 * One interrupt waits while one runs: M/G/1/2, isr_share = 1 - v2b_idle(rate T_I); interrupts -> r, so the livelock is
 * approached. Exact for Poisson arrivals; that MSI-X with its pending bit behaves so is a reading of it.
 */
int onecpu_v2b(enum isr_law law, double rate, double T_I, double S, struct onecpu *r, struct err *e)
{
	double share;

	if (inputs_check(rate, T_I, S, e))
		return -EINVAL;
	share = 1 - v2b_idle(law, rate * T_I);
	fill(r, rate, share / T_I, share, S);
	return 0;
}

/* rate S = v2b_idle(rate T_I), by bisection: the left side rises, the right one falls. */
double onecpu_v2b_saturation(enum isr_law law, double T_I, double S)
{
	double low = 0, high = 1 / S;

	for (int i = 0; i < 100; i++) {
		double rate = (low + high) / 2;

		if (rate * S < v2b_idle(law, rate * T_I))
			low = rate;
		else
			high = rate;
	}
	return (low + high) / 2;
}

/*
 * One interrupt a busy period: M/G/1 with set-up D, exact for Poisson arrivals and an infinite buffer.
 *     f = rate (1 - rho) / (1 + rate E[D]),
 *     Wq = rate E[S^2] / (2 (1 - rho)) + (2 E[D] + rate E[D^2]) / (2 (1 + rate E[D])).
 * f -> 0 as rho -> 1, and the throughput reaches mu.
 */
int onecpu_v3(double rate, double T_I, const struct law *setup, const struct law *service, struct queue *r, double *f,
	      struct err *e)
{
	double S = law_mean(service), D = law_mean(setup), rho = rate * S;

	if (check_positive("arrival-rate", rate, e) || check_positive("service-time", S, e) ||
	    check_not_negative("setup", D, e) || check_not_negative("interrupt-time", T_I, e) || check_stable(rho, e))
		return -EINVAL;
	*f = rate * (1 - rho) / (1 + rate * D);
	r->Wq = rate * law_square(service) / (2 * (1 - rho)) +
		(2 * D + rate * law_square(setup)) / (2 * (1 + rate * D));
	r->W = r->Wq + S;
	r->X = rate;
	r->L = rate * r->W;
	r->Lq = rate * r->Wq;
	r->loss = 0;
	r->p0 = *f / rate; /* arrivals that find nothing begin a cycle */
	return 0;
}

/* rate T_I = f (T_I + mask), f of V3: rate = (D T_I + S (T_I + mask))^-1 mask for T_I > 0; 0: V3 is never dearer. */
double onecpu_hybrid_switch(double T_I, double S, double setup, double mask)
{
	return mask / (setup * T_I + S * (T_I + mask));
}
