// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "models/check.h"
#include "models/polling.h"

static int inputs_check(double rate, const struct law *service, const char *name, const struct law *pause,
			struct err *e)
{
	return check_positive("arrival-rate", rate, e) || check_positive("service-time", law_mean(service), e) ||
			       check_positive(name, law_mean(pause), e)
		       ? -EINVAL
		       : 0;
}

/*
 * M/G/1 with vacations V: Wq = rate E[S^2] / (2 (1 - rho)) + E[V^2] / (2 E[V]), gated rho E[V] / (1 - rho) more.
 * Cycle E[V] / (1 - rho). Exact when the pause is counted from the end of a visit; a timer that is strictly periodic
 * makes shorter ones: use the simulation. Source: any text on vacation models.
 */
int polling_solve(enum polling_rule rule, double rate, const struct law *service, const struct law *pause,
		  double poll_cost, struct polling *r, struct err *e)
{
	double rho = rate * law_mean(service), V = law_mean(pause);

	if (inputs_check(rate, service, "pause", pause, e) || check_not_negative("poll-cost", poll_cost, e) ||
	    check_stable(rho, e))
		return -EINVAL;
	if (rule == POLLING_LIMITED)
		return err_set(e, -EINVAL, "rule must be exhaustive or gated for one queue");
	r->Wq = rate * law_square(service) / (2 * (1 - rho)) + law_square(pause) / (2 * V);
	if (rule == POLLING_GATED)
		r->Wq += rho * V / (1 - rho);
	r->cycle = V / (1 - rho);
	r->cpu_share = poll_cost / r->cycle + rho;
	return 0;
}

double polling_longest(double rate, double R)
{
	return R / rate;
}

/*
 * With rho = N rate b, switch-over of mean w and variance d2, b2 = E[S^2]:
 *     exhaustive Wq = d2 / 2w + (N rate b2 + w (N - rho)) / (2 (1 - rho)), gated with w (N + rho),
 *     limited Wq = d2 / 2w + (N rate b2 + w (N + rho) + N rate d2) / (2 (1 - rho - N rate w)).
 * Exact means for symmetric queues. Source: H. Takagi, ACM Computing Surveys 20(1), 1988, from memory; simulated.
 */
int polling_queues_solve(enum polling_rule rule, double N, double rate, const struct law *service,
			 const struct law *switch_time, double *Wq, struct err *e)
{
	double all = N * rate, rho = all * law_mean(service), w = law_mean(switch_time),
	       d2 = law_scv(switch_time) * w * w, work = all * law_square(service);

	if (inputs_check(rate, service, "switch-time", switch_time, e) || check_whole("queues", N, CAPACITY_MAX, e) ||
	    check_stable(rule == POLLING_LIMITED ? rho + all * w : rho, e))
		return -EINVAL;
	if (rule == POLLING_EXHAUSTIVE)
		*Wq = d2 / (2 * w) + (work + w * (N - rho)) / (2 * (1 - rho));
	else if (rule == POLLING_GATED)
		*Wq = d2 / (2 * w) + (work + w * (N + rho)) / (2 * (1 - rho));
	else
		*Wq = d2 / (2 * w) + (work + w * (N + rho) + all * d2) / (2 * (1 - rho - all * w));
	return 0;
}
