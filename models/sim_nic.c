// SPDX-License-Identifier: GPL-2.0-or-later
#include "models/sim_state.h"

static void interrupt_fire(struct sim *m)
{
	m->c[N_ASSERTED] += m->waiting;
	m->c[N_ASSERT_WAIT] += m->waiting * (double)(m->now - m->waiting_since) - (double)m->waiting_offsets;
	m->waiting = 0;
	m->waiting_offsets = 0;
	if (m->s->interrupt.coalesce == COALESCE_GAP)
		m->gap_end = m->now + m->coalesce_time;
	if (m->s->interrupt.coalesce != COALESCE_REFIRE)
		m->at[AT_NIC] = m->at[AT_CAP] = NEVER;
	interrupt_begin(m);
}

/* A packet came while interrupts are on. */
static void cause(struct sim *m)
{
	if (m->waiting++ == 0)
		m->waiting_since = m->now;
	m->waiting_offsets += m->now - m->waiting_since;
	switch (m->s->interrupt.coalesce) {
	case COALESCE_NONE:
		interrupt_fire(m);
		break;
	case COALESCE_FIRST:
	case COALESCE_COUNT:
		if (m->waiting >= m->s->interrupt.frames)
			interrupt_fire(m);
		else if (m->waiting == 1 && m->s->interrupt.coalesce == COALESCE_FIRST)
			m->at[AT_NIC] = m->now + m->coalesce_time;
		break;
	case COALESCE_TIMER:
		if (m->waiting == 1)
			m->at[AT_NIC] = m->now + m->coalesce_time;
		break;
	case COALESCE_RESTART:
		m->at[AT_NIC] = m->now + m->coalesce_time;
		if (m->waiting == 1 && m->coalesce_cap != NEVER)
			m->at[AT_CAP] = m->now + m->coalesce_cap;
		break;
	case COALESCE_GAP:
		if (m->now >= m->gap_end)
			interrupt_fire(m);
		else
			m->at[AT_NIC] = m->gap_end;
		break;
	case COALESCE_REFIRE:
		if (m->at[AT_NIC] == NEVER) {
			m->at[AT_NIC] = m->now + m->coalesce_time;
			interrupt_fire(m);
		}
		break;
	}
}

/* Only the refiring gap interrupts with nothing to tell, or while interrupts are off. */
void nic_timer(struct sim *m)
{
	m->at[AT_NIC] = NEVER;
	if (m->s->interrupt.coalesce == COALESCE_REFIRE || (m->waiting && !m->masked))
		interrupt_fire(m);
}

void nic_cap(struct sim *m)
{
	m->at[AT_CAP] = NEVER;
	interrupt_fire(m);
}

static void announce(struct sim *m)
{
	switch (m->s->interrupt.mode) {
	case SIM_NONE:
		softirq_wanted(m);
		break;
	case SIM_EACH:
		if (!(m->busy & 1 << LEVEL_HARD))
			interrupt_begin(m);
		break;
	case SIM_MERGED:
	case SIM_LATCHED:
		if (!(m->busy & 1 << LEVEL_HARD))
			interrupt_begin(m);
		else
			m->latched = m->s->interrupt.mode == SIM_LATCHED;
		softirq_wanted(m);
		break;
	case SIM_NAPI:
		if (!m->masked)
			cause(m);
		break;
	case SIM_POLL:
		break;
	}
}

static void packet_comes(struct sim *m, bool fits)
{
	uint32_t queues = m->s->softirq.queues, q = 0, slots = m->s->ring.slots;

	if (!fits || (slots && m->in_ring + m->owed >= slots)) {
		drop(m, N_RING_DROPS, (int64_t)m->offered - 1);
		return;
	}
	if (queues > 1)
		q = (uint32_t)(random_next(&m->queue_of) % queues);
	ring_account(m);
	fifo_push(m, &m->ring[q], (struct item) { m->now, 0 });
	m->in_ring++;
	announce(m);
}

void nic_arrival(struct sim *m)
{
	uint32_t size = m->batch_size;
	bool fits = !m->s->ring.whole || !m->s->ring.slots || m->in_ring + m->owed + size <= m->s->ring.slots;

	for (uint32_t i = 0; i < size && !(m->s->burst && m->offered == m->end); i++) {
		m->offered++;
		m->c[N_OFFERED]++;
		packet_comes(m, fits);
	}
	m->at[AT_ARRIVAL] = arrivals_next(&m->arrivals, &m->batch_size);
	if (m->s->burst && m->offered == m->end)
		m->at[AT_ARRIVAL] = NEVER;
}
