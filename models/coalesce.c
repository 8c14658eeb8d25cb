// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/check.h"
#include "models/coalesce.h"
#include "models/poisson.h"

#define RESTART_GAPS_MAX 40
#define RESTART_ALONE_MAX 50 /* 5e21 packets an interrupt */

static int inputs_check(const char *time_name, double rate, double T, struct err *e)
{
	return check_positive("arrival-rate", rate, e) || check_not_negative(time_name, T, e) ? -EINVAL : 0;
}

static void fill(struct coalesce *r, double rate, double packets, double delay)
{
	r->packets = packets;
	r->f = rate / packets;
	r->delay = delay;
}

/*
 * After an interrupt the next one waits T. Packets that came meanwhile (m = rate T on average) are taken together at
 * its end; if none came (Poisson: e^-m) the next packet interrupts at once.
 * Poisson: m + e^-m packets an interrupt, mean delay (m T / 2) / (m + e^-m).
 * Constant rate: f = min(rate, 1/T); with m <= 1 no packet waits, else they wait T/2 on average over the phases.
 */
int coalesce_gap(enum coalesce_arrivals law, double rate, double T, struct coalesce *r, struct err *e)
{
	int ret = inputs_check("gap", rate, T, e);
	double m = rate * T;

	if (ret)
		return ret;
	if (law == ARRIVALS_CONSTANT)
		fill(r, rate, fmax(m, 1), m > 1 ? T / 2 : 0);
	else
		fill(r, rate, m + exp(-m), m * T / 2 / (m + exp(-m)));
	return 0;
}

/*
 * The first packet that waits starts a timer of T; all that come until it ends are taken together.
 * Poisson: 1 + m packets an interrupt, mean delay T (1 + m/2) / (1 + m).
 * Constant gap A: k = 1 + floor(T/A) packets, which wait T, T - A, ...: on average T - (k - 1) A / 2.
 */
int coalesce_timer(enum coalesce_arrivals law, double rate, double T, struct coalesce *r, struct err *e)
{
	int ret = inputs_check("timer", rate, T, e);
	double m = rate * T, k;

	if (ret)
		return ret;
	k = 1 + floor(m + 1e-9); /* m is a product of rounded numbers; T = n A must count n */
	if (law == ARRIVALS_CONSTANT)
		fill(r, rate, k, T - (k - 1) / rate / 2);
	else
		fill(r, rate, 1 + m, T * (1 + m / 2) / (1 + m));
	return 0;
}

/*
 * A packet interrupts at once and starts a timer of T, whose end interrupts too; the next packet begins anew. A cycle
 * has two interrupts; its first packet does not wait.
 * Poisson: 1 + m packets a cycle, which wait m T / 2 together.
 * Constant gap A: k = 1 + floor(T/A) packets; packet i = 1 .. k - 1 waits T - i A.
 */
int coalesce_refire(enum coalesce_arrivals law, double rate, double T, struct coalesce *r, struct err *e)
{
	int ret = inputs_check("gap", rate, T, e);
	double m = rate * T, k = 1 + floor(m + 1e-9);

	if (ret)
		return ret;
	if (law == ARRIVALS_CONSTANT)
		fill(r, rate, k / 2, (k - 1) * (T - k / rate / 2) / k);
	else
		fill(r, rate, (1 + m) / 2, m * T / 2 / (1 + m));
	return 0;
}

/*
 * Meanwhile the ring took its first R packets and lost the rest. The poll takes R packets in R S, in which R rho more
 * come, and so on: R / (1 - rho) in all before it finds the ring empty and the wait begins anew.
 */
double coalesce_ring_loss(double packets, double rho, double R)
{
	return fmax(0, 1 - R / (1 - rho) / packets);
}

/*
 * Packet i of N waits for N - i more. Exact for any arrivals; a constant rate has the same mean delay.
 */
int coalesce_count(enum coalesce_arrivals law, double rate, double frames, struct coalesce *r, struct err *e)
{
	(void)law;
	if (check_positive("arrival-rate", rate, e) || check_whole("frames", frames, CAPACITY_MAX, e))
		return -EINVAL;
	fill(r, rate, frames, (frames - 1) / (2 * rate));
	return 0;
}

/*
 * M/G/1 whose server starts when N wait: f = rate (1 - rho) / N, Wq = rate E[S^2] / (2 (1 - rho)) + (N - 1) / (2 rate).
 * Exact for Poisson arrivals and an infinite ring. For the timer instead of the count: onecpu_v3() with the timer as
 * its set-up. The gap has no closed form: simulate.
 */
int coalesce_count_served(double rate, const struct law *service, double frames, struct coalesce *r, struct err *e)
{
	double rho = rate * law_mean(service);

	if (coalesce_count(ARRIVALS_POISSON, rate, frames, r, e) || check_stable(rho, e))
		return -EINVAL;
	fill(r, rate, frames / (1 - rho), r->delay + rate * law_square(service) / (2 * (1 - rho)));
	return 0;
}

/*
 * M ~ Poisson(rate T) packets follow the first within T; the interrupt comes by count when M >= N - 1.
 * Poisson: 1 + sum over j = 1 ... N-1 of P(M >= j) packets an interrupt; a packet that j more follow waits 1 / rate for
 * each: sum over j = 0 ... N-2 of (1 + j) P(M >= j+1) / rate, over the packets. Exact.
 */
int coalesce_first(double rate, double T, double frames, struct coalesce *r, double *by_count, struct err *e)
{
	double packets = 1, delay = 0, *tail;
	size_t N;

	if (inputs_check("timer", rate, T, e) || check_whole("frames", frames, CAPACITY_MAX, e))
		return -EINVAL;
	N = (size_t)frames;
	tail = calloc(N, sizeof(*tail));
	if (!tail)
		return err_set(e, -ENOMEM, "out of memory");
	poisson_tails(rate * T, N - 1, tail);
	for (size_t j = 0; j + 1 < N; j++) {
		packets += tail[j];
		delay += (double)(1 + j) * tail[j] / rate;
	}
	*by_count = N > 1 ? tail[N - 2] : 1;
	fill(r, rate, packets, delay / packets);
	free(tail);
	return 0;
}

typedef __float128 quad; /* 113 bits, plain arithmetic only */

/* e^-x by its series, x reduced below 1/2 by 2^8 first. */
static quad quad_exp_minus(double x)
{
	quad y = -(quad)x / 256, term = 1, sum = 1;

	for (int k = 1; k < 40; k++)
		sum += term = term * y / k;
	for (int i = 0; i < 8; i++)
		sum *= sum;
	return sum;
}

/* (gaps - n m)+^(k+1) / (k+1)!. */
static quad restart_power(double gaps, double m, double n, int k)
{
	quad left = (quad)gaps - (quad)n * m, product = left > 0 ? 1 : 0;

	for (int j = 1; j <= k + 1 && left > 0; j++)
		product *= left / j;
	return product;
}

/*
 * rate I(cap) below, in mean gaps: m = rate T, gaps = rate cap. The terms alternate and reach e^gaps, 2e17 at 40, of
 * which a double would leave nothing and a long double two digits; 113 bits leave 15. Those beyond k = 4 gaps + 60
 * are below 1e-40.
 */
static double restart_more(double m, double gaps)
{
	quad e = quad_exp_minus(m), here = 1, sum = 0;

	for (int k = 0; k * m < gaps && k < 4 * gaps + 60; k++) {
		quad bracket = here * restart_power(gaps, m, k, k) - here * e * restart_power(gaps, m, k + 1, k);

		sum += k % 2 ? -bracket : bracket;
		here *= e;
	}
	return (double)sum;
}

/*
 * The timer runs on while gaps stay below T: without a cap exp(rate T) packets an interrupt, without bound in T.
 * With a cap 1 + rate I(cap), I the integral over t < cap of P(the timer has not fired at t):
 *     I = sum over k of (-rate)^k / (k+1)! [e^(-rate k T) (cap - kT)+^(k+1) - e^(-rate (k+1) T) (cap - (k+1)T)+^(k+1)].
 * Exact for Poisson arrivals; a longer cap than 40 mean gaps is refused.
 */
int coalesce_restart(double rate, double T, double cap, struct coalesce *r, struct err *e)
{
	if (inputs_check("timer", rate, T, e) || (!isinf(cap) && check_not_negative("cap", cap, e)))
		return -EINVAL;
	if (isinf(cap) && rate * T > RESTART_ALONE_MAX)
		return err_set(e, -EINVAL, "timer must be at most %d mean gaps without a cap, not %g: it never ends",
			       RESTART_ALONE_MAX, rate * T);
	if (isinf(cap)) {
		fill(r, rate, exp(rate * T), NAN);
		return 0;
	}
	if (rate * cap > RESTART_GAPS_MAX)
		return err_set(e, -EINVAL, "cap must be at most %d mean gaps, not %g: use the simulation",
			       RESTART_GAPS_MAX, rate * cap);
	fill(r, rate, T > 0 ? 1 + restart_more(rate * T, rate * cap) : 1, NAN);
	return 0;
}

double coalesce_gap_ring_loss(double rate, double T, double R)
{
	double m = rate * T;

	return m > 0 ? poisson_excess(m, R) / (m + exp(-m)) : 0;
}

double coalesce_gap_longest(double rate, double R, double D)
{
	return fmax(R / rate - D, 0);
}

/* U = rate (S + T_I / N) = 1. */
double coalesce_count_saturation(double S, double T_I, double frames)
{
	return 1 / (S + T_I / frames);
}

/* U = rate S + T_I / T = 1, for rate T well above 1. */
double coalesce_gap_saturation(double S, double T_I, double T)
{
	return (1 - T_I / T) / S;
}

/* U = rate S + T_I rate / (1 + rate T) = 1: positive root of S T l^2 + (S + T_I - T) l - 1 = 0. */
double coalesce_timer_saturation(double S, double T_I, double T)
{
	double a = S * T, b = S + T_I - T;

	return T > 0 ? (-b + sqrt(b * b + 4 * a)) / (2 * a) : 1 / (S + T_I);
}
