/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program of bpf-ringbuf puts into the ring buffer for each frame. */
#ifndef RXLAB_BPF_RINGBUF_PROGRAM_H
#define RXLAB_BPF_RINGBUF_PROGRAM_H

#include <stdint.h>

#include "harness/util/err.h"

#define BPF_RINGBUF_FRAME_MAX 16384 /* bytes kept of a frame */

/* A record begins with this; data[] has caplen bytes that mean something. */
struct bpf_ringbuf_frame {
	uint32_t len; /* of the frame */
	uint32_t caplen; /* of these, what was kept */
	uint8_t data[];
};

/* Loads the program; returns its file descriptor, or -errno. counts: a map of struct bpf_counts. */
int bpf_ringbuf_program(int ring, int counts, struct err *e);

#endif
