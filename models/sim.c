// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/check.h"
#include "models/sim_state.h"

#define TIME_MAX 8e18 /* ps */

enum {
	STREAM_ISR = 16,
	STREAM_RAISE,
	STREAM_SERVICE,
	STREAM_POLL,
	STREAM_PAUSE,
	STREAM_SWITCHING,
	STREAM_READ,
	STREAM_WAKE,
	STREAM_QUEUES
};

void sim_spec_init(struct sim_spec *s)
{
	memset(s, 0, sizeof(*s));
	s->packets = 1000000;
	s->warmup = 100000;
	s->batches = 32;
	s->arrivals.batch = 1;
	s->ring.refill = 1;
	s->interrupt.cap = INFINITY;
	s->softirq.queues = 1;
	s->interrupt.cost = s->interrupt.raise = law_constant(0);
	s->softirq.service = s->softirq.poll = s->softirq.pause = s->softirq.switching = law_constant(0);
	s->reader.service = s->reader.wake = law_constant(0);
	s->reader.slice = 1e-3;
}

void sim_spec_free(struct sim_spec *s)
{
	free((void *)s->arrivals.times);
	s->arrivals.times = NULL;
}

static void handle(struct sim *m, int timer)
{
	switch ((enum sim_timer)timer) {
	case AT_CPU:
		cpu_done(m);
		break;
	case AT_READER:
		reader_done(m);
		break;
	case AT_SOFTIRQ:
		softirq_timer(m);
		break;
	case AT_WAKE:
		reader_awake(m);
		break;
	case AT_ARRIVAL:
		nic_arrival(m);
		break;
	case AT_NIC:
		nic_timer(m);
		break;
	case AT_CAP:
		nic_cap(m);
		break;
	case AT_BLOCK:
		capture_block_timer(m);
		break;
	case AT_SLICE:
		cpu_slice(m);
		break;
	case TIMERS:
		break;
	}
}

/*
 * No arrival and no packet is left; or only packets that will never be announced, which interrupts by count alone
 * can leave, while at most the timer of an empty block still runs.
 */
static bool is_over(const struct sim *m)
{
	if (m->at[AT_ARRIVAL] != NEVER || m->stored.n || m->reader_busy)
		return false;
	for (int i = 0; i < TIMERS && m->in_ring + m->backlog.n; i++)
		if (i != AT_BLOCK && m->at[i] != NEVER)
			return false;
	return true;
}

/* Runs until this many packets were offered, or until nothing more can happen to a packet. */
static void run_until(struct sim *m, uint64_t offered)
{
	while (m->offered < offered && !m->failed) {
		int64_t *at = m->at, first = at[0];
		int timer = 0;

		for (int i = 1; i < TIMERS; i++) {
			if (at[i] < first) {
				first = at[i];
				timer = i;
			}
		}
		if (first == NEVER)
			return;
		m->now = first;
		m->events++;
		handle(m, timer);
		if (m->changed)
			cpu_schedule(m);
		if (is_over(m))
			return;
	}
}

static void snapshot(struct sim *m, double *counts)
{
	ring_account(m);
	stored_account(m);
	cpu_account(m);
	m->c[N_TIME] = (double)m->now;
	memcpy(counts, m->c, sizeof(m->c));
}

static int64_t ps_of(double seconds)
{
	return seconds < TIME_MAX / PS ? (int64_t)llround(seconds * PS) : NEVER;
}

static int sim_init(struct sim *m, const struct sim_spec *s, uint64_t seed, struct err *e)
{
	int ret;

	memset(m, 0, sizeof(*m));
	m->s = s;
	for (int i = 0; i < TIMERS; i++)
		m->at[i] = NEVER;
	m->running = LEVEL_IDLE;
	m->first_drop = -1;
	m->turn = LEVEL_SOFT;
	m->fair = s->reader.fair;
	m->end = s->packets;
	m->slice = ps_of(s->reader.slice);
	m->timeout = ps_of(s->capture.timeout);
	m->coalesce_time = ps_of(s->interrupt.time);
	m->coalesce_cap = ps_of(s->interrupt.cap);
	m->budget_time = ps_of(s->softirq.budget_time);
	draw_init(&m->isr, &s->interrupt.cost, seed, STREAM_ISR);
	draw_init(&m->raise, &s->interrupt.raise, seed, STREAM_RAISE);
	draw_init(&m->service, &s->softirq.service, seed, STREAM_SERVICE);
	draw_init(&m->poll, &s->softirq.poll, seed, STREAM_POLL);
	draw_init(&m->pause, &s->softirq.pause, seed, STREAM_PAUSE);
	draw_init(&m->switching, &s->softirq.switching, seed, STREAM_SWITCHING);
	draw_init(&m->read, &s->reader.service, seed, STREAM_READ);
	draw_init(&m->wake, &s->reader.wake, seed, STREAM_WAKE);
	random_init(&m->queue_of, seed, STREAM_QUEUES);
	if (s->interrupt.mode == SIM_POLL) {
		m->soft = SOFT_SWITCHING;
		m->at[AT_SOFTIRQ] = 0;
	}
	m->block_sizes = calloc(s->capture.blocks + 1, sizeof(*m->block_sizes));
	if (!m->block_sizes)
		return err_set(e, -ENOMEM, "out of memory");
	capture_init(m);
	ret = arrivals_init(&m->arrivals, &s->arrivals, seed, e);
	m->at[AT_ARRIVAL] = ret ? NEVER : arrivals_next(&m->arrivals, &m->batch_size);
	return ret;
}

static void sim_free(struct sim *m)
{
	for (int i = 0; i < SIM_QUEUES_MAX; i++)
		free(m->ring[i].items);
	free(m->backlog.items);
	free(m->stored.items);
	free(m->block_sizes);
}

static int simulate(struct sim *m, struct sim_result *r, struct err *e)
{
	uint32_t n = m->s->burst ? 1 : m->s->batches;
	uint64_t warmup = m->s->burst ? 0 : m->s->warmup;
	double(*at)[SIM_COUNTS] = calloc(n + 1, sizeof(*at));

	if (!at)
		return err_set(e, -ENOMEM, "out of memory");
	run_until(m, warmup);
	snapshot(m, at[0]);
	for (uint32_t i = 1; i <= n; i++) {
		run_until(m, m->s->burst ? UINT64_MAX : warmup + m->s->packets * i / n);
		snapshot(m, at[i]);
	}
	stats_find(m, at, n, r);
	free(at);
	if (m->failed == -ENOSPC)
		return err_set(e, -ENOSPC, "a queue without a limit holds %u packets and grows: no steady state",
			       QUEUE_MAX);
	return m->failed ? err_set(e, m->failed, "out of memory") : 0;
}

static int parts_check(const struct sim_spec *s, struct err *e)
{
	bool napi = s->interrupt.mode == SIM_NAPI;

	if (s->interrupt.coalesce != COALESCE_NONE && !napi)
		return err_set(e, -EINVAL, "interrupt.coalesce needs interrupt.mode napi");
	if ((s->interrupt.coalesce == COALESCE_COUNT || s->interrupt.coalesce == COALESCE_FIRST) &&
	    !s->interrupt.frames)
		return err_set(e, -EINVAL, "interrupt.frames must be 1 or more for this coalescing");
	if (s->interrupt.mode == SIM_POLL && check_positive("softirq.switching", law_mean(&s->softirq.switching), e))
		return -EINVAL;
	if (s->softirq.queues < 1 || s->softirq.queues > SIM_QUEUES_MAX ||
	    (s->softirq.queues > 1 && s->interrupt.mode != SIM_POLL))
		return err_set(e, -EINVAL, "softirq.queues must be 1, or up to %d with interrupt.mode poll",
			       SIM_QUEUES_MAX);
	if (s->capture.kind == CAPTURE_BLOCKS && (!s->capture.blocks || !s->capture.frames))
		return err_set(e, -EINVAL, "capture.blocks and capture.frames must be 1 or more");
	if (s->capture.kind == CAPTURE_BLOCKS && check_positive("capture.timeout", s->capture.timeout, e))
		return -EINVAL;
	if (s->reader.same_core && s->capture.kind == CAPTURE_NONE)
		return err_set(e, -EINVAL, "reader.core needs a capture");
	return check_positive("reader.slice", s->reader.slice, e);
}

/* As good as always more than the law's draws after the last arrival, of so many packets; s. */
static double law_most(const struct law *law, double packets)
{
	double longest = 0;

	for (size_t i = 0; i < law->n; i++)
		longest = fmax(longest, law->mean[i]);
	return longest * (1 + law->scv) * (2 * packets + 100);
}

/* The clock counts 63 bits of ps: arrivals and all that they cost must fit. */
static int times_check(const struct sim_spec *s, double packets, double rate, struct err *e)
{
	double behind = s->burst ? packets : 0; /* without a burst the run ends with the arrivals */
	const struct {
		const char *name;
		double most;
	} times[] = {
		{ "interrupt.cost", law_most(&s->interrupt.cost, behind) },
		{ "interrupt.raise", law_most(&s->interrupt.raise, behind) },
		{ "softirq.service", law_most(&s->softirq.service, behind) },
		{ "softirq.poll", law_most(&s->softirq.poll, behind) },
		{ "softirq.pause", law_most(&s->softirq.pause, behind) },
		{ "softirq.switching", law_most(&s->softirq.switching, behind) },
		{ "reader.service", law_most(&s->reader.service, behind) },
		{ "reader.wake", law_most(&s->reader.wake, behind) },
		{ "interrupt.time", s->interrupt.time },
		{ "capture.timeout", s->capture.timeout },
		{ "reader.slice", s->reader.slice },
	};
	double sum = s->arrivals.law == ARRIVE_TRACE ? 0 : packets / rate;
	size_t i, longest = 0;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		sum += times[i].most;
		longest = times[i].most > times[longest].most ? i : longest;
	}
	if (sum * PS < TIME_MAX)
		return 0;
	return err_set(e, -EINVAL, "%s: with %g packets it takes more time than fits (%g s)", times[longest].name,
		       packets, TIME_MAX / PS);
}

static int spec_check(const struct sim_spec *s, struct err *e)
{
	double rate = arrivals_rate(&s->arrivals), packets = (double)(s->packets + s->warmup);
	struct arrivals arrivals;

	if (arrivals_init(&arrivals, &s->arrivals, 0, e))
		return -EINVAL;
	if (s->packets < 1)
		return err_set(e, -EINVAL, "packets must be 1 or more");
	if (s->ring.refill < 1 || (s->ring.slots && s->ring.refill > s->ring.slots))
		return err_set(e, -EINVAL, "ring.refill must be 1 or more, and at most ring.slots, not %u",
			       s->ring.refill);
	if (!s->burst && (s->batches < 1 || s->batches > SIM_BATCHES_MAX || s->batches > s->packets))
		return err_set(e, -EINVAL, "batches must be from 1 to %d, and at most packets", SIM_BATCHES_MAX);
	if (!(packets / rate * PS < TIME_MAX) && s->arrivals.law != ARRIVE_TRACE)
		return err_set(e, -EINVAL, "packets: %g of them at %g a second take more time than fits (%g s)",
			       packets, rate, TIME_MAX / PS);
	if (s->arrivals.law == ARRIVE_TRACE && packets > (double)s->arrivals.n_times && !s->burst)
		return err_set(e, -EINVAL, "packets and warmup must be at most the %zu of the trace",
			       s->arrivals.n_times);
	if (times_check(s, packets, rate, e))
		return -EINVAL;
	return parts_check(s, e);
}

int sim_run(const struct sim_spec *s, uint64_t seed, struct sim_result *r, struct err *e)
{
	struct sim *m;
	int ret = spec_check(s, e);

	if (ret)
		return ret;
	m = malloc(sizeof(*m));
	if (!m)
		return err_set(e, -ENOMEM, "out of memory");
	ret = sim_init(m, s, seed, e);
	if (!ret)
		ret = simulate(m, r, e);
	sim_free(m);
	free(m);
	return ret;
}
