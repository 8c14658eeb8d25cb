// SPDX-License-Identifier: GPL-2.0-or-later
/* recv: a raw packet socket without a ring; a system call and a copy for each frame. */
#include <errno.h>
#include <sys/socket.h>

#include "capture-impls/common/packet_socket.h"

struct recv {
	uint32_t rcvbuf_bytes; /* parameter */
	struct packet_socket socket;
	uint64_t read;
	uint8_t buffer[65536]; /* no frame is longer */
};

static const struct capture_param params[] = {
	{ "rcvbuf_bytes", PARAM_U32, offsetof(struct recv, rcvbuf_bytes), "1048576", 4096, 1u << 29,
	  "bytes: receive buffer as asked for; the kernel doubles it" },
	{ 0 },
};

static void recv_close(struct capture *c)
{
	struct recv *v = c->priv;

	packet_socket_close(&v->socket);
}

static int recv_open(struct capture *c)
{
	struct recv *v = c->priv;
	int r = packet_socket_new(c, &v->socket);

	r = r ? r : packet_socket_buffer(c, &v->socket, v->rcvbuf_bytes);
	r = r ? r : packet_socket_bind(c, &v->socket);
	if (r)
		recv_close(c);
	return r;
}

static int recv_poll(struct capture *c, int budget)
{
	struct recv *v = c->priv;
	ssize_t n = 0;
	uint32_t len;
	int done;

	for (done = 0; done < budget; done++) {
		/* MSG_TRUNC: returns the frame's full length, even if less of it is copied. */
		n = recvfrom(v->socket.fd, v->buffer, sizeof(v->buffer), MSG_DONTWAIT | MSG_TRUNC, NULL, NULL);
		if (n < 0)
			break;
		sink_batch(c->sink);
		len = (uint32_t)n;
		sink_packet(c->sink, v->buffer, len < sizeof(v->buffer) ? len : sizeof(v->buffer), len);
	}
	v->read += done;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return err_sys(&c->err, "recv: %s", c->ifname);
	return done;
}

static int recv_wait(struct capture *c, uint64_t timeout_ns)
{
	struct recv *v = c->priv;

	return packet_socket_wait(c, &v->socket, timeout_ns);
}

static int recv_counts(struct capture *c, struct capture_counts *counts)
{
	struct recv *v = c->priv;

	return packet_socket_counts(c, &v->socket, v->read, counts);
}

const struct capture_ops capture_recv = {
	.name = "recv",
	.summary = "packet socket without a ring: recvfrom(), a frame a call",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN | CAPTURE_FILTERS,
	.priv_size = sizeof(struct recv),
	.params = params,
	.open = recv_open,
	.poll = recv_poll,
	.wait = recv_wait,
	.counts = recv_counts,
	.close = recv_close,
};
