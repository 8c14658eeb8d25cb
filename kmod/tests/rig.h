/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring in plain memory, with the kernel's side and a reader on it: what the
 * ring's tests share. A frame's payload is its number in every word, so that a
 * torn or mixed-up frame shows.
 */
#ifndef YKVM_RIG_H
#define YKVM_RIG_H

#include <stdlib.h>
#include <string.h>

#include "kmod/tests/shim.h"

#include "capture-impls/ykvm/reader.h"
#include "kmod/ring.h"

#define RIG_WORDS 8

struct rig {
	u8 *memory;
	struct ykvm_layout layout;
	struct ykvm_ring ring;
	struct ykvm_reader reader;
};

static inline bool rig_init(struct rig *g, u32 slots, u64 start)
{
	size_t bytes;

	*g = (struct rig) { 0 };
	g->layout = ykvm_ring_layout(slots, 4096);
	bytes = g->layout.user_bytes + g->layout.shared_bytes;
	g->memory = aligned_alloc(4096, bytes);
	if (!g->memory)
		return false;
	memset(g->memory, 0, bytes);
	ykvm_ring_init(&g->ring, g->memory, &g->layout, slots, start);
	g->reader = (struct ykvm_reader) {
		.user = g->ring.user,
		.state = g->ring.state,
		.slots = g->ring.slots,
		.buffers = g->ring.buffers,
		.mask = slots - 1,
	};
	return true;
}

static inline void rig_free(struct rig *g)
{
	free(g->memory);
}

/* What hook.c does with a frame. False: dropped. */
static inline bool rig_put(struct rig *g)
{
	struct ykvm_frame *f = ykvm_ring_reserve(&g->ring);
	u64 *words;
	int i;

	if (!f)
		return false;
	words = (u64 *)(f + 1);
	for (i = 0; i < RIG_WORDS; i++)
		words[i] = g->ring.producer;
	f->len = f->caplen = RIG_WORDS * sizeof(u64);
	ykvm_ring_submit(&g->ring, f);
	return true;
}

/* Is frame i of the batch the one of that position, whole? */
static inline bool rig_intact(const struct rig *g, u32 i, u64 position)
{
	const struct ykvm_frame *f = ykvm_reader_frame(&g->reader, i);
	const u64 *words = (const u64 *)ykvm_frame_data(f);
	int k;

	for (k = 0; k < RIG_WORDS; k++)
		if (words[k] != position)
			return false;
	return f->seq == position && f->caplen == RIG_WORDS * sizeof(u64);
}

#endif
