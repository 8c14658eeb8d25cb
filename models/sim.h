/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Discrete-event simulation of the receive path: arrivals -> ring of the NIC -> interrupt -> softirq -> capture ->
 * reader.
 *
 * Every analytic model is a setting of its switches (models/README.md has the table). Time is whole picoseconds; a
 * completion at time t comes before an arrival at time t. Random numbers by counter, one stream for each use, so a seed
 * gives one run, and variants share their arrivals.
 *
 * Means come from batches of equal numbers of packets behind a warm-up; the interval is Student's over the batches, so
 * it is right only where batches are long against the queue's memory.
 */
#ifndef RXLAB_SIM_H
#define RXLAB_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "generators/arrivals.h"
#include "harness/record/outcome.h"
#include "models/law.h"

#define SIM_QUEUES_MAX 64
#define SIM_BATCHES_MAX 1024

enum sim_interrupt {
	SIM_NONE, /* the softirq sees each packet at once */
	SIM_EACH, /* one interrupt a packet, which moves it from ring to backlog */
	SIM_MERGED, /* an interrupt takes along what comes while it runs */
	SIM_LATCHED, /* and one more is latched meanwhile */
	SIM_NAPI, /* off from an interrupt until a poll finds nothing more */
	SIM_POLL, /* no interrupts: the queues are visited in turn */
};

enum sim_coalesce {
	COALESCE_NONE,
	COALESCE_COUNT,
	COALESCE_GAP,
	COALESCE_TIMER,
	COALESCE_FIRST,
	COALESCE_RESTART,
	COALESCE_REFIRE,
};

enum sim_visit { VISIT_EXHAUSTIVE, VISIT_GATED, VISIT_LIMITED };
enum sim_capture { CAPTURE_NONE, CAPTURE_RING, CAPTURE_BLOCKS };

/* Times in s. A ring, backlog, capture.slots, weight or budget of 0 is no limit. */
struct sim_spec {
	uint64_t packets, warmup; /* offered in the batches; before them */
	uint32_t batches;
	bool burst; /* nothing comes behind the last packet, and the run ends when all are out */

	struct arrivals_spec arrivals;
	char trace[256];

	struct {
		uint32_t slots; /* packets in ring and service */
		uint32_t refill; /* descriptors return in groups of so many */
		bool whole; /* a batch that does not fit is dropped whole */
	} ring;

	struct {
		enum sim_interrupt mode;
		enum sim_coalesce coalesce;
		struct law cost; /* CPU of one */
		struct law raise; /* delay from its end to the softirq, no CPU */
		double time, cap;
		uint32_t frames;
	} interrupt;

	struct {
		struct law service; /* of a packet */
		struct law poll; /* of a poll, beside its packets */
		uint32_t backlog; /* SIM_EACH: packets behind their interrupt, the one in service counted */
		uint32_t weight; /* packets a poll */
		uint32_t budget; /* packets a round; looked at behind each poll, or each packet without a weight */
		double budget_time;
		struct law pause; /* behind a round that the budget ended */
		uint32_t queues; /* SIM_POLL */
		enum sim_visit visit;
		struct law switching; /* from one queue to the next */
	} softirq;

	struct {
		enum sim_capture kind;
		uint32_t slots; /* the one being read counted */
		bool overwrite; /* a full ring loses its oldest waiting packet */
		uint32_t blocks, frames; /* blocks; packets a block */
		double timeout;
	} capture;

	struct {
		struct law service;
		bool sleeps; /* when it finds nothing */
		struct law wake; /* delay of its waking up */
		bool same_core; /* as interrupts and softirq */
		bool fair; /* slices in turn with the softirq, else behind it */
		double slice;
		uint32_t
			restarts; /* rounds that the budget ended in a row, before the softirq becomes fair; 0: never */
	} reader;
};

/* What is counted; times in ps. */
enum sim_count {
	N_TIME,
	N_OFFERED,
	N_ENDED, /* dropped or delivered: what shares are of, so that none exceeds 1 in a short run */
	N_DROPS, /* all of the next three */
	N_RING_DROPS,
	N_BACKLOG_DROPS,
	N_CAPTURE_DROPS,
	N_DELIVERED,
	N_SERVED, /* by the softirq */
	N_STARTED,
	N_INTERRUPTS,
	N_POLLS,
	N_SQUEEZED,
	N_WAKEUPS,
	N_BLOCKS,
	N_HARD_TIME,
	N_SOFT_TIME,
	N_USER_TIME,
	N_EMPTY_TIME, /* nothing in the ring */
	N_FULL_TIME, /* ring full */
	N_RING_AREA, /* packets x time in ring, service counted; with the backlog of SIM_EACH */
	N_CAPTURE_AREA,
	N_WAIT, /* sums over packets: arrival to softirq's start */
	N_STAY, /* arrival to softirq's end */
	N_ASSERTED, /* packets that waited for an interrupt, and their wait */
	N_ASSERT_WAIT,
	N_READ, /* packets that the reader started */
	N_READ_WAIT, /* stored to reader's start */
	N_BLOCKED, /* packets of closed blocks, and their wait for the end of the block */
	N_BLOCK_WAIT,
	N_TOTAL_STAY, /* arrival to delivered */
	SIM_COUNTS
};

/* A ratio of two counts, with its interval over the batches. */
struct sim_metric {
	const char *name;
	double mean, half; /* half: of the 99 % interval; NAN without batches */
};

enum sim_metric_id {
	SIM_LOSS,
	SIM_X,
	SIM_L,
	SIM_W,
	SIM_WQ,
	SIM_P0,
	SIM_FULL,
	SIM_F,
	SIM_PACKETS,
	SIM_DELAY,
	SIM_LOSS_RING,
	SIM_LOSS_BACKLOG,
	SIM_LOSS_CAPTURE,
	SIM_HARD,
	SIM_SOFT,
	SIM_USER,
	SIM_POLLS,
	SIM_SQUEEZED,
	SIM_WAKEUPS,
	SIM_CAPTURE_L,
	SIM_CAPTURE_WQ,
	SIM_BLOCK_DELAY,
	SIM_TOTAL,
	SIM_METRICS
};

#define SIM_BUCKETS (64 * 8)

struct sim_result {
	double counts[SIM_COUNTS]; /* over the batches; of a burst, over all */
	struct sim_metric metric[SIM_METRICS]; /* mean is NAN where nothing was counted */
	uint64_t drops[DROP_PLACES]; /* from the very start, as all below */
	uint64_t offered, delivered, in_system; /* offered = delivered + drops + in_system */
	int64_t first_drop; /* index of the packet, from 0; -1 = none */
	uint64_t events;
	double delay[5]; /* s: p50, p90, p99, p99.9, max of arrival to delivered; NAN = none */
};

void sim_spec_init(struct sim_spec *s);
/* FILE:LINE: in messages. */
int sim_spec_load(const char *path, struct sim_spec *s, struct err *e);
void sim_spec_free(struct sim_spec *s);
/* -EINVAL names the parameter; -ENOSPC: a queue without a limit grows without end. */
int sim_run(const struct sim_spec *s, uint64_t seed, struct sim_result *r, struct err *e);

#endif
