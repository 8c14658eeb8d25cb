/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's side of the ring: arithmetic on indices, and nothing that
 * knows of devices or packets, so that the tests compile this very file in
 * user space (tests/shim.h gives it the kernel's words). The letters are those
 * of the barrier table in uapi/ykvm.h; the reader's side is E to H.
 *
 * One caller at a time, by lock: a packet may come in on any CPU.
 */
#ifndef YKVM_RING_H
#define YKVM_RING_H

#ifdef __KERNEL__
#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/string.h>
#include <linux/types.h>
#endif

#include "uapi/ykvm.h"

/* Where everything lies: the user area first, then the shared area. In bytes. */
struct ykvm_layout {
	u64 user_bytes;
	u64 shared_bytes;
	u64 slots_off; /* from the start of the shared area, as buffers_off; the state is at 0 */
	u64 buffers_off;
};

/* A buffer that is in no slot. */
struct ykvm_spare {
	u64 until; /* the reader may hold it until released has reached this */
	u32 buffer;
};

struct ykvm_ring {
	u64 producer; /* what state->producer says */
	u64 released; /* user->released when it was last checked */
	u32 n_slots;
	u32 mask;
	u32 *slots; /* shared area, read-only to the reader */
	u8 *buffers; /* shared area, likewise */
	struct ykvm_state *state; /* shared area, likewise */
	struct ykvm_user *user; /* user area: believe nothing */
	u32 next_spare;
	struct ykvm_spare spares[YKVM_BATCH_MAX]; /* in the order in which they become usable */
};

static inline bool ykvm_slots_valid(u32 n)
{
	return n >= YKVM_BUFFERS_MIN && n <= YKVM_BUFFERS_MAX && (n & (n - 1)) == 0;
}

static inline struct ykvm_layout ykvm_ring_layout(u32 n_slots, u64 page_bytes)
{
	struct ykvm_layout l = { .user_bytes = page_bytes, .slots_off = sizeof(struct ykvm_state) };

	l.buffers_off = ALIGN(l.slots_off + (u64)n_slots * sizeof(u32), page_bytes);
	l.shared_bytes = ALIGN(l.buffers_off + (u64)(n_slots + YKVM_BATCH_MAX) * YKVM_BUFFER_BYTES, page_bytes);
	return l;
}

/* memory: user area and shared area, zeroed; start: first position, other than 0 in tests only. */
static inline void ykvm_ring_init(struct ykvm_ring *r, u8 *memory, const struct ykvm_layout *l, u32 n_slots, u64 start)
{
	u8 *shared = memory + l->user_bytes;
	u32 i;

	*r = (struct ykvm_ring) { .producer = start, .released = start, .n_slots = n_slots, .mask = n_slots - 1 };
	r->user = (struct ykvm_user *)memory;
	r->state = (struct ykvm_state *)shared;
	r->slots = (u32 *)(shared + l->slots_off);
	r->buffers = shared + l->buffers_off;
	r->user->consumer = start;
	r->user->released = start;
	r->state->producer = start;
	for (i = 0; i < n_slots; i++)
		r->slots[i] = i;
	for (i = 0; i < YKVM_BATCH_MAX; i++)
		r->spares[i] = (struct ykvm_spare) { .until = start, .buffer = n_slots + i };
}

/* Counters lie in the shared area and are read there without a lock. */
static inline void ykvm_count(__u64 *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

static inline struct ykvm_frame *ykvm_ring_buffer(const struct ykvm_ring *r, u32 buffer)
{
	return (struct ykvm_frame *)(r->buffers + (size_t)buffer * YKVM_BUFFER_BYTES);
}

/* Can these be an honest reader's indices? If so, released is taken over. */
static inline bool ykvm_ring_check(struct ykvm_ring *r, u64 consumer, u64 released)
{
	u64 oldest = r->producer - r->n_slots;

	if (consumer - oldest > r->n_slots || released - r->released > r->producer - r->released) {
		ykvm_count(&r->state->bad_index);
		return false;
	}
	r->released = released;
	return true;
}

/* The reader holds the buffer of the next slot: leave it there and fill a spare. */
static inline bool ykvm_ring_swap(struct ykvm_ring *r)
{
	struct ykvm_spare *spare = &r->spares[r->next_spare % YKVM_BATCH_MAX];
	u32 *slot = &r->slots[r->producer & r->mask];
	u32 held = *slot;

	if ((s64)(r->released - spare->until) < 0) {
		ykvm_count(&r->state->no_spare);
		return false;
	}
	WRITE_ONCE(*slot, spare->buffer);
	*spare = (struct ykvm_spare) { .until = r->producer - r->n_slots + 1, .buffer = held };
	r->next_spare++;
	return true;
}

/* The next slot is not known to be free. Makes it so, if that can be done. */
static inline bool ykvm_ring_reclaim(struct ykvm_ring *r)
{
	u64 consumer = smp_load_acquire(&r->user->consumer); /* A, matches G */
	u64 oldest = r->producer - r->n_slots;
	u64 released;

	if (consumer == oldest) {
		if (cmpxchg(&r->user->consumer, oldest, oldest + 1) == oldest) { /* B, against G */
			ykvm_count(&r->state->overwritten);
			return true;
		}
		consumer = smp_load_acquire(&r->user->consumer); /* A again: a B that failed orders nothing */
	}
	released = smp_load_acquire(&r->user->released); /* C, matches H, after A */
	if (!ykvm_ring_check(r, consumer, released))
		return false;
	return r->producer - released < r->n_slots || ykvm_ring_swap(r);
}

/* The buffer to fill next, or NULL: the frame is to be dropped, and is counted. */
static inline struct ykvm_frame *ykvm_ring_reserve(struct ykvm_ring *r)
{
	if (unlikely(r->producer - r->released >= r->n_slots) && !ykvm_ring_reclaim(r))
		return NULL;
	return ykvm_ring_buffer(r, r->slots[r->producer & r->mask]);
}

/* Shows the buffer that was reserved, and filled, to the reader. */
static inline void ykvm_ring_submit(struct ykvm_ring *r, struct ykvm_frame *f)
{
	f->seq = r->producer++;
	smp_store_release(&r->state->producer, r->producer); /* D, matches F */
}

/* Frames that nobody took; what a wrong reader makes of it is its own affair. */
static inline u64 ykvm_ring_busy(const struct ykvm_ring *r)
{
	return r->producer - READ_ONCE(r->user->consumer);
}

#endif
