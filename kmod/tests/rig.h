/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring in plain memory, with the kernel's side and a reader on it: what the
 * ring's tests share. A frame's bytes are its position in every word, so that
 * a torn or mixed-up frame shows.
 */
#ifndef YKVM_RIG_H
#define YKVM_RIG_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kmod/tests/shim.h"

#include "capture-impls/ykvm/lib/reader.h"
#include "kmod/ring.h"

#define RIG_BYTES 64 /* of a frame in one buffer */
#define RIG_BUFFER 256

struct rig {
	u8 *areas; /* user, then shared */
	u8 *buffers; /* twice in a row */
	struct ykvm_layout layout;
	struct ykvm_ring ring;
	struct ykvm_reader reader;
};

static inline u8 *rig_map_twice(size_t bytes)
{
	int fd = memfd_create("rig", MFD_CLOEXEC);
	u8 *p = mmap(NULL, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool ok = fd >= 0 && p != MAP_FAILED && ftruncate(fd, (off_t)bytes) == 0;
	int i;

	for (i = 0; i < 2 && ok; i++)
		ok = mmap(p + i * bytes, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
	if (fd >= 0)
		close(fd);
	return ok ? p : NULL;
}

static inline bool rig_init(struct rig *g, u32 slots, bool newest, u64 start)
{
	struct ykvm_geometry geometry = { .n_slots = slots, .buffer_bytes = RIG_BUFFER, .newest = newest };
	struct ykvm_setup s = { .flags = newest ? YKVM_SETUP_DROP_NEWEST : 0, .slots = slots };
	size_t bytes;

	*g = (struct rig) { .layout = ykvm_ring_layout(&geometry, 4096) };
	bytes = g->layout.user_bytes + g->layout.shared_bytes;
	g->areas = aligned_alloc(4096, bytes);
	g->buffers = rig_map_twice(g->layout.buffers_bytes);
	if (!g->areas || !g->buffers)
		return false;
	memset(g->areas, 0, bytes);
	ykvm_ring_init(&g->ring, &geometry, &g->layout, g->areas, g->areas + g->layout.user_bytes, g->buffers, start);
	s.buffer_bytes = RIG_BUFFER;
	s.slots_off = g->layout.slots_off;
	s.frames_off = g->layout.frames_off;
	ykvm_reader_init(&g->reader, &s, g->areas, g->areas + g->layout.user_bytes, g->buffers);
	return true;
}

static inline void rig_free(struct rig *g)
{
	free(g->areas);
	munmap(g->buffers, 2 * g->layout.buffers_bytes);
}

/* What hook.c does with a frame. False: dropped. bytes: a multiple of 8. */
static inline bool rig_put(struct rig *g, u32 bytes)
{
	u32 n = ((bytes - 1) >> g->ring.buffer_shift) + 1;
	s64 buffer = ykvm_ring_reserve(&g->ring, n);
	struct ykvm_frame *f;
	u64 *words;
	u32 i;

	if (buffer < 0)
		return false;
	words = (u64 *)ykvm_ring_buffer(&g->ring, (u32)buffer);
	for (i = 0; i < bytes / sizeof(*words); i++)
		words[i] = g->ring.producer;
	f = &g->ring.frames[buffer];
	f->len = f->caplen = bytes;
	ykvm_ring_submit(&g->ring, &g->ring.frames[buffer], n);
	return true;
}

/* Is the frame that the reader took at that position the one that was put there, whole? */
static inline bool rig_intact(const struct rig *g, u64 position)
{
	const struct ykvm_reader *r = &g->reader;
	u32 buffer = r->slots ? r->batch[position % YKVM_BATCH_MAX] : (u32)position & r->mask;
	const struct ykvm_frame *f = &r->frames[buffer];
	const u64 *words = (const u64 *)(r->buffers + (size_t)buffer * r->buffer_bytes);
	u32 k;

	for (k = 0; k < f->caplen / sizeof(*words); k++)
		if (words[k] != position)
			return false;
	return f->seq == (u32)position && f->caplen >= RIG_BYTES && f->buffers == (f->caplen - 1) / RIG_BUFFER + 1;
}

/* Walks what is left of the batch; how many frames of it are not intact. */
static inline u32 rig_walk(const struct rig *g, struct ykvm_batch *b, u32 *frames)
{
	const u8 *data;
	u32 torn = 0;
	u64 position = b->at;

	*frames = 0;
	while (ykvm_batch_next(b, &data)) {
		torn += !rig_intact(g, position);
		position = b->at;
		(*frames)++;
	}
	return torn;
}

#endif
