/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One CPU's buffer of perf events, as bpf_perf_event_output() fills it. */
#ifndef RXLAB_PERF_RING_H
#define RXLAB_PERF_RING_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

/* What the program puts before a frame's bytes. */
struct bpf_perfbuf_frame {
	uint32_t len; /* of the frame */
	uint32_t caplen; /* of these, what follows */
	uint8_t data[];
};

struct perf_ring {
	int fd; /* below 0: not open */
	struct perf_event_mmap_page *control; /* a page, then the data; NULL: not mapped */
	uint64_t bytes; /* of the data, a power of two */
	uint64_t page;
	uint64_t position; /* how far we have read */
};

/* A buffer of that many bytes on that CPU; wake_frames: wake a sleeping reader at every so-manieth. -errno. */
int perf_ring_open(struct perf_ring *r, uint32_t cpu, uint64_t bytes, uint32_t wake_frames, struct err *e);
void perf_ring_close(struct perf_ring *r);
/*
 * The next frame, or NULL. Where its record goes round the end of the buffer it is put together in spare, of
 * PERF_RING_RECORD_MAX bytes. It is valid until perf_ring_release(), which gives its place back.
 */
#define PERF_RING_RECORD_MAX 65536
const struct bpf_perfbuf_frame *perf_ring_next(struct perf_ring *r, uint8_t *spare);
void perf_ring_release(struct perf_ring *r);

#endif
