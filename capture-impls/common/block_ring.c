// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "capture-impls/common/block_ring.h"
#include "harness/util/number.h"

/* Blocks are filled without gaps, so this size has no effect; the kernel only requires one that divides a block. */
#define FRAME_BYTES 2048

int block_ring_check(const char *name, const struct block_ring_size *size, struct err *e)
{
	if (!is_power_of_two(size->block_bytes))
		return err_set(e, -EINVAL, "%s: block_bytes=%u: not a power of two", name, size->block_bytes);
	return 0;
}

int block_ring_new(struct capture *c, struct block_ring *r, const struct block_ring_size *size)
{
	struct tpacket_req3 req = {
		.tp_block_size = size->block_bytes,
		.tp_block_nr = size->blocks,
		.tp_frame_size = FRAME_BYTES,
		.tp_frame_nr = size->block_bytes / FRAME_BYTES * size->blocks,
		.tp_retire_blk_tov = size->retire_ms,
	};
	int ret;

	r->block_bytes = size->block_bytes;
	r->blocks = size->blocks;
	ret = packet_socket_new(c, &r->socket);
	return ret ? ret
		   : packet_socket_ring(c, &r->socket, TPACKET_V3, &req, sizeof(req),
					(size_t)size->block_bytes * size->blocks);
}

void block_ring_close(struct block_ring *r)
{
	packet_socket_close(&r->socket);
}

static struct tpacket_hdr_v1 *block(const struct block_ring *r)
{
	return &((struct tpacket_block_desc *)(r->socket.ring + (size_t)r->at * r->block_bytes))->hdr.bh1;
}

/* If the next block belongs to the reader, starts reading its frames. */
static bool take_block(struct sink *sink, struct block_ring *r)
{
	struct tpacket_hdr_v1 *b = block(r);

	/* Acquire: what the kernel wrote before it handed the block over must be visible. */
	if (!(__atomic_load_n(&b->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	r->frame = (uint8_t *)b - offsetof(struct tpacket_block_desc, hdr) + b->offset_to_first_pkt;
	r->unread = b->num_pkts;
	r->taken += r->unread;
	sink_batch(sink);
	return true;
}

/* Gives the block back. Release: all reads of it are done before the kernel may fill it again. */
static void release_block(struct block_ring *r)
{
	__atomic_store_n(&block(r)->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	if (++r->at == r->blocks)
		r->at = 0;
}

static void deliver(struct sink *sink, struct block_ring *r, uint32_t n)
{
	const struct tpacket3_hdr *h = (const struct tpacket3_hdr *)r->frame;

	r->unread -= n;
	for (; n; n--) {
		sink_packet(sink, (const uint8_t *)h + h->tp_mac, h->tp_snaplen, h->tp_len);
		h = (const struct tpacket3_hdr *)((const uint8_t *)h + h->tp_next_offset);
	}
	r->frame = (const uint8_t *)h;
}

int block_ring_poll(struct sink *sink, struct block_ring *r, int budget)
{
	uint32_t left = (uint32_t)budget, n;

	while (left && (r->unread || take_block(sink, r))) {
		n = r->unread < left ? r->unread : left;
		deliver(sink, r, n);
		left -= n;
		if (!r->unread)
			release_block(r);
	}
	return budget - (int)left;
}

int block_ring_counts(struct capture *c, struct block_ring *r, struct capture_counts *counts)
{
	return packet_socket_counts(c, &r->socket, r->taken - r->unread, counts);
}
