/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet socket with a TPACKET_V3 ring. The kernel fills blocks and hands
 * them over when they are full or when their time is over; the reader walks
 * the frames of a block in place.
 */
#ifndef RXLAB_BLOCK_RING_H
#define RXLAB_BLOCK_RING_H

#include <linux/if_packet.h>

#include "capture-impls/common/packet_socket.h"

struct block_ring {
	struct packet_socket socket;
	uint32_t block_bytes, blocks;
	uint32_t at; /* index of the block that is being read, or of the next one */
	uint32_t unread; /* frames left in it; 0: the block is not the reader's yet */
	const uint8_t *frame; /* the first of them */
	uint64_t taken; /* frames of all blocks that were handed to the reader */
};

struct block_ring_size {
	uint32_t block_bytes, blocks, retire_ms;
};

/* Parameter rows for a member of type struct block_ring_size. */
/* clang-format off */
#define BLOCK_RING_PARAMS(type, member) \
	{ "block_bytes", PARAM_U32, offsetof(type, member.block_bytes), "262144", 4096, 1u << 22, \
	  "bytes: size of a block, a power of two" }, \
	{ "blocks", PARAM_U32, offsetof(type, member.blocks), "8", 2, 4096, "blocks: in a ring" }, \
	{ "retire_ms", PARAM_U32, offsetof(type, member.retire_ms), "10", 1, 1000, \
	  "ms: longest that a block waits for more frames" }
/* clang-format on */

int block_ring_check(const char *name, const struct block_ring_size *size, struct err *e); /* for check() */
/* A socket with a ring, which receives nothing until it is bound. On failure call block_ring_close(). */
int block_ring_new(struct capture *c, struct block_ring *r, const struct block_ring_size *size);
void block_ring_close(struct block_ring *r); /* safe on a zeroed struct */
/* Gives at most budget frames to the sink; returns how many. */
int block_ring_poll(struct sink *sink, struct block_ring *r, int budget);
int block_ring_counts(struct capture *c, struct block_ring *r, struct capture_counts *counts);

#endif
