// SPDX-License-Identifier: GPL-2.0-or-later
/* tpacket3: a TPACKET_V3 ring of a packet socket, read with as little code as possible. */
#include "capture-impls/common/block_ring.h"

struct tpacket3 {
	struct block_ring_size size; /* parameters */
	struct block_ring ring;
};

static const struct capture_param params[] = {
	BLOCK_RING_PARAMS(struct tpacket3, size),
	{ 0 },
};

static int tpacket3_check(const void *priv, struct err *e)
{
	const struct tpacket3 *t = priv;

	return block_ring_check("tpacket3", &t->size, e);
}

static void tpacket3_close(struct capture *c)
{
	struct tpacket3 *t = c->priv;

	block_ring_close(&t->ring);
}

static int tpacket3_open(struct capture *c)
{
	struct tpacket3 *t = c->priv;
	int r = block_ring_new(c, &t->ring, &t->size);

	/* Last, so that no frame goes to the socket's queue, which nobody reads. */
	r = r ? r : packet_socket_bind(c, &t->ring.socket);
	if (r)
		tpacket3_close(c);
	c->hold_ns = t->size.retire_ms * 1000000ULL;
	return r;
}

static int tpacket3_poll(struct capture *c, int budget)
{
	struct tpacket3 *t = c->priv;

	return block_ring_poll(c->sink, &t->ring, budget);
}

static int tpacket3_wait(struct capture *c, uint64_t timeout_ns)
{
	struct tpacket3 *t = c->priv;

	return packet_socket_wait(c, &t->ring.socket, timeout_ns);
}

static int tpacket3_counts(struct capture *c, struct capture_counts *counts)
{
	struct tpacket3 *t = c->priv;

	return block_ring_counts(c, &t->ring, counts);
}

const struct capture_ops capture_tpacket3 = {
	.name = "tpacket3",
	.summary = "packet socket, TPACKET_V3 ring read directly: libpcap's mechanism without the library",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN | CAPTURE_FILTERS,
	.priv_size = sizeof(struct tpacket3),
	.params = params,
	.check = tpacket3_check,
	.open = tpacket3_open,
	.poll = tpacket3_poll,
	.wait = tpacket3_wait,
	.counts = tpacket3_counts,
	.close = tpacket3_close,
};
