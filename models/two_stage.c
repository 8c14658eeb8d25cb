// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "models/check.h"
#include "models/mm1k.h"
#include "models/two_stage.h"

#define LARGE 1e100
#define WORK_MAX 1e9 /* states of ring x backlog, backlog^2 */

static int inputs_check(const struct two_stage_in *in, struct err *e)
{
	if (check_positive("arrival-rate", in->arrival_rate, e) ||
	    check_positive("interrupt-rate", in->interrupt_rate, e) ||
	    check_positive("service-rate", in->service_rate, e) ||
	    check_whole("ring", in->ring, CAPACITY_SQUARE_MAX, e) ||
	    check_whole("backlog", in->backlog, CAPACITY_SQUARE_MAX, e))
		return -EINVAL;
	if (in->ring * in->backlog > WORK_MAX)
		return err_set(e, -EINVAL, "ring times backlog must be at most %g", WORK_MAX);
	return 0;
}

/* In one busy period of the interrupts: tail[k] = P(more than k packets end theirs), rest = E[(those - B)+]. */
struct period {
	double *tail;
	double rest;
};

/*
 * What is left of a busy period when i wait, h(i) = E[interrupts until none wait], of an M/M/1/R: from the top,
 * h(i) - h(i-1) = d_i, d_R = 1, d_i = 1 + (rate / r) d_{i+1}; all terms positive.
 */
static double rest_expected(const double *at, size_t R, double load)
{
	double *h = calloc(R + 1, sizeof(*h)), d = 1, sum = 0, to = 0;

	if (!h)
		return NAN;
	for (size_t i = R; i > 0; i--) {
		h[i] = d;
		d = 1 + load * d;
	}
	for (size_t i = 1; i <= R; i++) {
		to += h[i];
		sum += at[i] * to;
	}
	free(h);
	return sum;
}

/*
 * at[i] = P(i wait behind the k-th interrupt, none earlier ended the period). Before the next interrupt ends, arrivals
 * come geometrically; those that find R are lost.
 */
static void interrupt_end(double *at, size_t R, double load)
{
	double up = load / (1 + load), on_its_way = 0;

	for (size_t i = 1; i <= R; i++) {
		double visits = at[i] + up * on_its_way, ends = i == R ? visits : visits * (1 - up);

		on_its_way = visits;
		at[i] = 0;
		at[i - 1] = ends;
	}
}

static int period_solve(size_t R, size_t B, double load, struct period *p)
{
	double *at = calloc(R + 1, sizeof(*at));

	p->tail = calloc(B, sizeof(*p->tail));
	if (at && p->tail) {
		at[1] = 1;
		for (size_t k = 0; k < B; k++) {
			for (size_t i = 1; i <= R; i++)
				p->tail[k] += at[i];
			interrupt_end(at, R, load);
		}
		p->rest = rest_expected(at, R, load);
	}
	free(at);
	return p->tail && !isnan(p->rest) ? 0 : -ENOMEM;
}

/*
 * Time without interrupts, alone, is a queue of batches: rate x (packets of a busy period) up, mu down. Level crossing:
 *     mu p_{n+1} = rate sum over m <= n of p_m P(packets > n - m).
 */
static void backlog_solve(const struct two_stage_in *in, const double *tail, size_t B, double *p)
{
	double sum = 0;

	p[0] = 1;
	for (size_t n = 0; n < B; n++) {
		double flow = 0;

		for (size_t m = 0; m <= n; m++)
			flow += p[m] * tail[n - m];
		p[n + 1] = flow * in->arrival_rate / in->service_rate;
		if (p[n + 1] > LARGE) {
			for (size_t m = 0; m <= n; m++)
				p[m] /= p[n + 1];
			p[n + 1] = 1;
		}
	}
	for (size_t n = 0; n <= B; n++)
		sum += p[n];
	for (size_t n = 0; n <= B; n++)
		p[n] /= sum;
}

/* E[(packets - room)+] = sum of the tail from room on, from the far end; summed with the shares of n = B - room. */
static double lost_of_period(const struct period *period, const double *p, size_t B)
{
	double excess = period->rest, lost = p[0] * excess;

	for (size_t room = B; room-- > 0;) {
		excess += period->tail[room];
		lost += p[B - room] * excess;
	}
	return lost;
}

/*
 * Assumptions: as in the header. Exact. The ring alone is M/M/1/R; between its busy periods the backlog sees batches,
 * so the chain of (R+1)(B+1) states comes down to work of the order B (R + B), without a subtraction.
 * Source: derived; the tests compare it with the elimination on the whole chain.
 */
int two_stage_solve(const struct two_stage_in *in, struct two_stage *r, struct err *e)
{
	double load = in->arrival_rate / in->interrupt_rate, *p;
	struct period period = { 0 };
	struct queue ring;
	size_t B;

	if (inputs_check(in, e) || mm1k_solve(in->arrival_rate, in->interrupt_rate, in->ring, &ring, e))
		return -EINVAL;
	B = (size_t)in->backlog;
	p = calloc(B + 1, sizeof(*p));
	if (!p || period_solve((size_t)in->ring, B, load, &period)) {
		free(p);
		free(period.tail);
		return err_set(e, -ENOMEM, "out of memory");
	}
	backlog_solve(in, period.tail, B, p);
	r->isr_share = ring.X / in->interrupt_rate;
	r->X = 0;
	for (size_t n = B; n > 0; n--)
		r->X += p[n];
	r->X *= ring.p0 * in->service_rate;
	r->ring_drops = in->arrival_rate * ring.loss;
	r->backlog_drops = in->arrival_rate * ring.p0 * lost_of_period(&period, p, B);
	r->cpu_share = r->isr_share + r->X / in->service_rate;
	free(p);
	free(period.tail);
	return 0;
}

/* mu' = mu (1 - rate / r). Approximate: 2 to 6 % high around saturation, 17 % low where the ring itself sheds load. */
int two_stage_shortcut(const struct two_stage_in *in, double *X, struct err *e)
{
	double left = 1 - in->arrival_rate / in->interrupt_rate;
	struct queue q;

	if (inputs_check(in, e))
		return -EINVAL;
	*X = 0;
	if (left <= 0)
		return 0;
	if (mm1k_solve(in->arrival_rate, in->service_rate * left, in->backlog, &q, e))
		return -EINVAL;
	*X = q.X;
	return 0;
}
