// SPDX-License-Identifier: GPL-2.0-or-later
/* io-uring: a raw packet socket without a ring; one multishot recvmsg() fills buffers that we provide. */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "capture-impls/common/memory.h"
#include "capture-impls/common/packet_socket.h"

#define GROUP 0 /* of provided buffers: there is one */
#define BUFFERS_MAX 32768
/* What the kernel puts before the frame in a buffer: lengths; we ask for no address and no control messages. */
#define HEAD sizeof(struct io_uring_recvmsg_out)

struct uring {
	uint32_t rcvbuf_bytes, buffers, buffer_bytes, defer; /* parameters */
	struct packet_socket socket;
	struct io_uring ring;
	bool opened; /* ring is set up */
	bool armed; /* the kernel has our recvmsg() */
	struct io_uring_buf_ring *provided; /* NULL: none */
	uint8_t *memory; /* buffers * buffer_bytes */
	struct msghdr message;
	uint64_t read;
};

static const struct capture_param params[] = {
	{ "rcvbuf_bytes", PARAM_U32, offsetof(struct uring, rcvbuf_bytes), "1048576", 4096, 1u << 29,
	  "bytes: receive buffer as asked for; the kernel doubles it" },
	{ "buffers", PARAM_U32, offsetof(struct uring, buffers), "1024", 2, BUFFERS_MAX,
	  "frames: buffers provided to the kernel, a power of two" },
	{ "buffer_bytes", PARAM_U32, offsetof(struct uring, buffer_bytes), "2048", 128, 65536,
	  "bytes: size of a buffer; 16 of them are not the frame's" },
	{ "defer", PARAM_BOOL, offsetof(struct uring, defer), "1", 0, 1,
	  "0|1: frames are copied when the reader asks (IORING_SETUP_DEFER_TASKRUN), and not whenever it enters the "
	  "kernel" },
	{ 0 },
};

static int uring_check(const void *priv, struct err *e)
{
	const struct uring *v = priv;

	if (v->buffers & (v->buffers - 1))
		return err_set(e, -EINVAL, "io-uring: buffers=%u is not a power of two", v->buffers);
	return 0;
}

static void uring_close(struct capture *c)
{
	struct uring *v = c->priv;

	if (v->opened)
		io_uring_queue_exit(&v->ring);
	v->opened = false;
	if (v->provided)
		munmap(v->provided, v->buffers * sizeof(struct io_uring_buf));
	v->provided = NULL;
	free(v->memory);
	v->memory = NULL;
	packet_socket_close(&v->socket);
}

static int uring_failed(struct capture *c, int r, const char *what)
{
	return err_set(&c->err, r, "io-uring: %s: %s", what, strerror(-r));
}

/* Completions never outnumber the buffers, so a queue of twice as many does not overflow. */
static int new_queue(struct capture *c, struct uring *v)
{
	struct io_uring_params p = {
		.flags = IORING_SETUP_CQSIZE | (v->defer ? IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN : 0),
		.cq_entries = 2 * v->buffers,
	};
	int r = io_uring_queue_init_params(8, &v->ring, &p);

	if (r)
		return uring_failed(c, r, v->defer ? "queue with DEFER_TASKRUN" : "queue");
	v->opened = true;
	return 0;
}

static void provide(struct uring *v, uint32_t i, int offset)
{
	io_uring_buf_ring_add(v->provided, v->memory + (size_t)i * v->buffer_bytes, v->buffer_bytes, (uint16_t)i,
			      io_uring_buf_ring_mask(v->buffers), offset);
}

static int new_buffers(struct capture *c, struct uring *v)
{
	size_t bytes = v->buffers * sizeof(struct io_uring_buf);
	struct io_uring_buf_reg reg = { .ring_entries = v->buffers, .bgid = GROUP };
	int r = memory_check("io-uring", (uint64_t)v->buffers * v->buffer_bytes, &c->err);
	uint32_t i;
	void *p;

	if (r)
		return r;
	v->memory = calloc(v->buffers, v->buffer_bytes);
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	v->provided = p == MAP_FAILED ? NULL : p;
	if (!v->memory || !v->provided)
		return err_set(&c->err, -ENOMEM, "io-uring: no memory for %u buffers", v->buffers);
	reg.ring_addr = (uint64_t)(uintptr_t)p;
	r = io_uring_register_buf_ring(&v->ring, &reg, 0);
	if (r)
		return uring_failed(c, r, "provided buffers");
	io_uring_buf_ring_init(v->provided);
	for (i = 0; i < v->buffers; i++)
		provide(v, i, (int)i);
	io_uring_buf_ring_advance(v->provided, (int)v->buffers);
	return 0;
}

/* The kernel ends it when it has no buffer left; the socket's queue then holds the frames. */
static int arm(struct capture *c, struct uring *v)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&v->ring);
	int r;

	/* MSG_TRUNC: says the frame's full length, even if less of it is copied. */
	io_uring_prep_recvmsg_multishot(sqe, v->socket.fd, &v->message, MSG_TRUNC);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	r = io_uring_submit(&v->ring);
	if (r < 0)
		return uring_failed(c, r, "submit");
	v->armed = true;
	return 0;
}

static int uring_open(struct capture *c)
{
	struct uring *v = c->priv;
	int r = new_queue(c, v);

	r = r ? r : new_buffers(c, v);
	r = r ? r : packet_socket_new(c, &v->socket);
	r = r ? r : packet_socket_buffer(c, &v->socket, v->rcvbuf_bytes);
	r = r ? r : packet_socket_bind(c, &v->socket);
	r = r ? r : arm(c, v);
	if (r)
		uring_close(c);
	return r;
}

/* A completion that has a frame; its buffer goes back. */
static void deliver(struct capture *c, struct uring *v, const struct io_uring_cqe *cqe)
{
	uint32_t i = cqe->flags >> IORING_CQE_BUFFER_SHIFT, room = v->buffer_bytes - HEAD;
	const uint8_t *buffer = v->memory + (size_t)i * v->buffer_bytes;
	uint32_t len = ((const struct io_uring_recvmsg_out *)buffer)->payloadlen;

	sink_packet(c->sink, buffer + HEAD, len < room ? len : room, len);
	provide(v, i, 0);
	io_uring_buf_ring_advance(v->provided, 1);
	v->read++;
}

/* Returns 1 for a frame, 0 for a completion without one, or -errno. */
static int take(struct capture *c, struct uring *v, const struct io_uring_cqe *cqe)
{
	int r = cqe->res;

	if (!(cqe->flags & IORING_CQE_F_MORE))
		v->armed = false;
	if (cqe->flags & IORING_CQE_F_BUFFER) {
		deliver(c, v, cqe);
		return 1;
	}
	return r >= 0 || r == -ENOBUFS || r == -EINTR || r == -EAGAIN ? 0 : uring_failed(c, r, c->ifname);
}

static int take_all(struct capture *c, struct uring *v, int budget)
{
	struct io_uring_cqe *cqe;
	int done = 0, r = 0;

	while (done < budget && r >= 0 && !io_uring_peek_cqe(&v->ring, &cqe)) {
		r = take(c, v, cqe);
		io_uring_cqe_seen(&v->ring, cqe);
		done += r > 0;
	}
	return r < 0 ? r : done;
}

static int uring_poll(struct capture *c, int budget)
{
	struct uring *v = c->priv;
	int done = take_all(c, v, budget), r = 0;

	if (done)
		return done;
	if (!v->armed)
		r = arm(c, v);
	else if (v->defer && io_uring_get_events(&v->ring) < 0)
		r = uring_failed(c, -errno, "get events");
	if (r)
		return r;
	sink_batch(c->sink);
	return take_all(c, v, budget);
}

static int uring_wait(struct capture *c, uint64_t timeout_ns)
{
	struct __kernel_timespec timeout = { (int64_t)(timeout_ns / 1000000000), (long long)(timeout_ns % 1000000000) };
	struct uring *v = c->priv;
	struct io_uring_cqe *cqe;
	int r;

	if (!v->armed)
		return 0;
	r = io_uring_wait_cqes(&v->ring, &cqe, 1, &timeout, NULL);
	return r >= 0 || r == -ETIME || r == -EINTR || r == -EAGAIN ? 0 : uring_failed(c, r, "wait");
}

static int uring_counts(struct capture *c, struct capture_counts *counts)
{
	struct uring *v = c->priv;

	return packet_socket_counts(c, &v->socket, v->read, counts);
}

/* Is there io_uring? A sysctl and many containers forbid it. */
static int uring_probe(struct err *why)
{
	struct io_uring ring;
	int r = io_uring_queue_init(1, &ring, 0);

	if (r)
		return err_set(why, r, "io_uring: %s", strerror(-r));
	io_uring_queue_exit(&ring);
	return 0;
}

const struct capture_ops capture_io_uring = {
	.name = "io-uring",
	.summary = "packet socket without a ring: io_uring, multishot recvmsg() into provided buffers",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN | CAPTURE_FILTERS,
	.priv_size = sizeof(struct uring),
	.params = params,
	.check = uring_check,
	.probe = uring_probe,
	.open = uring_open,
	.poll = uring_poll,
	.wait = uring_wait,
	.counts = uring_counts,
	.close = uring_close,
};
