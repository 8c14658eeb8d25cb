/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader's side of ykvm's ring: take a batch, look at it, give it back.
 * The letters are those of the barrier table in kmod/uapi/ykvm.h.
 *
 * One thread; one batch at a time, of at most YKVM_BATCH_MAX frames.
 */
#ifndef YKVM_READER_H
#define YKVM_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "kmod/uapi/ykvm.h"

struct ykvm_reader {
	struct ykvm_user *user;
	const struct ykvm_state *state;
	const __u32 *slots;
	const uint8_t *buffers;
	uint32_t mask;
	uint64_t taken; /* end of the batch that is held */
	uint32_t batch[YKVM_BATCH_MAX]; /* its buffers, oldest first */
};

static inline const struct ykvm_frame *ykvm_reader_frame(const struct ykvm_reader *r, uint32_t i)
{
	return (const struct ykvm_frame *)(r->buffers + (size_t)r->batch[i] * YKVM_BUFFER_BYTES);
}

/* The frame's bytes, caplen of them. */
static inline const uint8_t *ykvm_frame_data(const struct ykvm_frame *f)
{
	return (const uint8_t *)(f + 1);
}

/* Copies the slots of the oldest busy frames, at most max; how many; *from is the position of the first. */
static inline uint32_t ykvm_reader_peek(struct ykvm_reader *r, uint32_t max, __u64 *from)
{
	uint64_t consumer = __atomic_load_n(&r->user->consumer, __ATOMIC_ACQUIRE); /* E, before F */
	uint64_t busy = __atomic_load_n(&r->state->producer, __ATOMIC_ACQUIRE) - consumer; /* F, matches D */
	uint32_t n = busy < max ? (uint32_t)busy : max;
	uint32_t i;

	for (i = 0; i < n; i++)
		r->batch[i] = __atomic_load_n(&r->slots[(consumer + i) & r->mask], __ATOMIC_RELAXED);
	*from = consumer;
	return n;
}

/* Takes at most max frames (<= YKVM_BATCH_MAX), oldest first; how many. They are the reader's until released. */
static inline uint32_t ykvm_reader_take(struct ykvm_reader *r, uint32_t max)
{
	__u64 from;
	uint32_t n;

	do {
		n = ykvm_reader_peek(r, max, &from);
		if (n == 0)
			return 0;
		r->taken = from + n;
	} while (!__atomic_compare_exchange_n(&r->user->consumer, &from, (__u64)r->taken, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED)); /* G, matches A, against B */
	return n;
}

/* Gives back the batch that was taken. */
static inline void ykvm_reader_release(struct ykvm_reader *r)
{
	__atomic_store_n(&r->user->released, (__u64)r->taken, __ATOMIC_RELEASE); /* H, matches C */
}

static inline uint64_t ykvm_reader_left(const struct ykvm_reader *r)
{
	return __atomic_load_n(&r->state->producer, __ATOMIC_RELAXED) -
	       __atomic_load_n(&r->user->consumer, __ATOMIC_RELAXED);
}

#endif
