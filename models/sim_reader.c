// SPDX-License-Identifier: GPL-2.0-or-later
#include "models/sim_state.h"

static uint32_t bucket_of(int64_t delay)
{
	uint32_t octave;

	if (delay < 8)
		return (uint32_t)delay;
	octave = 63 - (uint32_t)__builtin_clzll((uint64_t)delay);
	return octave * 8 + ((uint32_t)(delay >> (octave - 3)) & 7);
}

void delivered(struct sim *m, int64_t arrived)
{
	int64_t delay = m->now - arrived;

	m->c[N_DELIVERED]++;
	m->c[N_ENDED]++;
	m->c[N_TOTAL_STAY] += (double)delay;
	m->buckets[bucket_of(delay)]++;
	if (delay > m->longest)
		m->longest = delay;
}

static void reader_next(struct sim *m)
{
	int64_t work;

	if (m->reader_busy || m->asleep || m->waking)
		return;
	if (!m->ready) {
		m->asleep = m->s->reader.sleeps;
		return;
	}
	stored_account(m);
	m->reading = fifo_pop(&m->stored);
	m->ready--;
	m->reader_busy = true;
	m->c[N_READ]++;
	m->c[N_READ_WAIT] += (double)(m->now - m->reading.stored);
	work = draw_time(&m->read);
	if (m->s->reader.same_core)
		work_begin(m, LEVEL_USER, work);
	else
		m->at[AT_READER] = m->now + work;
}

/* There is something to read. */
static void reader_tell(struct sim *m)
{
	if (m->asleep) {
		m->asleep = false;
		m->waking = true;
		m->c[N_WAKEUPS]++;
		m->at[AT_WAKE] = m->now + draw_time(&m->wake);
	} else {
		reader_next(m);
	}
}

void reader_awake(struct sim *m)
{
	m->at[AT_WAKE] = NEVER;
	m->waking = false;
	reader_next(m);
}

static void block_open(struct sim *m)
{
	m->block_open = m->free_blocks > 0;
	m->at[AT_BLOCK] = NEVER;
	if (!m->block_open)
		return;
	m->free_blocks--;
	m->block_n = 0;
	m->block_opened = m->now;
	m->block_offsets = 0;
	m->at[AT_BLOCK] = m->now + m->timeout;
}

/* The reader is told; the next block opens if it has been given back, else the queue is frozen. */
static void block_close(struct sim *m)
{
	uint32_t at = (m->block_first + m->closed++) % m->s->capture.blocks;

	m->block_sizes[at] = m->block_n;
	m->ready += m->block_n;
	m->c[N_BLOCKS]++;
	m->c[N_BLOCKED] += m->block_n;
	m->c[N_BLOCK_WAIT] += m->block_n * (double)(m->now - m->block_opened) - (double)m->block_offsets;
	block_open(m);
	reader_tell(m);
}

/* An empty block is not passed on; the timer runs anew. */
void capture_block_timer(struct sim *m)
{
	m->at[AT_BLOCK] = m->now + m->timeout;
	if (m->block_n)
		block_close(m);
	else
		m->block_opened = m->now;
}

static void block_store(struct sim *m, struct item item)
{
	if (m->block_open && m->block_n == m->s->capture.frames)
		block_close(m);
	if (!m->block_open)
		block_open(m);
	if (!m->block_open) {
		drop(m, N_CAPTURE_DROPS, (int64_t)m->offered - 1);
		return;
	}
	stored_account(m);
	fifo_push(m, &m->stored, item);
	m->block_n++;
	m->block_offsets += m->now - m->block_opened;
}

static void ring_store(struct sim *m, struct item item)
{
	bool full = m->s->capture.slots && m->stored.n + m->reader_busy >= m->s->capture.slots;

	if (full) {
		drop(m, N_CAPTURE_DROPS, (int64_t)m->offered - 1);
		/* The packet being read is protected: if it is alone in its ring, it cannot be overwritten. */
		if (!m->s->capture.overwrite || !m->stored.n)
			return;
		stored_account(m);
		fifo_pop(&m->stored);
		m->ready--;
	}
	stored_account(m);
	fifo_push(m, &m->stored, item);
	m->ready++;
	reader_tell(m);
}

void capture_store(struct sim *m, int64_t arrived)
{
	struct item item = { arrived, m->now };

	if (m->s->capture.kind == CAPTURE_BLOCKS)
		block_store(m, item);
	else
		ring_store(m, item);
}

void capture_init(struct sim *m)
{
	m->asleep = m->s->reader.sleeps;
	m->free_blocks = m->s->capture.blocks;
	if (m->s->capture.kind == CAPTURE_BLOCKS)
		block_open(m);
}

/* A block goes back when its last packet has been read. */
static void block_read(struct sim *m)
{
	if (!m->block_left)
		m->block_left = m->block_sizes[m->block_first];
	if (--m->block_left)
		return;
	m->block_first = (m->block_first + 1) % m->s->capture.blocks;
	m->closed--;
	m->free_blocks++;
}

void reader_done(struct sim *m)
{
	stored_account(m);
	m->at[AT_READER] = NEVER;
	m->reader_busy = false;
	delivered(m, m->reading.arrived);
	if (m->s->capture.kind == CAPTURE_BLOCKS)
		block_read(m);
	reader_next(m);
}
