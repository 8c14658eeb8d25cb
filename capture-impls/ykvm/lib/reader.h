/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader's side of ykvm's ring: take a batch, walk it, give it back. Inline
 * and free of calls; it knows memory only, so that the tests run it against
 * kmod/ring.h in user space. The letters are those of the barrier table in
 * kmod/uapi/ykvm.h.
 *
 *	struct ykvm_batch b = ykvm_reader_take(r, 64);
 *
 *	while ((f = ykvm_batch_next(&b, &data)))
 *		look_at(data, f->caplen, f->len);
 *	ykvm_reader_release(r, &b);
 *
 * One thread. What is taken stays as it is until it is released; a batch that
 * was not walked to its end goes on at the next take.
 */
#ifndef YKVM_READER_H
#define YKVM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kmod/uapi/ykvm.h"

struct ykvm_reader {
	struct ykvm_user *user;
	const struct ykvm_state *state;
	const __u32 *slots; /* NULL: the newest is dropped, so buffer = position & mask */
	const struct ykvm_frame *frames;
	const uint8_t *buffers; /* the newest is dropped: twice in a row */
	uint32_t mask;
	uint32_t buffer_bytes;
	uint64_t at; /* first position that was not walked */
	uint64_t end; /* of what was taken */
	uint32_t batch[YKVM_BATCH_MAX]; /* overwriting: buffers taken, by position modulo YKVM_BATCH_MAX */
};

/* Positions that are the reader's to walk. By value, to live in registers: keep its address out of other functions. */
struct ykvm_batch {
	const struct ykvm_frame *frames;
	const uint8_t *buffers;
	const uint32_t *taken; /* overwriting: reader.batch */
	uint64_t at;
	uint64_t end;
	uint32_t mask;
	uint64_t buffer_bytes; /* as wide as the product: one instruction less a frame */
};

/* shared and buffers: areas, as mapped; slots, buffer_bytes, flags and offsets as YKVM_SETUP gave them. */
static inline void ykvm_reader_init(struct ykvm_reader *r, const struct ykvm_setup *s, void *user, const void *shared,
				    const void *buffers)
{
	const uint8_t *area = shared;

	*r = (struct ykvm_reader) {
		.user = user,
		.state = shared,
		.slots = s->flags & YKVM_SETUP_DROP_NEWEST ? NULL : (const void *)(area + s->slots_off),
		.frames = (const void *)(area + s->frames_off),
		.buffers = buffers,
		.mask = s->slots - 1,
		.buffer_bytes = s->buffer_bytes,
	};
	r->at = r->end = r->user->consumer;
}

static inline struct ykvm_batch ykvm_reader_batch(const struct ykvm_reader *r, const uint32_t *taken)
{
	return (struct ykvm_batch) { r->frames, r->buffers, taken, r->at, r->end, r->mask, r->buffer_bytes };
}

/* Drop-newest rings: all that is busy belongs to the reader, and nobody need be told before it is given back. */
static inline struct ykvm_batch ykvm_reader_take_newest(struct ykvm_reader *r, uint32_t max)
{
	uint64_t producer = __atomic_load_n(&r->state->producer, __ATOMIC_ACQUIRE); /* F, matches D */

	/* The end may lie within a chain. It was shown with all its buffers; the walk steps over the end. */
	r->end = producer - r->at < max ? producer : r->at + max;
	return ykvm_reader_batch(r, NULL);
}

/* Overwriting rings: copies the slots of the oldest busy frames, at most max; how many; *from: the first position. */
static inline uint32_t ykvm_reader_peek(struct ykvm_reader *r, uint32_t max, __u64 *from)
{
	uint64_t consumer = __atomic_load_n(&r->user->consumer, __ATOMIC_ACQUIRE); /* E, before F */
	uint64_t busy = __atomic_load_n(&r->state->producer, __ATOMIC_ACQUIRE) - consumer; /* F, matches D */
	uint32_t n = busy < max ? (uint32_t)busy : max;
	uint32_t i;

	for (i = 0; i < n; i++)
		r->batch[(consumer + i) % YKVM_BATCH_MAX] =
			__atomic_load_n(&r->slots[(consumer + i) & r->mask], __ATOMIC_RELAXED);
	*from = consumer;
	return n;
}

/* Overwriting rings. The batch before must be released: who holds more than YKVM_BATCH_MAX frames loses new ones. */
static inline struct ykvm_batch ykvm_reader_take_oldest(struct ykvm_reader *r, uint32_t max)
{
	__u64 from;
	uint32_t n;

	if (r->at != r->end)
		return ykvm_reader_batch(r, r->batch);
	max = max < YKVM_BATCH_MAX ? max : YKVM_BATCH_MAX;
	do {
		n = ykvm_reader_peek(r, max, &from);
		if (n == 0)
			break;
	} while (!__atomic_compare_exchange_n(&r->user->consumer, &from, from + n, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED)); /* G, matches A, against B */
	r->at = from;
	r->end = from + n;
	return ykvm_reader_batch(r, r->batch);
}

/* Takes the oldest frames, of at most max buffers (a chain counts as begun); an empty batch: there are none. */
static inline struct ykvm_batch ykvm_reader_take(struct ykvm_reader *r, uint32_t max)
{
	return r->slots ? ykvm_reader_take_oldest(r, max) : ykvm_reader_take_newest(r, max);
}

static inline bool ykvm_batch_empty(const struct ykvm_batch *b)
{
	return (int64_t)(b->at - b->end) >= 0; /* a chain may step over the end */
}

/* The next frame and where its bytes are, caplen of them in a row, chains too; NULL: the batch is over. */
static inline const struct ykvm_frame *ykvm_batch_next(struct ykvm_batch *b, const uint8_t **data)
{
	while (!ykvm_batch_empty(b)) {
		uint32_t buffer = b->taken ? b->taken[b->at % YKVM_BATCH_MAX] : (uint32_t)b->at & b->mask;
		const struct ykvm_frame *f = &b->frames[buffer];

		b->at += f->buffers;
		*data = b->buffers + buffer * b->buffer_bytes;
		if (__builtin_expect(!(f->flags & YKVM_FRAME_SKIP), 1))
			return f;
	}
	return NULL;
}

/* Keeps what was walked: it is held, may be sent, and the next take begins behind it. */
static inline void ykvm_reader_keep(struct ykvm_reader *r, const struct ykvm_batch *b)
{
	r->at = b->at;
	if (!r->slots) {
		r->end = b->at;
		__atomic_store_n(&r->user->consumer, (__u64)b->at, __ATOMIC_RELAXED); /* G, nobody against it */
	}
}

/* Gives back all that was kept, or walked, before this position. */
static inline void ykvm_reader_release_to(struct ykvm_reader *r, uint64_t position)
{
	__atomic_store_n(&r->user->released, (__u64)position, __ATOMIC_RELEASE); /* H, matches C */
}

/* Gives back what was walked. */
static inline void ykvm_reader_release(struct ykvm_reader *r, const struct ykvm_batch *b)
{
	ykvm_reader_keep(r, b);
	ykvm_reader_release_to(r, b->at);
}

/* After a release: does the NIC wait for it, so that YKVM_KICK is due? */
static inline bool ykvm_reader_kick_due(const struct ykvm_reader *r)
{
	return __builtin_expect(__atomic_load_n(&r->state->kick, __ATOMIC_RELAXED), 0);
}

/* The buffer's number, as sending names it. */
static inline uint32_t ykvm_reader_buffer(const struct ykvm_reader *r, const struct ykvm_frame *f)
{
	return (uint32_t)(f - r->frames);
}

/* Positions that were not walked. */
static inline uint64_t ykvm_reader_left(const struct ykvm_reader *r)
{
	uint64_t consumer = r->slots ? __atomic_load_n(&r->user->consumer, __ATOMIC_RELAXED) : r->at;

	return __atomic_load_n(&r->state->producer, __ATOMIC_RELAXED) - consumer + (r->slots ? r->end - r->at : 0);
}

#endif
