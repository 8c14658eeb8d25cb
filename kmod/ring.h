/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's side of the ring: arithmetic on indices, and nothing that
 * knows of devices or packets, so that the tests compile this very file in
 * user space (tests/shim.h gives it the kernel's words). The letters are those
 * of the barrier table in uapi/ykvm.h; the reader's side is E to H.
 *
 * One caller at a time: by the client's lock where a packet may come in on any
 * CPU, by NAPI where one queue of a NIC fills the ring.
 */
#ifndef YKVM_RING_H
#define YKVM_RING_H

#ifdef __KERNEL__
#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>
#endif

#include "uapi/ykvm.h"

/* What decides the sizes of a ring. */
struct ykvm_geometry {
	u32 n_slots;
	u32 buffer_bytes;
	u32 tx_buffers;
	bool newest; /* the policy: YKVM_SETUP_DROP_NEWEST */
};

/* Where everything lies, in bytes. Each area starts on a page. */
struct ykvm_layout {
	u32 n_buffers; /* without tx_buffers */
	u64 user_bytes;
	u64 tx_off; /* from the start of the user area */
	u64 shared_bytes;
	u64 slots_off; /* from the start of the shared area, as frames_off; the state is at 0 */
	u64 frames_off;
	u64 buffers_bytes; /* of memory, tx_buffers included */
};

/* A buffer that is in no slot. */
struct ykvm_spare {
	u64 until; /* the reader may hold it until released has reached this */
	u32 buffer;
};

/*
 * Who fills it owns it: core.h says who that is, one at a time. Of frames[], slots[] and buffers it owns what is free;
 * busy and held positions, from released on to producer, are the reader's until `released` passes them. The spares
 * are its own from when `released` reaches `until`.
 */
struct ykvm_ring {
	u64 producer; /* what state->producer says */
	u64 released; /* user->released when it was last checked */
	u32 n_slots;
	u32 mask;
	u32 buffer_shift;
	bool newest;
	u32 *slots; /* shared area, read-only to the reader */
	struct ykvm_frame *frames; /* shared area, likewise */
	u8 *buffers; /* believe nothing that is in them: they may be the reader's memory */
	struct ykvm_state *state; /* shared area, read-only to the reader */
	struct ykvm_user *user; /* user area: believe nothing */
	u64 chained; /* frames in more than one buffer */
	u64 chained_buffers; /* and the buffers of these beyond the first */
	u32 next_spare;
	struct ykvm_spare spares[YKVM_BATCH_MAX]; /* in the order in which they become usable */
};

static inline bool ykvm_power_of_two_within(u32 n, u32 min, u32 max)
{
	return n >= min && n <= max && (n & (n - 1)) == 0;
}

static inline bool ykvm_geometry_valid(const struct ykvm_geometry *g)
{
	return ykvm_power_of_two_within(g->n_slots, YKVM_SLOTS_MIN, YKVM_SLOTS_MAX) &&
	       ykvm_power_of_two_within(g->buffer_bytes, YKVM_BUFFER_BYTES_MIN, YKVM_BUFFER_BYTES_MAX) &&
	       g->tx_buffers <= YKVM_TX_BUFFERS_MAX;
}

static inline struct ykvm_layout ykvm_ring_layout(const struct ykvm_geometry *g, u64 page_bytes)
{
	struct ykvm_layout l = { .n_buffers = g->n_slots + (g->newest ? 0 : YKVM_BATCH_MAX) };

	l.tx_off = sizeof(struct ykvm_user);
	l.user_bytes = ALIGN(l.tx_off + YKVM_TX_SLOTS * sizeof(struct ykvm_tx), page_bytes);
	l.slots_off = sizeof(struct ykvm_state);
	l.frames_off = l.slots_off + (u64)g->n_slots * sizeof(u32);
	l.shared_bytes = ALIGN(l.frames_off + (u64)l.n_buffers * sizeof(struct ykvm_frame), page_bytes);
	l.buffers_bytes = ALIGN((u64)(l.n_buffers + g->tx_buffers) * g->buffer_bytes, page_bytes);
	return l;
}

/* user, shared: the areas, zeroed; start: first position, other than 0 in tests only. */
static inline void ykvm_ring_init(struct ykvm_ring *r, const struct ykvm_geometry *g, const struct ykvm_layout *l,
				  u8 *user, u8 *shared, u8 *buffers, u64 start)
{
	u32 i;

	*r = (struct ykvm_ring) { .producer = start, .released = start, .n_slots = g->n_slots, .newest = g->newest };
	r->mask = g->n_slots - 1;
	r->buffer_shift = ilog2(g->buffer_bytes);
	r->user = (struct ykvm_user *)user;
	r->state = (struct ykvm_state *)shared;
	r->slots = (u32 *)(shared + l->slots_off);
	r->frames = (struct ykvm_frame *)(shared + l->frames_off);
	r->buffers = buffers;
	r->user->consumer = start;
	r->user->released = start;
	r->state->producer = start;
	for (i = 0; i < g->n_slots; i++)
		r->slots[i] = i;
	for (i = 0; i < YKVM_BATCH_MAX; i++)
		r->spares[i] = (struct ykvm_spare) { .until = start, .buffer = g->n_slots + i };
}

/* Counters lie in the shared area and are read there without a lock. */
static inline void ykvm_count(__u64 *counter)
{
	WRITE_ONCE(*counter, *counter + 1);
}

static inline u8 *ykvm_ring_buffer(const struct ykvm_ring *r, u32 buffer)
{
	return r->buffers + ((size_t)buffer << r->buffer_shift);
}

/*
 * How many of a frame's len bytes lie in a row from the start of `buffer` on. A chain that is longer goes on in buffer 0:
 * the kernel has the buffers mapped once. What lies behind the ring's buffers (to send from) does not go round.
 */
static inline u32 ykvm_ring_row(const struct ykvm_ring *r, u32 buffer, u32 len)
{
	u32 room = (r->n_slots - buffer) << r->buffer_shift;

	return r->newest && buffer < r->n_slots && len > room ? room : len;
}

/* Where the reader has given back to. An index that cannot be an honest reader's is counted, and not used. */
static inline u64 ykvm_ring_released(struct ykvm_ring *r)
{
	u64 released = smp_load_acquire(&r->user->released); /* C, matches H */

	if (unlikely(released - r->released > r->producer - r->released))
		ykvm_count(&r->state->bad_index);
	else
		WRITE_ONCE(r->released, released); /* ykvm_ring_held() may read it */
	return r->released;
}

/* Overwriting: the reader holds the buffer of the next slot: leave it there and fill a spare. */
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

/* Overwriting: the next slot is not known to be free. Makes it so, if that can be done. */
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
	if (consumer - oldest > r->n_slots || released - r->released > r->producer - r->released) {
		ykvm_count(&r->state->bad_index);
		return false;
	}
	WRITE_ONCE(r->released, released);
	return r->producer - released < r->n_slots || ykvm_ring_swap(r);
}

/* Dropping: are there n free slots after a look at what the reader gave back? */
static inline bool ykvm_ring_refresh(struct ykvm_ring *r, u32 n)
{
	u64 bad = r->state->bad_index;

	if (r->producer + n - ykvm_ring_released(r) <= r->n_slots)
		return true;
	if (r->state->bad_index == bad)
		ykvm_count(&r->state->full);
	return false;
}

/*
 * The buffer to fill next, and the n - 1 that follow it (n > 1 only where the
 * newest is dropped); -1: the frame is to be dropped, and is counted.
 */
static inline s64 ykvm_ring_reserve(struct ykvm_ring *r, u32 n)
{
	bool room = r->producer + n - r->released <= r->n_slots;

	if (r->newest) {
		if (unlikely(!room) && !ykvm_ring_refresh(r, n))
			return -1;
		return r->producer & r->mask;
	}
	if (unlikely(!room) && !ykvm_ring_reclaim(r))
		return -1;
	return r->slots[r->producer & r->mask];
}

/* Shows all positions below producer to the reader: their frames[] entries and buffers are filled. */
static inline void ykvm_ring_publish(struct ykvm_ring *r, u64 producer)
{
	r->producer = producer;
	smp_store_release(&r->state->producer, producer); /* D, matches F */
}

/* Numbers what was reserved, once its entry f of frames[] and the n buffers are filled, and shows it. */
static inline void ykvm_ring_submit(struct ykvm_ring *r, struct ykvm_frame *f, u32 n)
{
	u64 p = r->producer;

	f->seq = (u32)p;
	f->buffers = n;
	if (unlikely(n > 1)) {
		r->chained++;
		r->chained_buffers += n - 1;
	}
	ykvm_ring_publish(r, p + n);
}

/* Positions that nobody took; what a wrong reader makes of it is its own affair. */
static inline u64 ykvm_ring_busy(const struct ykvm_ring *r)
{
	return r->producer - READ_ONCE(r->user->consumer);
}

/*
 * Where buffer b lies that the reader may hold, if it does: dropping, that
 * follows from b; overwriting, it is what frames[b] says.
 */
static inline u64 ykvm_ring_position(const struct ykvm_ring *r, u32 b, u64 released)
{
	if (r->newest)
		return released + ((b - (u32)released) & r->mask);
	return released + (u32)(r->frames[b].seq - (u32)released);
}

/*
 * Does the reader hold buffers b to b + n - 1, as far as the kernel believes
 * it? Changes nothing, as it may run beside the producer. b < n_buffers.
 */
static inline bool ykvm_ring_held(const struct ykvm_ring *r, u32 b, u32 n)
{
	u64 seen = READ_ONCE(r->released); /* before released and producer, which only grow */
	u64 released = smp_load_acquire(&r->user->released);
	u64 consumer = smp_load_acquire(&r->user->consumer);
	u64 producer = READ_ONCE(r->state->producer);
	u64 p = ykvm_ring_position(r, b, released);

	if (!r->newest && (n != 1 || !r->frames[b].buffers)) /* 0: never filled */
		return false;
	return released - seen <= producer - seen && consumer - released <= producer - released &&
	       p + n - released <= consumer - released;
}

#endif
