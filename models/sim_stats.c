// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "models/interval.h"
#include "models/sim_state.h"

#define CONFIDENCE 0.99

static const struct {
	const char *name;
	enum sim_count over, under;
	double unit;
} ratios[SIM_METRICS] = {
	[SIM_LOSS] = { "loss", N_DROPS, N_ENDED, 1 },
	[SIM_X] = { "X", N_DELIVERED, N_TIME, PS },
	[SIM_L] = { "L", N_RING_AREA, N_TIME, 1 },
	[SIM_W] = { "W", N_STAY, N_SERVED, 1 / PS },
	[SIM_WQ] = { "Wq", N_WAIT, N_STARTED, 1 / PS },
	[SIM_P0] = { "p0", N_EMPTY_TIME, N_TIME, 1 },
	[SIM_FULL] = { "full", N_FULL_TIME, N_TIME, 1 },
	[SIM_F] = { "f", N_INTERRUPTS, N_TIME, PS },
	[SIM_PACKETS] = { "packets_per_interrupt", N_SERVED, N_INTERRUPTS, 1 },
	[SIM_DELAY] = { "interrupt_delay", N_ASSERT_WAIT, N_ASSERTED, 1 / PS },
	[SIM_LOSS_RING] = { "loss_ring", N_RING_DROPS, N_ENDED, 1 },
	[SIM_LOSS_BACKLOG] = { "loss_backlog", N_BACKLOG_DROPS, N_ENDED, 1 },
	[SIM_LOSS_CAPTURE] = { "loss_capture", N_CAPTURE_DROPS, N_ENDED, 1 },
	[SIM_HARD] = { "cpu_hard", N_HARD_TIME, N_TIME, 1 },
	[SIM_SOFT] = { "cpu_soft", N_SOFT_TIME, N_TIME, 1 },
	[SIM_USER] = { "cpu_reader", N_USER_TIME, N_TIME, 1 },
	[SIM_POLLS] = { "polls", N_POLLS, N_TIME, PS },
	[SIM_SQUEEZED] = { "squeezed", N_SQUEEZED, N_TIME, PS },
	[SIM_WAKEUPS] = { "wakeups", N_WAKEUPS, N_TIME, PS },
	[SIM_CAPTURE_L] = { "capture_L", N_CAPTURE_AREA, N_TIME, 1 },
	[SIM_CAPTURE_WQ] = { "capture_Wq", N_READ_WAIT, N_READ, 1 / PS },
	[SIM_BLOCK_DELAY] = { "block_delay", N_BLOCK_WAIT, N_BLOCKED, 1 / PS },
	[SIM_TOTAL] = { "delay", N_TOTAL_STAY, N_DELIVERED, 1 / PS },
};

/*
 * Ratio estimator: all of the one over all of the other; the spread is that of over - ratio x under, batch by batch,
 * which has no bias from batches that hold little.
 */
static struct sim_metric ratio_find(enum sim_metric_id id, const double (*at)[SIM_COUNTS], uint32_t n)
{
	enum sim_count over = ratios[id].over, under = ratios[id].under;
	double all = at[n][under] - at[0][under], mean = (at[n][over] - at[0][over]) / all, squares = 0, half;

	if (!(all > 0))
		return (struct sim_metric) { ratios[id].name, NAN, NAN };
	for (uint32_t i = 0; i < n; i++) {
		double off = at[i + 1][over] - at[i][over] - mean * (at[i + 1][under] - at[i][under]);

		squares += off * off;
	}
	half = n < 2 ? NAN : student_quantile((1 + CONFIDENCE) / 2, n - 1) * sqrt(squares / (n - 1) / n) * n / all;
	return (struct sim_metric) { ratios[id].name, mean * ratios[id].unit, half * ratios[id].unit };
}

/* Upper edge of a log-linear bucket, ps. */
static double bucket_edge(uint32_t bucket)
{
	uint32_t octave = bucket / 8;

	return bucket < 8 ? bucket : ldexp(8 + bucket % 8 + 1, (int)octave - 3);
}

static void quantiles_find(const struct sim *m, struct sim_result *r)
{
	static const double q[4] = { 0.5, 0.9, 0.99, 0.999 };
	double all = 0, seen = 0;
	uint32_t bucket = 0;

	for (uint32_t i = 0; i < SIM_BUCKETS; i++)
		all += (double)m->buckets[i];
	for (int i = 0; i < 4; i++) {
		while (bucket < SIM_BUCKETS && seen < q[i] * all)
			seen += (double)m->buckets[bucket++];
		r->delay[i] = all > 0 ? fmin(bucket_edge(bucket - 1), (double)m->longest) / PS : NAN;
	}
	r->delay[4] = all > 0 ? (double)m->longest / PS : NAN;
}

void stats_find(const struct sim *m, const double (*snapshots)[SIM_COUNTS], uint32_t batches, struct sim_result *r)
{
	for (int i = 0; i < SIM_COUNTS; i++)
		r->counts[i] = snapshots[batches][i] - snapshots[0][i];
	for (int i = 0; i < SIM_METRICS; i++)
		r->metric[i] = ratio_find((enum sim_metric_id)i, snapshots, batches);
	quantiles_find(m, r);
	for (int i = 0; i < DROP_PLACES; i++)
		r->drops[i] = 0;
	r->drops[DROP_NIC_NO_DESCRIPTOR] = (uint64_t)m->c[N_RING_DROPS];
	r->drops[DROP_SOFTNET] = (uint64_t)m->c[N_BACKLOG_DROPS];
	r->drops[DROP_CAPTURE] = (uint64_t)m->c[N_CAPTURE_DROPS];
	r->offered = m->offered;
	r->delivered = (uint64_t)m->c[N_DELIVERED];
	r->in_system = m->in_ring + m->backlog.n + m->stored.n + m->reader_busy;
	r->first_drop = m->first_drop;
	r->events = m->events;
}
