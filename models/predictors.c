// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "models/check.h"
#include "models/coalesce.h"
#include "models/dd1k.h"
#include "models/gim1.h"
#include "models/mg1k.h"
#include "models/mm1k.h"
#include "models/napi.h"
#include "models/onecpu.h"
#include "models/predictors.h"
#include "models/stage.h"
#include "models/two_stage.h"

#define P99 0.99

static int predict_mm1k(const struct inputs *in, struct answer *out, struct err *e)
{
	bool limited = !isnan(in->x[2]);
	struct queue q;
	int ret = limited ? mm1k_solve(in->x[0], in->x[1], in->x[2], &q, e) : mm1_solve(in->x[0], in->x[1], &q, e);

	if (ret)
		return ret;
	queue_answer(&q, out);
	answer_add(out, "W_p99",
		   limited ? mm1k_sojourn_quantile(in->x[0], in->x[1], in->x[2], P99)
			   : mm1_sojourn_quantile(in->x[0], in->x[1], P99));
	return 0;
}

static int predict_md1k(const struct inputs *in, struct answer *out, struct err *e)
{
	struct law service = law_constant(in->x[1]);
	struct queue q;
	bool limited = !isnan(in->x[2]);
	int ret = limited ? mg1k_solve(in->x[0], &service, in->x[2], &q, e) : mg1_solve(in->x[0], &service, &q, e);

	if (ret)
		return ret;
	queue_answer(&q, out);
	if (!limited)
		answer_add(out, "p1", md1_share(in->x[0] * in->x[1], 1));
	if (!limited)
		answer_add(out, "p2", md1_share(in->x[0] * in->x[1], 2));
	return 0;
}

static int predict_dm1k(const struct inputs *in, struct answer *out, struct err *e)
{
	struct queue q;
	int ret = dm1k_solve(in->x[0], in->x[1], in->x[2], &q, e);

	if (!ret)
		queue_answer(&q, out);
	return ret;
}

/* Without a capacity the queue has no limit. */
static int predict_mg1k(const struct inputs *in, struct answer *out, struct err *e)
{
	bool limited = !isnan(in->x[2]);
	struct law service;
	struct queue q;
	int ret = law_parse_mix("service-mix", in->text[1], &service, e);

	if (!ret)
		ret = limited ? mg1k_solve(in->x[0], &service, in->x[2], &q, e) : mg1_solve(in->x[0], &service, &q, e);
	if (!ret)
		queue_answer(&q, out);
	if (!ret && !limited)
		answer_add(out, "Wq", q.Wq);
	return ret;
}

static int predict_dd1k(const struct inputs *in, struct answer *out, struct err *e)
{
	static const char *const names[] = { "gap", "service-time" };
	uint64_t times[2];
	struct dd1k r;

	if (whole_times(names, in->x, times, 2, e) || check_whole("capacity", in->x[2], CAPACITY_MAX, e) ||
	    check_whole("count", in->x[3], 1e15, e) ||
	    dd1k_solve(times[0], times[1], (uint64_t)in->x[2], (uint64_t)in->x[3], &r, e))
		return -EINVAL;
	answer_add(out, "first_drop", r.drops ? (double)r.first_drop : NAN);
	answer_add(out, "accepted", (double)r.accepted);
	answer_add(out, "loss", r.loss);
	return 0;
}

static int law_of(const char *text, enum coalesce_arrivals *law, struct err *e)
{
	if (text && strcmp(text, "constant") == 0)
		*law = ARRIVALS_CONSTANT;
	else if (text && strcmp(text, "poisson"))
		return err_set(e, -EINVAL, "--arrivals must be poisson or constant, not '%s'", text);
	return 0;
}

static void coalesce_answer(const struct coalesce *r, struct answer *out)
{
	answer_add(out, "f", r->f);
	answer_add(out, "delay", r->delay);
	answer_add(out, "packets_per_interrupt", r->packets);
}

typedef int coalesce_fn(enum coalesce_arrivals law, double rate, double x, struct coalesce *r, struct err *e);

static int predict_coalesce(coalesce_fn *rule, const struct inputs *in, const char *law_text, struct answer *out,
			    struct err *e)
{
	enum coalesce_arrivals law = ARRIVALS_POISSON;
	struct coalesce r;

	if (law_of(law_text, &law, e) || rule(law, in->x[0], in->x[1], &r, e))
		return -EINVAL;
	coalesce_answer(&r, out);
	return 0;
}

static int predict_count(const struct inputs *in, struct answer *out, struct err *e)
{
	return predict_coalesce(coalesce_count, in, in->text[2], out, e);
}

static int predict_gap(const struct inputs *in, struct answer *out, struct err *e)
{
	return predict_coalesce(coalesce_gap, in, in->text[2], out, e);
}

static int predict_refire(const struct inputs *in, struct answer *out, struct err *e)
{
	return predict_coalesce(coalesce_refire, in, in->text[2], out, e);
}

/* Without `frames` only the timer causes interrupts. */
static int predict_timer(const struct inputs *in, struct answer *out, struct err *e)
{
	struct coalesce r;
	double by_count = 0;
	int ret;

	if (isnan(in->x[2]))
		ret = predict_coalesce(coalesce_timer, in, in->text[3], out, e);
	else if (in->text[3] && strcmp(in->text[3], "poisson"))
		ret = err_set(e, -EINVAL, "--arrivals must be poisson when --frames is given, not '%s'", in->text[3]);
	else
		ret = coalesce_first(in->x[0], in->x[1], in->x[2], &r, &by_count, e);
	if (!ret && !isnan(in->x[2]))
		coalesce_answer(&r, out);
	if (!ret)
		answer_add(out, "p_count", by_count);
	return ret;
}

static int predict_restart(const struct inputs *in, struct answer *out, struct err *e)
{
	struct coalesce r;
	int ret = coalesce_restart(in->x[0], in->x[1], isnan(in->x[2]) ? INFINITY : in->x[2], &r, e);

	if (!ret)
		coalesce_answer(&r, out);
	return ret;
}

static int predict_ring_overflow(const struct inputs *in, struct answer *out, struct err *e)
{
	if (check_positive("arrival-rate", in->x[0], e) || check_not_negative("gap", in->x[1], e) ||
	    check_whole("ring", in->x[2], CAPACITY_MAX, e))
		return -EINVAL;
	answer_add(out, "loss", coalesce_gap_ring_loss(in->x[0], in->x[1], in->x[2]));
	return 0;
}

static int predict_napi_setup(const struct inputs *in, struct answer *out, struct err *e)
{
	struct law service = law_constant(in->x[1]);
	struct napi r;
	int ret = napi_setup_solve(in->x[0], &service, in->x[2], in->x[3], &r, e);

	if (ret)
		return ret;
	answer_add(out, "X", r.q.X);
	answer_add(out, "f", r.f);
	answer_add(out, "loss", r.q.loss);
	answer_add(out, "L", r.q.L);
	answer_add(out, "W", r.q.W);
	return 0;
}

/* U is what the interrupts take of the CPU; U_cpu also what the packets take. */
static int predict_two_stage(const struct inputs *in, struct answer *out, struct err *e)
{
	struct two_stage_in t = { in->x[0], in->x[1], in->x[2], in->x[3], in->x[4] };
	struct two_stage r;
	double shortcut;
	int ret = two_stage_solve(&t, &r, e);

	if (ret)
		return ret;
	answer_add(out, "X", r.X);
	answer_add(out, "ring_drops", r.ring_drops);
	answer_add(out, "backlog_drops", r.backlog_drops);
	answer_add(out, "U", r.isr_share);
	answer_add(out, "U_cpu", r.cpu_share);
	if (!two_stage_shortcut(&t, &shortcut, e))
		answer_add(out, "X_shortcut", shortcut);
	return 0;
}

static int predict_tandem(const struct inputs *in, struct answer *out, struct err *e)
{
	struct tandem r;
	int ret = tandem_solve(in->x[0], in->x[1], in->x[2], in->x[3], in->x[4], &r, e);

	if (ret)
		return ret;
	answer_add(out, "loss", r.loss);
	answer_add(out, "loss_first", r.loss_first);
	answer_add(out, "loss_second", r.loss_second);
	answer_add(out, "X", r.X_second);
	answer_add(out, "L_first", r.L_first);
	answer_add(out, "L_second", r.L_second);
	return 0;
}

static int predict_overwrite(const struct inputs *in, struct answer *out, struct err *e)
{
	struct overwrite r;
	int ret = overwrite_solve(in->x[0], in->x[1], in->x[2], &r, e);

	if (ret)
		return ret;
	answer_add(out, "loss", r.loss);
	answer_add(out, "wait_newest", r.wait_newest);
	answer_add(out, "wait_oldest", r.wait_oldest);
	return 0;
}

static int predict_blocks(const struct inputs *in, struct answer *out, struct err *e)
{
	struct blocks r;
	int ret = blocks_solve(in->x[0], in->x[1], in->x[2], &r, e);

	if (ret)
		return ret;
	answer_add(out, "wakeups", r.wakeups);
	answer_add(out, "delay", r.delay);
	return 0;
}

static int predict_same_core(const struct inputs *in, struct answer *out, struct err *e)
{
	double strict, fair;
	int ret = same_core(SHARING_STRICT, in->x[0], in->x[1], in->x[2], &strict, e);

	if (!ret)
		ret = same_core(SHARING_FAIR, in->x[0], in->x[1], in->x[2], &fair, e);
	if (ret)
		return ret;
	answer_add(out, "X_strict", strict);
	answer_add(out, "X_fair", fair);
	return 0;
}

/* For the queues with a steady state; NAN for the others. */
static void livelock_queues(const struct inputs *in, struct answer *out)
{
	struct law isr = law_constant(in->x[1]), service = law_constant(in->x[2]);
	struct err e = { "" };
	double W = NAN, W_mm1 = NAN, L = NAN;

	if (onecpu_v1_sojourn(in->x[0], &isr, &service, &W, &e))
		W = NAN;
	if (onecpu_v2a_content(in->x[0], in->x[1], in->x[2], &L, &e))
		L = NAN;
	if (onecpu_v1_sojourn_mm1(in->x[0], in->x[1], in->x[2], &W_mm1, &e))
		W_mm1 = NAN;
	answer_add(out, "W_each", W);
	answer_add(out, "W_each_mm1", W_mm1);
	answer_add(out, "L_merged", L);
}

static int predict_livelock(const struct inputs *in, struct answer *out, struct err *e)
{
	struct onecpu v1, v2a, v2b;

	if (onecpu_v1(in->x[0], in->x[1], in->x[2], &v1, e) || onecpu_v2a(in->x[0], in->x[1], in->x[2], &v2a, e) ||
	    onecpu_v2b(ISR_CONSTANT, in->x[0], in->x[1], in->x[2], &v2b, e))
		return -EINVAL;
	answer_add(out, "X_each", v1.throughput);
	answer_add(out, "X_merged", v2a.throughput);
	answer_add(out, "X_latched", v2b.throughput);
	answer_add(out, "X_masked", fmin(in->x[0], 1 / in->x[2]));
	answer_add(out, "saturation_each", onecpu_v1_saturation(in->x[1], in->x[2]));
	answer_add(out, "saturation_merged", onecpu_v2a_saturation(in->x[1], in->x[2]));
	answer_add(out, "saturation_latched", onecpu_v2b_saturation(ISR_CONSTANT, in->x[1], in->x[2]));
	answer_add(out, "livelock_each", onecpu_v1_livelock(in->x[1]));
	livelock_queues(in, out);
	return 0;
}

#define NUMBER(name)               \
	{                          \
		name, false, false \
	}
#define MAYBE(name)               \
	{                         \
		name, true, false \
	}
#define TEXT(name)                \
	{                         \
		name, false, true \
	}
#define WORD(name)               \
	{                        \
		name, true, true \
	}
#define LAW                            \
	{                              \
		"arrivals", true, true \
	}

const struct predictor predictors[] = {
	{ "mm1k",
	  "M/M/1/K: Poisson arrivals, exponential service, K places; without a capacity M/M/1",
	  { NUMBER("arrival-rate"), NUMBER("service-rate"), MAYBE("capacity") },
	  predict_mm1k },
	{ "md1k",
	  "M/D/1/K: Poisson arrivals, constant service time, K places; without a capacity M/D/1",
	  { NUMBER("arrival-rate"), NUMBER("service-time"), MAYBE("capacity") },
	  predict_md1k },
	{ "dm1k",
	  "D/M/1/K: constant gap, exponential service, K places",
	  { NUMBER("arrival-rate"), NUMBER("service-time"), NUMBER("capacity") },
	  predict_dm1k },
	{ "mg1k",
	  "M/G/1/K: Poisson arrivals, a mix of service times p:S,p:S,...; without a capacity M/G/1",
	  { NUMBER("arrival-rate"), { "service-mix", false, true }, MAYBE("capacity") },
	  predict_mg1k },
	{ "dd1k",
	  "D/D/1/K: constant gap and service time, K places, a burst of N",
	  { NUMBER("gap"), NUMBER("service-time"), NUMBER("capacity"), NUMBER("count") },
	  predict_dd1k },
	{ "coalesce-count",
	  "an interrupt every N packets",
	  { NUMBER("arrival-rate"), NUMBER("frames"), LAW },
	  predict_count },
	{ "coalesce-gap",
	  "interrupts at least T apart (EITR of the 82574 and 82576)",
	  { NUMBER("arrival-rate"), NUMBER("gap"), LAW },
	  predict_gap },
	{ "coalesce-timer",
	  "an interrupt T after the first packet that waits, or when N wait",
	  { NUMBER("arrival-rate"), NUMBER("timer"), MAYBE("frames"), LAW },
	  predict_timer },
	{ "coalesce-restart",
	  "an interrupt T after the last packet, at most a cap after the first (RDTR, RADV)",
	  { NUMBER("arrival-rate"), NUMBER("timer"), MAYBE("cap") },
	  predict_restart },
	{ "coalesce-refire",
	  "a gap whose end interrupts too (igb as QEMU models it)",
	  { NUMBER("arrival-rate"), NUMBER("gap"), LAW },
	  predict_refire },
	{ "ring-overflow",
	  "a ring emptied only at interrupts at least T apart",
	  { NUMBER("arrival-rate"), NUMBER("gap"), NUMBER("ring") },
	  predict_ring_overflow },
	{ "napi-setup",
	  "NAPI without a budget: interrupts off until the queue is empty, a set-up before",
	  { NUMBER("arrival-rate"), NUMBER("service-time"), NUMBER("setup"), NUMBER("capacity") },
	  predict_napi_setup },
	{ "two-stage",
	  "an interrupt a packet, a ring and a backlog on one CPU",
	  { NUMBER("arrival-rate"), NUMBER("interrupt-rate"), NUMBER("service-rate"), NUMBER("ring"),
	    NUMBER("backlog") },
	  predict_two_stage },
	{ "livelock",
	  "throughput where each packet interrupts, where interrupts merge, latch one, or are masked",
	  { NUMBER("arrival-rate"), NUMBER("interrupt-time"), NUMBER("service-time") },
	  predict_livelock },
	{ "tandem",
	  "softirq and reader on CPUs of their own, a ring before each",
	  { NUMBER("arrival-rate"), NUMBER("first-rate"), NUMBER("second-rate"), NUMBER("first-ring"),
	    NUMBER("second-ring") },
	  predict_tandem },
	{ "overwrite",
	  "a full ring that drops its newest packet, or overwrites its oldest",
	  { NUMBER("arrival-rate"), NUMBER("service-rate"), NUMBER("capacity") },
	  predict_overwrite },
	{ "blocks",
	  "TPACKET_V3: blocks of so many packets, closed by count or by timeout",
	  { NUMBER("arrival-rate"), NUMBER("timeout"), NUMBER("packets") },
	  predict_blocks },
	{ "same-core",
	  "kernel and reader on one CPU: strict priority, fair shares",
	  { NUMBER("arrival-rate"), NUMBER("kernel-time"), NUMBER("user-time") },
	  predict_same_core },
	{ "gim1",
	  "GI/M/1: gaps by a law (5e-6, exponential 5e-6, mix p:T,p:T, ...), exponential service, no limit",
	  { TEXT("gap"), NUMBER("service-time") },
	  predict_gim1 },
	{ "gg1",
	  "G/G/1 by two moments: wait, Kingman's bound, Kraemer and Langenbach-Belz's factor",
	  { NUMBER("arrival-rate"), NUMBER("service-time"), NUMBER("gap-scv"), NUMBER("service-scv") },
	  predict_gg1 },
	{ "batch",
	  "batches at a Poisson rate, sizes p:N,p:N,...; a full ring takes them partly, or refuses them whole",
	  { NUMBER("batch-rate"), TEXT("sizes"), NUMBER("service-time"), MAYBE("capacity"), WORD("rule") },
	  predict_batch },
	{ "polling",
	  "no interrupts: visits that are exhaustive, gated or limited, a pause between them",
	  { TEXT("rule"), NUMBER("arrival-rate"), NUMBER("service-time"), NUMBER("pause"), NUMBER("poll-time"),
	    MAYBE("ring") },
	  predict_polling },
	{ "polling-queues",
	  "several alike queues polled in turn",
	  { TEXT("rule"), NUMBER("queues"), NUMBER("arrival-rate"), NUMBER("service-time"), NUMBER("switch-time") },
	  predict_polling_queues },
	{ "napi-markov",
	  "NAPI, exponential service and set-up, a ring; with a budget a round and a pause behind it",
	  { NUMBER("arrival-rate"), NUMBER("service-rate"), NUMBER("setup-rate"), NUMBER("ring"), MAYBE("budget"),
	    MAYBE("resume-rate") },
	  predict_napi_markov },
	{ "napi-constant",
	  "packets an interrupt at a constant gap and constant times",
	  { NUMBER("gap"), NUMBER("service-time"), NUMBER("setup") },
	  predict_napi_constant },
	{ "napi-cost",
	  "CPU a packet: at a packet a poll, at full polls, and at a rate with so many polls and interrupts a second",
	  { NUMBER("service-time"), NUMBER("poll-time"), NUMBER("interrupt-time"), NUMBER("round-time"),
	    NUMBER("weight"), NUMBER("budget"), MAYBE("arrival-rate"), MAYBE("polls"), MAYBE("interrupts") },
	  predict_napi_cost },
	{ "backlog-bound",
	  "the most packets that wait, for arrivals below burst + rate t and a server that starts late",
	  { NUMBER("burst"), NUMBER("arrival-rate"), NUMBER("latency") },
	  predict_backlog_bound },
	{ "hybrid",
	  "the rate from which masking interrupts costs less than one a packet",
	  { NUMBER("interrupt-time"), NUMBER("service-time"), NUMBER("setup"), NUMBER("mask-time") },
	  predict_hybrid },
	{ "longest-gap",
	  "the longest gap of interrupts that loses nothing of a constant rate in a ring",
	  { NUMBER("arrival-rate"), NUMBER("ring"), NUMBER("wait") },
	  predict_longest_gap },
	{ "coalesce-saturation",
	  "the highest rate that one CPU carries, by count, by gap, by timer",
	  { NUMBER("service-time"), NUMBER("interrupt-time"), MAYBE("frames"), MAYBE("gap"), MAYBE("timer") },
	  predict_coalesce_saturation },
	{ "coalesce-served",
	  "an interrupt every N packets, with service and interrupts off meanwhile",
	  { NUMBER("arrival-rate"), NUMBER("service-time"), NUMBER("frames") },
	  predict_coalesce_served },
	{ "e1000e-itr",
	  "what e1000e writes for so many interrupts a second, and the gap that it makes",
	  { NUMBER("interrupts") },
	  predict_e1000e_itr },
	{ "igb-itr", "the gap that a value of igb's throttle register makes", { NUMBER("register") }, predict_igb_itr },
	{ 0 },
};
