// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/batch.h"
#include "models/check.h"

#define LARGE 1e100
#define SHARES_OFF 1e-9

static int batches_check(const struct batches *b, struct err *e)
{
	double sum = 0;

	if (check_positive("batch-rate", b->rate, e))
		return -EINVAL;
	for (size_t k = 0; k < b->n; k++) {
		if (!(b->pmf[k] >= 0))
			return err_set(e, -EINVAL, "batch sizes: a share must be 0 or above, not %g", b->pmf[k]);
		sum += b->pmf[k];
	}
	if (!(fabs(sum - 1) <= SHARES_OFF))
		return err_set(e, -EINVAL, "batch sizes: the shares must add up to 1, not %.10g", sum);
	return 0;
}

double batch_mean(const struct batches *b)
{
	double sum = 0;

	for (size_t k = 0; k < b->n; k++)
		sum += (double)(k + 1) * b->pmf[k];
	return sum;
}

/* E[X (X - 1)]. */
static double pairs(const struct batches *b)
{
	double sum = 0;

	for (size_t k = 0; k < b->n; k++)
		sum += (double)(k + 1) * (double)k * b->pmf[k];
	return sum;
}

/*
 * Assumptions: infinite buffer, one packet after the other. Exact means:
 * Wq = batch_rate E[X] E[S^2] / (2 (1 - rho)) + E[X(X-1)] E[S] / (2 E[X] (1 - rho)): the wait of the batch's first
 * packet and of those before one in its own batch. With exponential service L = rho (E[X^2] + E[X]) / (2 E[X] (1 -
 * rho)).
 */
int mxg1_solve(const struct batches *b, const struct law *service, struct queue *r, struct err *e)
{
	double size, mean = law_mean(service), rho;

	if (batches_check(b, e) || check_positive("service-time", mean, e))
		return -EINVAL;
	size = batch_mean(b);
	rho = b->rate * size * mean;
	if (check_stable(rho, e))
		return -EINVAL;
	r->Wq = (b->rate * size * law_square(service) + pairs(b) * mean / size) / (2 * (1 - rho));
	r->W = r->Wq + mean;
	r->X = b->rate * size;
	r->L = r->X * r->W;
	r->Lq = r->X * r->Wq;
	r->p0 = 1 - rho;
	r->loss = 0;
	return 0;
}

static double tail_at(const double *tail, size_t n, size_t d)
{
	return d < n ? tail[d] : 0;
}

/*
 * Shares of time p_n by level crossing: mu p_{j+1} = batch_rate sum over i <= j of p_i P(i + X > j), where a whole
 * batch that does not fit does not count. All terms are positive.
 */
static void shares_solve(const struct batches *b, double mu, size_t K, enum batch_rule rule, const double *tail,
			 double *p)
{
	double sum = 0;

	p[0] = 1;
	for (size_t j = 0; j < K; j++) {
		double flow = 0;

		for (size_t i = 0; i <= j; i++) {
			double up = tail_at(tail, b->n, j - i);

			if (rule == BATCH_WHOLE)
				up -= tail_at(tail, b->n, K - i);
			flow += p[i] * up;
		}
		p[j + 1] = b->rate * flow / mu;
		if (p[j + 1] > LARGE) {
			for (size_t i = 0; i <= j; i++)
				p[i] /= p[j + 1];
			p[j + 1] = 1;
		}
	}
	for (size_t j = 0; j <= K; j++)
		sum += p[j];
	for (size_t j = 0; j <= K; j++)
		p[j] /= sum;
}

/* Expected packets lost from a batch that finds this much room. */
static double lost_of_batch(const struct batches *b, size_t room, enum batch_rule rule)
{
	double sum = 0;

	for (size_t size = room + 1; size <= b->n; size++)
		sum += b->pmf[size - 1] * (double)(rule == BATCH_WHOLE ? size : size - room);
	return sum;
}

/*
 * Assumptions: exponential service, capacity K. Exact; work of the order K^2 + K sizes. Source: derived, GTH checked.
 */
int mxm1k_solve(const struct batches *b, double service_rate, double capacity, enum batch_rule rule, struct queue *r,
		struct err *e)
{
	double *p, *tail, lost = 0;
	size_t K;

	if (batches_check(b, e) || check_positive("service-rate", service_rate, e) ||
	    check_whole("capacity", capacity, CAPACITY_SQUARE_MAX, e))
		return -EINVAL;
	K = (size_t)capacity;
	p = calloc(K + 1 + b->n, sizeof(*p));
	if (!p)
		return err_set(e, -ENOMEM, "out of memory");
	tail = p + K + 1; /* tail[d] = P(X > d), summed from the far end */
	for (size_t d = b->n; d-- > 0;)
		tail[d] = b->pmf[d] + tail_at(tail, b->n, d + 1);
	shares_solve(b, service_rate, K, rule, tail, p);
	r->L = 0;
	for (size_t n = 0; n <= K; n++) {
		lost += p[n] * lost_of_batch(b, K - n, rule);
		r->L += (double)n * p[n];
	}
	r->p0 = p[0];
	r->loss = lost / batch_mean(b);
	r->X = service_rate * (1 - r->p0);
	r->W = r->L / r->X;
	r->Wq = fmax(0, r->W - 1 / service_rate);
	r->Lq = r->Wq * r->X;
	free(p);
	return 0;
}
