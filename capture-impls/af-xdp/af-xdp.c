// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * af-xdp: AF_XDP sockets, one on each receive queue, and an XDP program that
 * gives them every frame before the stack makes an sk_buff of it.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/af-xdp/xsk.h"
#include "capture-impls/capture.h"
#include "harness/util/bpf.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

#define QUEUES 64

struct af_xdp {
	char mode[CAPTURE_NAME_MAX]; /* parameters */
	uint32_t frames, frame_bytes, need_wakeup, busy_usecs;
	bool opened; /* open() has begun; else there is nothing to close (a zeroed descriptor would look valid) */
	int map, prog, link; /* below 0: not open */
	uint32_t n, next; /* number of sockets, and the one to read next */
	struct xsk socket[QUEUES];
};

static const struct capture_param params[] = {
	{ "mode", PARAM_NAME, offsetof(struct af_xdp, mode), "native", 0, 0,
	  "name: native, the driver's XDP and a copy; skb, the stack's XDP and a copy; zerocopy" },
	{ "frames", PARAM_U32, offsetof(struct af_xdp, frames), "4096", 64, 65536,
	  "frames: of memory and of each ring, a queue; a power of two" },
	{ "frame_bytes", PARAM_U32, offsetof(struct af_xdp, frame_bytes), "2048", 2048, 4096,
	  "bytes: of a frame, with 256 of headroom; 2048 or 4096" },
	{ "need_wakeup", PARAM_BOOL, offsetof(struct af_xdp, need_wakeup), "1", 0, 1,
	  "0 or 1: the driver sleeps when it has no empty frames, and is woken" },
	{ "busy_usecs", PARAM_U32, offsetof(struct af_xdp, busy_usecs), "0", 0, 1000000,
	  "us: longest that a look for frames drives the NIC's queue itself; 0: no busy polling" },
	{ 0 },
};

static const struct mode {
	const char *name;
	uint32_t attach_flags;
	uint16_t bind_flags;
} modes[] = {
	{ "native", XDP_FLAGS_DRV_MODE, XDP_COPY },
	{ "skb", XDP_FLAGS_SKB_MODE, XDP_COPY },
	{ "zerocopy", XDP_FLAGS_DRV_MODE, XDP_ZEROCOPY },
	{ 0 },
};

static const struct mode *mode_find(const char *name)
{
	const struct mode *m = modes;

	while (m->name && strcmp(m->name, name))
		m++;
	return m->name ? m : NULL;
}

static int probe(struct err *why)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(why, "AF_XDP: socket");
	close(fd);
	return bpf_probe(why);
}

static void af_xdp_close(struct capture *c)
{
	struct af_xdp *a = c->priv;

	if (!a->opened)
		return;
	/* The program first, so that no frame is given to a socket that is being closed. */
	file_close(&a->link);
	file_close(&a->prog);
	while (a->n)
		xsk_close(&a->socket[--a->n]);
	file_close(&a->map);
}

/* A frame goes to its queue's socket; if that has no room, the frame is dropped and the socket counts it. */
static int new_program(int map, struct err *e)
{
	const struct bpf_insn insn[] = {
		BPF_LOAD(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, rx_queue_index)),
		BPF_MAP(BPF_REG_1, map),
		BPF_SET(BPF_REG_3, XDP_PASS), /* for a queue without a socket */
		BPF_CALL_HELPER(BPF_FUNC_redirect_map),
		BPF_RETURN(),
	};

	return bpf_xdp_load(insn, sizeof(insn) / sizeof(insn[0]), "rxlab_xsk", e);
}

static int open_sockets(struct capture *c, struct af_xdp *a, uint32_t queues, uint16_t bind_flags)
{
	struct xsk_config cfg = {
		.ifname = c->ifname,
		.frames = a->frames,
		.frame_bytes = a->frame_bytes,
		.bind_flags = (uint16_t)(bind_flags | (a->need_wakeup ? XDP_USE_NEED_WAKEUP : 0)),
		.busy_usecs = a->busy_usecs,
	};
	int r = 0;

	for (; cfg.queue < queues && !r; cfg.queue++) {
		r = xsk_open(&a->socket[a->n], &cfg, &c->err);
		if (!r)
			r = bpf_map_put(a->map, cfg.queue, &a->socket[a->n++].fd, &c->err);
	}
	return r;
}

static int check(const void *priv, struct err *e)
{
	const struct af_xdp *a = priv;

	if (!mode_find(a->mode))
		return err_set(e, -EINVAL, "af-xdp: mode=%s: must be native, skb or zerocopy", a->mode);
	if (!is_power_of_two(a->frames))
		return err_set(e, -EINVAL, "af-xdp: frames=%u: not a power of two", a->frames);
	if (!is_power_of_two(a->frame_bytes))
		return err_set(e, -EINVAL, "af-xdp: frame_bytes=%u: must be 2048 or 4096", a->frame_bytes);
	return 0;
}

static int attach(struct capture *c, struct af_xdp *a, uint32_t flags)
{
	a->prog = new_program(a->map, &c->err);
	if (a->prog < 0)
		return a->prog;
	a->link = bpf_xdp_attach(a->prog, c->ifname, flags, &c->err);
	return a->link < 0 ? a->link : 0;
}

static int af_xdp_open(struct capture *c)
{
	struct af_xdp *a = c->priv;
	const struct mode *m = mode_find(a->mode);
	uint32_t queues = bpf_xdp_queues(c->ifname);
	int r;

	a->map = a->prog = a->link = -1;
	a->opened = true;
	if (!queues)
		return err_set(&c->err, -ENODEV, "af-xdp: no interface %s", c->ifname);
	if (queues > QUEUES)
		return err_set(&c->err, -E2BIG, "af-xdp: %s has %u receive queues, %d at most", c->ifname, queues,
			       QUEUES);
	a->map = bpf_map_new(BPF_MAP_TYPE_XSKMAP, "rxlab_xsk", sizeof(int), queues, 0, &c->err);
	r = a->map < 0 ? a->map : open_sockets(c, a, queues, m->bind_flags);
	/* Last, so that there is a socket for every frame. */
	r = r ? r : attach(c, a, m->attach_flags);
	if (r)
		af_xdp_close(c);
	return r;
}

static __attribute__((flatten)) int poll_one(struct sink *sink, struct xsk *x, uint32_t budget)
{
	uint32_t i, n = xsk_waiting(x);
	const struct xdp_desc *d;

	if (!n)
		return 0;
	n = n < budget ? n : budget;
	for (i = 0; i < n; i++) {
		d = xsk_entry(x, i);
		sink_packet(sink, x->umem + d->addr, d->len, d->len);
		xsk_return(x, i, d->addr);
	}
	xsk_release(x, n);
	return (int)n;
}

static int af_xdp_poll(struct capture *c, int budget)
{
	struct af_xdp *a = c->priv;
	uint32_t i;
	int n = 0;

	for (i = 0; i < a->n && n < budget; i++) {
		n += poll_one(c->sink, &a->socket[a->next], (uint32_t)(budget - n));
		a->next = a->next + 1 < a->n ? a->next + 1 : 0;
	}
	return n;
}

static int af_xdp_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000) };
	struct af_xdp *a = c->priv;
	struct pollfd p[QUEUES];
	uint32_t i;

	for (i = 0; i < a->n && a->busy_usecs; i++)
		xsk_kick(&a->socket[i]);
	if (a->busy_usecs)
		return 0;
	for (i = 0; i < a->n; i++)
		p[i] = (struct pollfd) { .fd = a->socket[i].fd, .events = POLLIN };
	if (ppoll(p, a->n, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "af-xdp: poll");
	return 0;
}

static int af_xdp_counts(struct capture *c, struct capture_counts *counts)
{
	uint64_t read = 0, left = 0, dropped = 0, of_one;
	struct af_xdp *a = c->priv;
	uint32_t i;
	int r = 0;

	for (i = 0; i < a->n && !r; i++) {
		r = xsk_dropped(&a->socket[i], &of_one, &c->err);
		dropped += r ? 0 : of_one;
		read += a->socket[i].read;
		left += xsk_waiting(&a->socket[i]);
	}
	if (r)
		return r;
	counts->received = counter_of(read + left);
	counts->dropped = counter_of(dropped);
	counts->left = counter_of(left);
	return 0;
}

const struct capture_ops capture_af_xdp = {
	.name = "af-xdp",
	.summary = "AF_XDP sockets: frames from the driver before the stack, by copy or without",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_TAKES_FRAMES | CAPTURE_LOSES_VLAN,
	.priv_size = sizeof(struct af_xdp),
	.params = params,
	.check = check,
	.probe = probe,
	.open = af_xdp_open,
	.poll = af_xdp_poll,
	.wait = af_xdp_wait,
	.counts = af_xdp_counts,
	.close = af_xdp_close,
};
