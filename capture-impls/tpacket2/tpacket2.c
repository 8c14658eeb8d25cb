// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tpacket2: a packet socket with a ring of equal slots, one frame in each.
 * The kernel hands a slot over as soon as its frame is in it.
 */
#include <errno.h>
#include <linux/if_packet.h>

#include "capture-impls/common/packet_socket.h"
#include "harness/util/number.h"

#define BLOCK_BYTES 65536 /* the kernel's unit of allocation; slots lie in it without gaps */

struct tpacket2 {
	uint32_t frame_bytes, frames; /* parameters */
	struct packet_socket socket;
	uint32_t at; /* index of the next slot */
	uint64_t read;
};

static const struct capture_param params[] = {
	{ "frame_bytes", PARAM_U32, offsetof(struct tpacket2, frame_bytes), "2048", 256, BLOCK_BYTES,
	  "bytes: size of a slot with its header, a power of two" },
	{ "frames", PARAM_U32, offsetof(struct tpacket2, frames), "4096", 16, 1u << 18,
	  "frames: slots in the ring, a power of two" },
	{ 0 },
};

static void tpacket2_close(struct capture *c)
{
	struct tpacket2 *t = c->priv;

	packet_socket_close(&t->socket);
}

static int new_ring(struct capture *c, struct tpacket2 *t)
{
	size_t bytes = (size_t)t->frame_bytes * t->frames;
	struct tpacket_req req = {
		.tp_block_size = bytes < BLOCK_BYTES ? bytes : BLOCK_BYTES,
		.tp_frame_size = t->frame_bytes,
		.tp_frame_nr = t->frames,
	};

	req.tp_block_nr = bytes / req.tp_block_size;
	return packet_socket_ring(c, &t->socket, TPACKET_V2, &req, sizeof(req), bytes);
}

static int tpacket2_check(const void *priv, struct err *e)
{
	const struct tpacket2 *t = priv;

	if (!is_power_of_two(t->frame_bytes) || !is_power_of_two(t->frames))
		return err_set(e, -EINVAL, "tpacket2: frame_bytes=%u, frames=%u: not powers of two", t->frame_bytes,
			       t->frames);
	return 0;
}

static int tpacket2_open(struct capture *c)
{
	struct tpacket2 *t = c->priv;
	int r = packet_socket_new(c, &t->socket);

	r = r ? r : new_ring(c, t);
	/* Last, so that no frame goes to the socket's queue, which nobody reads. */
	r = r ? r : packet_socket_bind(c, &t->socket);
	if (r)
		tpacket2_close(c);
	return r;
}

/* The next slot, if the kernel has handed it over (acquire: the frame that it wrote is visible); else NULL. */
static inline struct tpacket2_hdr *next_slot(const struct tpacket2 *t)
{
	struct tpacket2_hdr *h = (struct tpacket2_hdr *)(t->socket.ring + (size_t)t->at * t->frame_bytes);

	return __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER ? h : NULL;
}

static int tpacket2_poll(struct capture *c, int budget)
{
	struct tpacket2 *t = c->priv;
	struct sink *sink = c->sink;
	struct tpacket2_hdr *h;
	int n;

	for (n = 0; n < budget && (h = next_slot(t)); n++) {
		sink_packet(sink, (const uint8_t *)h + h->tp_mac, h->tp_snaplen, h->tp_len);
		/* Release: all reads of the slot are done before the kernel may fill it again. */
		__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		t->at = (t->at + 1) & (t->frames - 1);
	}
	t->read += n;
	return n;
}

static int tpacket2_wait(struct capture *c, uint64_t timeout_ns)
{
	struct tpacket2 *t = c->priv;

	return packet_socket_wait(c, &t->socket, timeout_ns);
}

static int tpacket2_counts(struct capture *c, struct capture_counts *counts)
{
	struct tpacket2 *t = c->priv;

	return packet_socket_counts(c, &t->socket, t->read, counts);
}

const struct capture_ops capture_tpacket2 = {
	.name = "tpacket2",
	.summary = "packet socket, TPACKET_V2 ring: a slot a frame, seen at once",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN | CAPTURE_FILTERS,
	.priv_size = sizeof(struct tpacket2),
	.params = params,
	.check = tpacket2_check,
	.open = tpacket2_open,
	.poll = tpacket2_poll,
	.wait = tpacket2_wait,
	.counts = tpacket2_counts,
	.close = tpacket2_close,
};
