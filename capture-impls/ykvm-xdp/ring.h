/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ykvm's ring without a module: memory of two BPF maps, written by an XDP
 * program and mapped by the reader.
 *
 *	control (one value)             slots (one value each)
 *	published   (p)                 0: position + 1, frame's length, kept bytes, data
 *	released    (r)                 1: ...
 *	oldest      (p, r: by compare-and-swap)
 *	wake_at     (r sets, p clears)
 *	next, seen, counters (p)
 *
 * Frames have positions 0, 1, 2, ...; position n is in slot n modulo the number of slots. (p) is written by the
 * program, (r) by the reader; each has a cache line of its own.
 *
 * A slot is the reader's if its first word is its position + 1, or if its position is below `published`, which moves 32
 * frames at a time: a reader that keeps up then finds frames in bunches, and does not compete with the program for
 * the cache line that it is writing. If nothing is published for a while, it looks at the slots themselves: so the last
 * frames of a burst are found too.
 *
 * A slot is the program's if its former position is below `released`, which the program reads only if the value that
 * it read last says that all slots are full. With all slots full the program drops the
 * frame; or, if it may overwrite, takes the oldest frame away by moving `oldest` past it. The reader takes a batch by
 * moving `oldest` past it. So only one of the two takes a frame, and no frame that the reader holds is overwritten:
 * until the reader releases the batch, the program drops frames that would need its slots.
 */
#ifndef RXLAB_YKVM_XDP_RING_H
#define RXLAB_YKVM_XDP_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/util/err.h"

#define YKVM_XDP_PUBLISH 32 /* frames; a power of two */
#define YKVM_XDP_SHORT 60 /* bytes: the shortest Ethernet frame, without FCS */

#define YKVM_XDP_LINE __attribute__((aligned(64)))

struct ykvm_xdp_control {
	YKVM_XDP_LINE uint64_t published;
	YKVM_XDP_LINE uint64_t released;
	YKVM_XDP_LINE uint64_t oldest;
	YKVM_XDP_LINE uint64_t wake_at; /* the reader sleeps until `next` reaches this; 0: it is awake */
	YKVM_XDP_LINE uint64_t next; /* position of the next frame */
	uint64_t seen; /* `released`, as the program read it last */
	uint64_t full; /* frames dropped because all slots were full */
	uint64_t held; /* frames dropped because the reader held the slot; overwriting only */
	uint64_t overwritten; /* frames overwritten before they were read */
	uint64_t unreadable; /* frames that could not be copied */
};

struct ykvm_xdp_slot {
	uint64_t stamp; /* position + 1 */
	uint32_t len, caplen;
	uint8_t data[];
};

struct ykvm_xdp_size {
	uint32_t slots, slot_bytes; /* powers of two */
	uint32_t overwrite; /* 0 or 1 */
};

/* Loads the program for these maps. Returns a file descriptor, or -errno. */
int ykvm_xdp_program(const struct ykvm_xdp_size *size, int control, int slots, int bell, struct err *e);

#endif
