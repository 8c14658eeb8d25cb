// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fanout: several packet sockets with TPACKET_V3 rings, over which the kernel
 * spreads the frames (PACKET_FANOUT), read in turn by one reader.
 */
#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/common/block_ring.h"
#include "capture-impls/common/filter.h"
#include "harness/record/settings.h"

#define MEMBERS 8

struct fanout {
	uint32_t members; /* parameters */
	char spread[CAPTURE_NAME_MAX];
	struct block_ring_size size;
	uint32_t n, next; /* number of rings, and the one to read next */
	struct block_ring ring[MEMBERS];
};

static const struct capture_param params[] = {
	{ CAPTURE_MEMBERS, PARAM_U32, offsetof(struct fanout, members), "2", 1, MEMBERS, "sockets: in the group" },
	{ "spread", PARAM_NAME, offsetof(struct fanout, spread), "hash", 0, 0,
	  "name: by which frames are spread: hash (of the flow), lb (in turn), cpu, rollover, rnd, qm (NIC's queue)" },
	BLOCK_RING_PARAMS(struct fanout, size),
	{ 0 },
};

static int spread_find(const char *name)
{
	static const struct {
		const char *name;
		int type;
	} spreads[] = {
		{ "hash", PACKET_FANOUT_HASH },		{ "lb", PACKET_FANOUT_LB },   { "cpu", PACKET_FANOUT_CPU },
		{ "rollover", PACKET_FANOUT_ROLLOVER }, { "rnd", PACKET_FANOUT_RND }, { "qm", PACKET_FANOUT_QM },
	};
	size_t i;

	for (i = 0; i < sizeof(spreads) / sizeof(spreads[0]); i++)
		if (!strcmp(spreads[i].name, name))
			return spreads[i].type;
	return -EINVAL;
}

static int fanout_check(const void *priv, struct err *e)
{
	const struct fanout *f = priv;

	if (spread_find(f->spread) < 0)
		return err_set(e, -EINVAL, "fanout: spread=%s: must be hash, lb, cpu, rollover, rnd or qm", f->spread);
	return block_ring_check("fanout", &f->size, e);
}

static void fanout_close(struct capture *c)
{
	struct fanout *f = c->priv;

	while (f->n)
		block_ring_close(&f->ring[--f->n]);
}

/* Only a bound socket can join a group, and until it has joined it would get every frame: this filter rejects all. */
static int deafen(struct capture *c, struct packet_socket *s)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &none };

	if (setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		return err_sys(&c->err, "fanout: filter");
	return 0;
}

/* *group: -1 for the first member, then the number that the kernel chose, for the others. */
static int join(struct capture *c, struct packet_socket *s, int type, int *group)
{
	int value = *group < 0 ? (type | PACKET_FANOUT_FLAG_UNIQUEID) << 16 : (type << 16 | *group);
	socklen_t size = sizeof(value);

	if (setsockopt(s->fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof(value)) ||
	    getsockopt(s->fd, SOL_PACKET, PACKET_FANOUT, &value, &size))
		return err_sys(&c->err, "fanout: group");
	*group = value & 0xffff;
	return 0;
}

static int add_member(struct capture *c, struct fanout *f, int type, int *group)
{
	struct block_ring *b = &f->ring[f->n++];
	int r = block_ring_new(c, b, &f->size);

	r = r ? r : deafen(c, &b->socket);
	r = r ? r : packet_socket_bind(c, &b->socket);
	return r ? r : join(c, &b->socket, type, group);
}

static int hear(struct capture *c, struct fanout *f)
{
	const int unused = 0;
	uint32_t i;
	int fd, r = 0;

	for (i = 0; i < f->n && !r; i++) {
		fd = f->ring[i].socket.fd;
		if (trial_get(c->trial, FILTER_KEY))
			r = filter_attach(c, fd);
		else if (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)))
			r = err_sys(&c->err, "fanout: filter");
	}
	return r;
}

static int fanout_open(struct capture *c)
{
	struct fanout *f = c->priv;
	/* Several readers share one group: its number is not the kernel's choice, but known to the whole process. */
	int type = spread_find(f->spread), group = c->readers > 1 ? getpid() & 0xffff : -1, r = 0;
	uint32_t m;

	for (m = c->reader; m < f->members && !r; m += c->readers)
		r = add_member(c, f, type, &group);
	r = r ? r : hear(c, f);
	if (r)
		fanout_close(c);
	c->hold_ns = f->size.retire_ms * 1000000ULL;
	return r;
}

static int fanout_poll(struct capture *c, int budget)
{
	struct fanout *f = c->priv;
	uint32_t i;
	int n = 0;

	for (i = 0; i < f->n && n < budget; i++) {
		n += block_ring_poll(c->sink, &f->ring[f->next], budget - n);
		f->next = f->next + 1 < f->n ? f->next + 1 : 0;
	}
	return n;
}

static int fanout_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000) };
	struct fanout *f = c->priv;
	struct pollfd p[MEMBERS];
	uint32_t i;

	for (i = 0; i < f->n; i++)
		p[i] = (struct pollfd) { .fd = f->ring[i].socket.fd, .events = POLLIN };
	if (ppoll(p, f->n, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "fanout: poll");
	return 0;
}

static int fanout_counts(struct capture *c, struct capture_counts *counts)
{
	struct fanout *f = c->priv;
	struct capture_counts one;
	uint32_t i;
	int r;

	for (i = 0; i < f->n; i++) {
		r = block_ring_counts(c, &f->ring[i], &one);
		if (r)
			return r;
		counter_add(&counts->received, one.received);
		counter_add(&counts->dropped, one.dropped);
		counter_add(&counts->left, one.left);
	}
	return 0;
}

const struct capture_ops capture_fanout = {
	.name = "fanout",
	.summary = "packet sockets with TPACKET_V3 rings in a fanout group, read in turn",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN | CAPTURE_FILTERS | CAPTURE_MANY_READERS,
	.priv_size = sizeof(struct fanout),
	.params = params,
	.check = fanout_check,
	.open = fanout_open,
	.poll = fanout_poll,
	.wait = fanout_wait,
	.counts = fanout_counts,
	.close = fanout_close,
};
