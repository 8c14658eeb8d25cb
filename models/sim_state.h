/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the simulator. The parts and who calls whom:
 *   sim.c        the loop: next timer, its handler, batches
 *   sim_nic.c    arrivals, the ring, coalescing
 *   sim_cpu.c    the CPU's levels (interrupt before softirq before reader), interrupts, the softirq
 *   sim_reader.c the capture's ring or blocks, the reader
 *   sim_draw.c   random times; sim_fifo.c: queues
 *   sim_stats.c  counts -> means and intervals
 */
#ifndef RXLAB_SIM_STATE_H
#define RXLAB_SIM_STATE_H

#include <stddef.h>

#include "models/sim.h"

#define PS 1e12
#define NEVER INT64_MAX
#define QUEUE_MAX (1u << 22) /* packets in a queue without a limit: more means that it grows without end */

/* Timers in the order in which they go when their times are equal: completions before arrivals, those before limits. */
enum sim_timer {
	AT_CPU, /* the work that has the CPU ends */
	AT_READER, /* the reader's, on its own CPU */
	AT_SOFTIRQ, /* raise, pause or switch of queues */
	AT_WAKE,
	AT_ARRIVAL,
	AT_NIC, /* coalescing */
	AT_CAP, /* its absolute limit */
	AT_BLOCK, /* retirement of the open block */
	AT_SLICE,
	TIMERS
};

enum level { LEVEL_HARD, LEVEL_SOFT, LEVEL_USER, LEVELS, LEVEL_IDLE = LEVELS };

enum softirq { SOFT_IDLE, SOFT_ASKED, SOFT_RAISED, SOFT_POLL, SOFT_PACKET, SOFT_PAUSED, SOFT_SWITCHING };

struct item {
	int64_t arrived, stored;
};

struct fifo {
	struct item *items;
	uint32_t size; /* a power of 2 */
	uint32_t head, n;
};

/* A law in ps, with its own stream. */
struct draw {
	enum law_kind kind;
	size_t n;
	int64_t constant;
	double mean[LAW_PARTS], below[LAW_PARTS]; /* below: shares summed */
	double shape;
	struct random random;
};

struct sim {
	const struct sim_spec *s;
	int64_t now;
	int64_t at[TIMERS];
	double c[SIM_COUNTS];
	uint64_t events;
	int failed; /* -errno */

	struct arrivals arrivals;
	uint32_t batch_size; /* of the next arrival */
	struct random queue_of;
	struct fifo ring[SIM_QUEUES_MAX], backlog;
	uint32_t in_ring, owed; /* owed: descriptors that wait for their group */
	int64_t ring_since;
	uint64_t offered, end; /* end: of a burst, packets */
	int64_t first_drop;

	uint32_t waiting; /* packets that no interrupt has announced yet */
	int64_t waiting_since, waiting_offsets; /* offsets: sum of arrivals behind the first */
	int64_t gap_end;
	bool masked, latched;
	uint32_t hard_waiting;
	struct draw isr, raise, service, poll, pause, switching;

	uint8_t busy; /* bits of the levels that have work */
	enum level running;
	int64_t left[LEVELS], cpu_since;
	bool changed; /* the owner of the CPU must be determined again */
	bool fair; /* softirq and reader take turns */
	enum level turn;
	int64_t had[LEVELS]; /* CPU time, as fairness has it */

	enum softirq soft;
	uint32_t queue, took, gate; /* SIM_POLL: the queue being visited */
	uint32_t round, restarts;
	int64_t round_start, budget_time;

	struct fifo stored;
	uint32_t ready; /* stored packets that the reader may take */
	int64_t stored_since;
	struct item reading;
	bool reader_busy, asleep, waking;
	struct draw read, wake;
	uint32_t *block_sizes, block_n, closed, free_blocks, block_first, block_left; /* closed: not yet released */
	bool block_open;
	int64_t block_opened, block_offsets;
	int64_t slice, timeout, coalesce_time, coalesce_cap;

	uint64_t buckets[SIM_BUCKETS];
	int64_t longest;
};

int64_t draw_time_slow(struct draw *d);
static inline int64_t draw_time(struct draw *d)
{
	if (d->kind == LAW_CONSTANT && d->n == 1)
		return d->constant;
	if (d->kind == LAW_EXPONENTIAL && d->n == 1)
		return (int64_t)(d->mean[0] * random_exponential(&d->random) + 0.5);
	return draw_time_slow(d);
}
void draw_init(struct draw *d, const struct law *law, uint64_t seed, uint64_t stream);

bool fifo_grow(struct sim *m, struct fifo *f);
static inline void fifo_push(struct sim *m, struct fifo *f, struct item item)
{
	if (f->n == f->size && !fifo_grow(m, f))
		return;
	f->items[(f->head + f->n++) & (f->size - 1)] = item;
}

static inline struct item fifo_pop(struct fifo *f)
{
	struct item item = f->items[f->head];

	f->head = (f->head + 1) & (f->size - 1);
	f->n--;
	return item;
}

/* Before the number in ring or backlog changes. */
static inline void ring_account(struct sim *m)
{
	double dt = (double)(m->now - m->ring_since);
	uint32_t n = m->in_ring + m->backlog.n;

	m->c[N_RING_AREA] += n * dt;
	if (n == 0)
		m->c[N_EMPTY_TIME] += dt;
	if (m->s->ring.slots && m->in_ring + m->owed >= m->s->ring.slots)
		m->c[N_FULL_TIME] += dt;
	m->ring_since = m->now;
}

/* Before the number stored changes, or the reader's state. */
static inline void stored_account(struct sim *m)
{
	double dt = (double)(m->now - m->stored_since);

	m->c[N_CAPTURE_AREA] += (m->stored.n + m->reader_busy) * dt;
	if (m->reader_busy && !m->s->reader.same_core)
		m->c[N_USER_TIME] += dt;
	m->stored_since = m->now;
}

static inline void drop(struct sim *m, enum sim_count where, int64_t index)
{
	m->c[where]++;
	m->c[N_DROPS]++;
	m->c[N_ENDED]++;
	if (m->first_drop < 0)
		m->first_drop = index;
}

/* After a sleep a level may claim at most one slice. */
static inline void fairness_join(struct sim *m, enum level level)
{
	int64_t least = m->had[level == LEVEL_SOFT ? LEVEL_USER : LEVEL_SOFT] - m->slice;

	if (m->had[level] < least)
		m->had[level] = least;
}

static inline void work_begin(struct sim *m, enum level level, int64_t work)
{
	m->left[level] = work;
	if (level != LEVEL_HARD && m->fair)
		fairness_join(m, level);
	m->busy |= (uint8_t)(1 << level);
	m->changed = true;
}

/* sim_nic.c */
void nic_arrival(struct sim *m);
void nic_timer(struct sim *m);
void nic_cap(struct sim *m);
/* sim_cpu.c */
void cpu_account(struct sim *m);
void cpu_schedule(struct sim *m);
void cpu_done(struct sim *m);
void cpu_slice(struct sim *m);
void softirq_timer(struct sim *m);
void softirq_wanted(struct sim *m); /* a packet is there, and nothing hides it from the softirq */
void interrupt_begin(struct sim *m);
/* sim_reader.c */
void capture_init(struct sim *m);
void capture_store(struct sim *m, int64_t arrived);
void capture_block_timer(struct sim *m);
void reader_done(struct sim *m);
void reader_awake(struct sim *m);
void delivered(struct sim *m, int64_t arrived);
/* sim_stats.c; snapshots: the counts at the start and behind each batch. */
void stats_find(const struct sim *m, const double (*snapshots)[SIM_COUNTS], uint32_t batches, struct sim_result *r);

#endif
