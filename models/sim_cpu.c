// SPDX-License-Identifier: GPL-2.0-or-later
#include "models/sim_state.h"

/*
 * The CPU: whoever of the highest level has work gets it; who is pre-empted keeps what is left of its work. `left` of
 * the level that runs is as of cpu_since.
 */
void cpu_account(struct sim *m)
{
	int64_t d = m->now - m->cpu_since;

	if (m->running != LEVEL_IDLE) {
		m->c[N_HARD_TIME + m->running] += (double)d;
		m->left[m->running] -= d;
		m->had[m->running] += d;
	}
	m->cpu_since = m->now;
}

/*
 * Softirq and reader both want the CPU: who has it keeps it until it has had a slice more than the other. The timer
 * says when that will be.
 */
static enum level fair_level(struct sim *m)
{
	enum level other = m->turn == LEVEL_SOFT ? LEVEL_USER : LEVEL_SOFT;

	if (m->had[m->turn] >= m->had[other] + m->slice) {
		other = m->turn;
		m->turn = other == LEVEL_SOFT ? LEVEL_USER : LEVEL_SOFT;
	}
	m->at[AT_SLICE] = m->now + m->had[other] + m->slice - m->had[m->turn];
	return m->turn;
}

static enum level next_level(struct sim *m)
{
	m->at[AT_SLICE] = NEVER;
	if (m->fair && m->busy == (1 << LEVEL_SOFT | 1 << LEVEL_USER))
		return fair_level(m);
	return m->busy ? (enum level)__builtin_ctz(m->busy) : LEVEL_IDLE;
}

void cpu_schedule(struct sim *m)
{
	cpu_account(m);
	m->running = next_level(m);
	m->at[AT_CPU] = m->running == LEVEL_IDLE ? NEVER : m->now + m->left[m->running];
	m->changed = false;
}

void cpu_slice(struct sim *m)
{
	m->at[AT_SLICE] = NEVER;
	m->changed = true;
}

/* An interrupt is asserted. */
void interrupt_begin(struct sim *m)
{
	m->c[N_INTERRUPTS]++;
	if (m->s->interrupt.mode == SIM_NAPI && !m->masked) {
		m->masked = true;
		m->soft = SOFT_ASKED;
	}
	if (m->busy & 1 << LEVEL_HARD)
		m->hard_waiting++;
	else
		work_begin(m, LEVEL_HARD, draw_time(&m->isr));
}

static void packet_begin(struct sim *m, const struct fifo *from)
{
	m->c[N_STARTED]++;
	m->c[N_WAIT] += (double)(m->now - from->items[from->head].arrived);
	m->soft = SOFT_PACKET;
	work_begin(m, LEVEL_SOFT, draw_time(&m->service));
}

void softirq_wanted(struct sim *m)
{
	if (m->soft == SOFT_IDLE)
		packet_begin(m, &m->ring[0]);
}

static void isr_moved_packet(struct sim *m)
{
	struct item item;

	ring_account(m);
	item = fifo_pop(&m->ring[0]);
	m->in_ring--;
	if (m->s->softirq.backlog && m->backlog.n >= m->s->softirq.backlog)
		drop(m, N_BACKLOG_DROPS, (int64_t)m->offered - 1);
	else
		fifo_push(m, &m->backlog, item);
	if (m->soft == SOFT_IDLE && m->backlog.n)
		packet_begin(m, &m->backlog);
	if (m->in_ring)
		interrupt_begin(m);
}

static void isr_done(struct sim *m)
{
	if (m->s->interrupt.mode == SIM_EACH) {
		isr_moved_packet(m);
	} else if (m->latched) {
		m->latched = false;
		interrupt_begin(m);
	} else if (m->hard_waiting) {
		m->hard_waiting--;
		work_begin(m, LEVEL_HARD, draw_time(&m->isr));
	}
	if (m->soft == SOFT_ASKED) {
		m->soft = SOFT_RAISED;
		m->at[AT_SOFTIRQ] = m->now + draw_time(&m->raise);
	}
}

static bool round_over(const struct sim *m)
{
	return (m->s->softirq.budget && m->round >= m->s->softirq.budget) ||
	       (m->budget_time && m->now - m->round_start >= m->budget_time);
}

static void softirq_next(struct sim *m);

static void poll_begin(struct sim *m)
{
	int64_t cost = draw_time(&m->poll);

	m->took = 0;
	m->c[N_POLLS]++;
	m->soft = SOFT_POLL;
	if (cost)
		work_begin(m, LEVEL_SOFT, cost);
	else
		softirq_next(m);
}

static void round_begin(struct sim *m)
{
	m->round = 0;
	m->round_start = m->now;
	poll_begin(m);
}

/* The budget ended the round; after `restarts` of these in a row the softirq takes turns with the reader. */
static void squeeze(struct sim *m)
{
	m->c[N_SQUEEZED]++;
	if (m->s->reader.restarts && ++m->restarts >= m->s->reader.restarts)
		m->fair = true;
	m->soft = SOFT_PAUSED;
	m->at[AT_SOFTIRQ] = m->now + draw_time(&m->pause);
}

static void napi_complete(struct sim *m)
{
	m->soft = SOFT_IDLE;
	m->masked = false;
	m->restarts = 0;
	m->fair = m->s->reader.fair;
}

static void napi_next(struct sim *m)
{
	uint32_t weight = m->s->softirq.weight;
	bool full = weight && m->took >= weight;

	if (full && round_over(m))
		squeeze(m);
	else if (full)
		poll_begin(m);
	else if (!m->in_ring)
		napi_complete(m);
	else if (!weight && round_over(m))
		squeeze(m);
	else
		packet_begin(m, &m->ring[0]);
}

static void visit_begin(struct sim *m)
{
	m->gate = UINT32_MAX;
	if (m->s->softirq.visit == VISIT_GATED)
		m->gate = m->ring[m->queue].n;
	else if (m->s->softirq.visit == VISIT_LIMITED)
		m->gate = 1;
	poll_begin(m);
}

static void visit_next(struct sim *m)
{
	if (m->ring[m->queue].n && m->took < m->gate) {
		packet_begin(m, &m->ring[m->queue]);
		return;
	}
	m->queue = m->queue + 1 < m->s->softirq.queues ? m->queue + 1 : 0;
	m->soft = SOFT_SWITCHING;
	m->at[AT_SOFTIRQ] = m->now + draw_time(&m->switching);
}

static void softirq_next(struct sim *m)
{
	const struct fifo *from = m->s->interrupt.mode == SIM_EACH ? &m->backlog : &m->ring[0];

	if (m->s->interrupt.mode == SIM_NAPI)
		napi_next(m);
	else if (m->s->interrupt.mode == SIM_POLL)
		visit_next(m);
	else if (from->n)
		packet_begin(m, from);
	else
		m->soft = SOFT_IDLE;
}

void softirq_timer(struct sim *m)
{
	m->at[AT_SOFTIRQ] = NEVER;
	if (m->soft == SOFT_SWITCHING)
		visit_begin(m);
	else
		round_begin(m);
}

static void packet_done(struct sim *m)
{
	int64_t arrived;

	ring_account(m);
	if (m->s->interrupt.mode == SIM_EACH) {
		arrived = fifo_pop(&m->backlog).arrived;
	} else {
		arrived = fifo_pop(&m->ring[m->queue]).arrived;
		m->in_ring--;
		if (++m->owed >= m->s->ring.refill)
			m->owed = 0;
	}
	m->took++;
	m->round++;
	m->c[N_SERVED]++;
	m->c[N_STAY] += (double)(m->now - arrived);
	if (m->s->capture.kind == CAPTURE_NONE)
		delivered(m, arrived);
	else
		capture_store(m, arrived);
}

void cpu_done(struct sim *m)
{
	enum level level = m->running;

	cpu_account(m);
	m->running = LEVEL_IDLE;
	m->busy &= (uint8_t) ~(1 << level);
	m->changed = true;
	if (level == LEVEL_HARD) {
		isr_done(m);
	} else if (level == LEVEL_USER) {
		reader_done(m);
	} else {
		if (m->soft == SOFT_PACKET)
			packet_done(m);
		softirq_next(m);
	}
}
