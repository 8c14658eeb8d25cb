// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab model predict: NAPI's quota and budget, what interrupts cost, what NICs make of a register. */
#include <errno.h>
#include <math.h>

#include "models/check.h"
#include "models/coalesce.h"
#include "models/napi.h"
#include "models/onecpu.h"
#include "models/predictors.h"
#include "models/registers.h"

#define ITR_MAX 65535 /* both registers have 16 bits */

static void napi_answer(const struct napi *r, struct answer *out)
{
	queue_answer(&r->q, out);
	answer_add(out, "f", r->f);
}

static int napi_budget(const struct inputs *in, struct answer *out, struct err *e)
{
	struct napi_budget b = { in->x[0], in->x[1], in->x[2], in->x[3], in->x[4], in->x[5] };
	struct napi r;
	int ret = napi_budget_solve(&b, &r, e);

	if (ret)
		return ret;
	napi_answer(&r, out);
	answer_add(out, "squeezed", r.squeezed);
	answer_add(out, "saturation", napi_budget_saturation(&b));
	return 0;
}

int predict_napi_markov(const struct inputs *in, struct answer *out, struct err *e)
{
	struct napi r;
	int ret;

	if (isnan(in->x[4]) != isnan(in->x[5]))
		return err_set(e, -EINVAL, "--budget and --resume-rate go together");
	if (!isnan(in->x[4]))
		return napi_budget(in, out, e);
	ret = napi_markov_solve(in->x[0], in->x[1], in->x[2], in->x[3], &r, e);
	if (!ret)
		napi_answer(&r, out);
	return ret;
}

int predict_napi_constant(const struct inputs *in, struct answer *out, struct err *e)
{
	static const char *const names[] = { "gap", "service-time", "setup" };
	uint64_t t[3];

	if (whole_times(names, in->x, t, 3, e))
		return -EINVAL;
	if (t[1] >= t[0])
		return err_set(e, -EINVAL, "service-time must be below gap: polling never ends");
	answer_add(out, "packets_per_interrupt", (double)napi_constant_packets(t[0], t[1], t[2]));
	return 0;
}

static int cost_check(const struct inputs *in, struct err *e)
{
	static const char *const names[] = { "service-time", "poll-time", "interrupt-time", "round-time" };

	for (int i = 0; i < 4; i++)
		if (check_not_negative(names[i], in->x[i], e))
			return -EINVAL;
	if (check_positive("weight", in->x[4], e) || check_positive("budget", in->x[5], e))
		return -EINVAL;
	if (isnan(in->x[6]) != isnan(in->x[7]) || isnan(in->x[6]) != isnan(in->x[8]))
		return err_set(e, -EINVAL, "--arrival-rate, --polls and --interrupts go together");
	return isnan(in->x[6]) ? 0 : check_positive("arrival-rate", in->x[6], e);
}

int predict_napi_cost(const struct inputs *in, struct answer *out, struct err *e)
{
	struct napi_cost c = { in->x[0], in->x[1], in->x[2], in->x[3] };

	if (cost_check(in, e))
		return -EINVAL;
	answer_add(out, "idle", napi_cost_idle(&c));
	answer_add(out, "full", napi_cost_full(&c, in->x[4], in->x[5]));
	if (!isnan(in->x[6]))
		answer_add(out, "at_rate", napi_cost_at(&c, in->x[6], in->x[7], in->x[8]));
	return 0;
}

int predict_backlog_bound(const struct inputs *in, struct answer *out, struct err *e)
{
	if (check_not_negative("burst", in->x[0], e) || check_positive("arrival-rate", in->x[1], e) ||
	    check_not_negative("latency", in->x[2], e))
		return -EINVAL;
	answer_add(out, "packets", napi_backlog_bound(in->x[0], in->x[1], in->x[2]));
	return 0;
}

int predict_hybrid(const struct inputs *in, struct answer *out, struct err *e)
{
	if (check_positive("interrupt-time", in->x[0], e) || check_positive("service-time", in->x[1], e) ||
	    check_not_negative("setup", in->x[2], e) || check_not_negative("mask-time", in->x[3], e))
		return -EINVAL;
	answer_add(out, "rate", onecpu_hybrid_switch(in->x[0], in->x[1], in->x[2], in->x[3]));
	return 0;
}

int predict_longest_gap(const struct inputs *in, struct answer *out, struct err *e)
{
	if (check_positive("arrival-rate", in->x[0], e) || check_positive("ring", in->x[1], e) ||
	    check_not_negative("wait", in->x[2], e))
		return -EINVAL;
	answer_add(out, "gap", coalesce_gap_longest(in->x[0], in->x[1], in->x[2]));
	return 0;
}

int predict_coalesce_saturation(const struct inputs *in, struct answer *out, struct err *e)
{
	double S = in->x[0], T_I = in->x[1];

	if (check_positive("service-time", S, e) || check_not_negative("interrupt-time", T_I, e))
		return -EINVAL;
	if (isnan(in->x[2]) && isnan(in->x[3]) && isnan(in->x[4]))
		return err_set(e, -EINVAL, "which rule? --frames, --gap or --timer");
	if ((!isnan(in->x[2]) && check_positive("frames", in->x[2], e)) ||
	    (!isnan(in->x[3]) && check_positive("gap", in->x[3], e)) ||
	    (!isnan(in->x[4]) && check_not_negative("timer", in->x[4], e)))
		return -EINVAL;
	if (!isnan(in->x[2]))
		answer_add(out, "by_count", coalesce_count_saturation(S, T_I, in->x[2]));
	if (!isnan(in->x[3]))
		answer_add(out, "by_gap", coalesce_gap_saturation(S, T_I, in->x[3]));
	if (!isnan(in->x[4]))
		answer_add(out, "by_timer", coalesce_timer_saturation(S, T_I, in->x[4]));
	return 0;
}

int predict_coalesce_served(const struct inputs *in, struct answer *out, struct err *e)
{
	struct law service = law_constant(in->x[1]);
	struct coalesce r;
	int ret = coalesce_count_served(in->x[0], &service, in->x[2], &r, e);

	if (ret)
		return ret;
	answer_add(out, "f", r.f);
	answer_add(out, "delay", r.delay);
	answer_add(out, "packets_per_interrupt", r.packets);
	return 0;
}

int predict_e1000e_itr(const struct inputs *in, struct answer *out, struct err *e)
{
	unsigned int itr;

	if (check_whole("interrupts", in->x[0], 1e6, e))
		return -EINVAL;
	itr = e1000e_itr((unsigned int)in->x[0]);
	answer_add(out, "register", itr);
	answer_add(out, "gap", e1000e_gap(itr));
	return 0;
}

int predict_igb_itr(const struct inputs *in, struct answer *out, struct err *e)
{
	if (check_whole("register", in->x[0], ITR_MAX, e))
		return -EINVAL;
	answer_add(out, "gap", igb_gap((unsigned int)in->x[0]));
	return 0;
}
