// SPDX-License-Identifier: GPL-2.0-or-later
/* recvmmsg: a raw packet socket without a ring; a copy for each frame, a system call for a batch of them. */
#include <errno.h>
#include <sys/socket.h>

#include "capture-impls/common/packet_socket.h"

#define BATCH_MAX 64
#define KEPT_BYTES 2048 /* at most, of each frame */

struct recvmmsg {
	uint32_t rcvbuf_bytes, batch; /* parameters */
	struct packet_socket socket;
	uint64_t read;
	struct mmsghdr message[BATCH_MAX];
	struct iovec vector[BATCH_MAX];
	uint8_t buffer[BATCH_MAX][KEPT_BYTES];
};

static const struct capture_param params[] = {
	{ "rcvbuf_bytes", PARAM_U32, offsetof(struct recvmmsg, rcvbuf_bytes), "1048576", 4096, 1u << 29,
	  "bytes: receive buffer as asked for; the kernel doubles it" },
	{ "batch", PARAM_U32, offsetof(struct recvmmsg, batch), "64", 1, BATCH_MAX, "frames: most that a call takes" },
	{ 0 },
};

static void recvmmsg_close(struct capture *c)
{
	struct recvmmsg *v = c->priv;

	packet_socket_close(&v->socket);
}

/* The kernel only changes their lengths, so they are filled once. */
static void fill_messages(struct recvmmsg *v)
{
	uint32_t i;

	for (i = 0; i < BATCH_MAX; i++) {
		v->vector[i] = (struct iovec) { v->buffer[i], KEPT_BYTES };
		v->message[i].msg_hdr.msg_iov = &v->vector[i];
		v->message[i].msg_hdr.msg_iovlen = 1;
	}
}

static int recvmmsg_open(struct capture *c)
{
	struct recvmmsg *v = c->priv;
	int r = packet_socket_new(c, &v->socket);

	fill_messages(v);
	r = r ? r : packet_socket_buffer(c, &v->socket, v->rcvbuf_bytes);
	r = r ? r : packet_socket_bind(c, &v->socket);
	if (r)
		recvmmsg_close(c);
	return r;
}

static void deliver(struct capture *c, const struct recvmmsg *v, int n)
{
	uint32_t len;
	int i;

	sink_batch(c->sink);
	for (i = 0; i < n; i++) {
		len = v->message[i].msg_len;
		sink_packet(c->sink, v->buffer[i], len < KEPT_BYTES ? len : KEPT_BYTES, len);
	}
}

static int recvmmsg_poll(struct capture *c, int budget)
{
	struct recvmmsg *v = c->priv;
	uint32_t want = (uint32_t)budget < v->batch ? (uint32_t)budget : v->batch;
	/* MSG_TRUNC: reports the frame's full length, even if less of it is copied. */
	int n = recvmmsg(v->socket.fd, v->message, want, MSG_DONTWAIT | MSG_TRUNC, NULL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : err_sys(&c->err, "recvmmsg: %s", c->ifname);
	deliver(c, v, n);
	v->read += n;
	return n;
}

static int recvmmsg_wait(struct capture *c, uint64_t timeout_ns)
{
	struct recvmmsg *v = c->priv;

	return packet_socket_wait(c, &v->socket, timeout_ns);
}

static int recvmmsg_counts(struct capture *c, struct capture_counts *counts)
{
	struct recvmmsg *v = c->priv;

	return packet_socket_counts(c, &v->socket, v->read, counts);
}

const struct capture_ops capture_recvmmsg = {
	.name = "recvmmsg",
	.summary = "packet socket without a ring: recvmmsg(), up to 64 frames a call",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN | CAPTURE_FILTERS,
	.priv_size = sizeof(struct recvmmsg),
	.params = params,
	.open = recvmmsg_open,
	.poll = recvmmsg_poll,
	.wait = recvmmsg_wait,
	.counts = recvmmsg_counts,
	.close = recvmmsg_close,
};
