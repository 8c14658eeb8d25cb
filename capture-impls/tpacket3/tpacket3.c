// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tpacket3: a TPACKET_V3 ring of a packet socket, read by as little code as it
 * takes. The kernel fills blocks and hands them over when they are full or
 * when their time is over; the reader walks the frames of a block in place.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/common/packet_socket.h"

/* Blocks are filled without gaps: this only has to divide them, the kernel wants to be told. */
#define FRAME_BYTES 2048

struct tpacket3 {
	uint32_t block_bytes, blocks, retire_ms; /* parameters */
	struct packet_socket socket;
	uint8_t *ring; /* NULL: not mapped */
	size_t ring_bytes;
	uint32_t at; /* the block that is being read, or that comes next */
	uint32_t unread; /* frames of it; 0: it is not the reader's yet */
	const uint8_t *frame; /* the first of them */
	uint64_t taken; /* frames of all blocks that were the reader's */
};

static const struct capture_param params[] = {
	{ "block_bytes", PARAM_U32, offsetof(struct tpacket3, block_bytes), "262144", 4096, 1u << 22,
	  "bytes: size of a block, a power of two" },
	{ "blocks", PARAM_U32, offsetof(struct tpacket3, blocks), "8", 2, 4096, "blocks: in the ring" },
	{ "retire_ms", PARAM_U32, offsetof(struct tpacket3, retire_ms), "10", 1, 1000,
	  "ms: longest that a block waits for more frames" },
	{ 0 },
};

static void tpacket3_close(struct capture *c)
{
	struct tpacket3 *t = c->priv;

	if (t->ring)
		munmap(t->ring, t->ring_bytes);
	t->ring = NULL;
	packet_socket_close(&t->socket);
}

static int map_ring(struct capture *c, struct tpacket3 *t)
{
	struct tpacket_req3 req = {
		.tp_block_size = t->block_bytes,
		.tp_block_nr = t->blocks,
		.tp_frame_size = FRAME_BYTES,
		.tp_frame_nr = t->block_bytes / FRAME_BYTES * t->blocks,
		.tp_retire_blk_tov = t->retire_ms,
	};
	int version = TPACKET_V3;
	void *p;

	t->ring_bytes = (size_t)t->block_bytes * t->blocks;
	if (setsockopt(t->socket.fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(t->socket.fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return err_sys(&c->err, "tpacket3: ring of %u blocks of %u bytes", t->blocks, t->block_bytes);
	p = mmap(NULL, t->ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, t->socket.fd, 0);
	if (p == MAP_FAILED)
		return err_sys(&c->err, "tpacket3: mmap of %zu bytes", t->ring_bytes);
	t->ring = p;
	return 0;
}

static int tpacket3_open(struct capture *c)
{
	struct tpacket3 *t = c->priv;
	int r;

	if (t->block_bytes & (t->block_bytes - 1))
		return err_set(&c->err, -EINVAL, "tpacket3: block_bytes=%u: not a power of two", t->block_bytes);
	r = packet_socket_new(c, &t->socket);
	r = r ? r : map_ring(c, t);
	/* Last, so that no frame goes to the socket's queue, which nobody reads. */
	r = r ? r : packet_socket_bind(c, &t->socket);
	if (r)
		tpacket3_close(c);
	c->hold_ns = t->retire_ms * 1000000ULL;
	return r;
}

static struct tpacket_hdr_v1 *block(const struct tpacket3 *t)
{
	return &((struct tpacket_block_desc *)(t->ring + (size_t)t->at * t->block_bytes))->hdr.bh1;
}

/* Is the next block the reader's? Then its frames are handed over now. */
static bool take_block(struct capture *c, struct tpacket3 *t)
{
	struct tpacket_hdr_v1 *b = block(t);

	/* What the kernel wrote before it gave the block away is to be seen. */
	if (!(__atomic_load_n(&b->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	t->frame = (uint8_t *)b - offsetof(struct tpacket_block_desc, hdr) + b->offset_to_first_pkt;
	t->unread = b->num_pkts;
	t->taken += t->unread;
	sink_batch(c->sink);
	return true;
}

/* Nothing of it is looked at any more before the kernel may fill it again. */
static void release_block(struct tpacket3 *t)
{
	__atomic_store_n(&block(t)->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	if (++t->at == t->blocks)
		t->at = 0;
}

static void deliver(struct capture *c, struct tpacket3 *t, uint32_t n)
{
	const struct tpacket3_hdr *h = (const struct tpacket3_hdr *)t->frame;
	struct sink *sink = c->sink;

	t->unread -= n;
	for (; n; n--) {
		sink_packet(sink, (const uint8_t *)h + h->tp_mac, h->tp_snaplen, h->tp_len);
		h = (const struct tpacket3_hdr *)((const uint8_t *)h + h->tp_next_offset);
	}
	t->frame = (const uint8_t *)h;
}

static int tpacket3_poll(struct capture *c, int budget)
{
	struct tpacket3 *t = c->priv;
	uint32_t left = (uint32_t)budget, n;

	while (left && (t->unread || take_block(c, t))) {
		n = t->unread < left ? t->unread : left;
		deliver(c, t, n);
		left -= n;
		if (!t->unread)
			release_block(t);
	}
	return budget - (int)left;
}

static int tpacket3_wait(struct capture *c, uint64_t timeout_ns)
{
	struct tpacket3 *t = c->priv;

	return packet_socket_wait(c, &t->socket, timeout_ns);
}

static int tpacket3_counts(struct capture *c, struct capture_counts *counts)
{
	struct tpacket3 *t = c->priv;

	return packet_socket_counts(c, &t->socket, t->taken - t->unread, counts);
}

const struct capture_ops capture_tpacket3 = {
	.name = "tpacket3",
	.summary = "packet socket, TPACKET_V3 ring read directly: libpcap's mechanism without the library",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS,
	.priv_size = sizeof(struct tpacket3),
	.params = params,
	.open = tpacket3_open,
	.poll = tpacket3_poll,
	.wait = tpacket3_wait,
	.counts = tpacket3_counts,
	.close = tpacket3_close,
};
