// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xdp-count: an XDP program in the NIC's driver that counts each frame and
 * drops it. No sk_buff, no reader: the minimum cost of any XDP capture.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <stddef.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "harness/util/bpf.h"
#include "harness/util/file.h"

#define QUEUES 256 /* a power of two */
#define CELL_SHIFT 6 /* a count has a cache line of its own */
#define CELL_WORDS ((1 << CELL_SHIFT) / sizeof(uint64_t))

struct xdp_count {
	bool opened; /* open() has begun; else there is nothing to close (a zeroed descriptor would look valid) */
	int map, prog, link; /* below 0: not open */
};

static int new_program(int map, struct err *e)
{
	/*
	 * A receive queue is polled on one CPU at a time, so its count needs no atomic addition. The mask only pleases
	 * the verifier: open() has checked that there are no more queues.
	 */
	const struct bpf_insn insn[] = {
		BPF_LOAD(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, rx_queue_index)),
		BPF_DO_IMM(BPF_AND, BPF_REG_2, QUEUES - 1),
		BPF_DO_IMM(BPF_LSH, BPF_REG_2, CELL_SHIFT),
		BPF_MAP_BYTES(BPF_REG_3, map, 0),
		BPF_DO(BPF_ADD, BPF_REG_3, BPF_REG_2),
		BPF_LOAD(BPF_DW, BPF_REG_4, BPF_REG_3, 0),
		BPF_DO_IMM(BPF_ADD, BPF_REG_4, 1),
		BPF_STORE(BPF_DW, BPF_REG_3, 0, BPF_REG_4),
		BPF_SET(BPF_REG_0, XDP_DROP),
		BPF_RETURN(),
	};

	return bpf_xdp_load(insn, sizeof(insn) / sizeof(insn[0]), "rxlab_count", e);
}

static void xdp_count_close(struct capture *c)
{
	struct xdp_count *x = c->priv;

	if (!x->opened)
		return;
	file_close(&x->link);
	file_close(&x->prog);
	file_close(&x->map);
}

static int open_all(struct capture *c, struct xdp_count *x)
{
	x->map = bpf_map_new(BPF_MAP_TYPE_ARRAY, "rxlab_count", QUEUES << CELL_SHIFT, 1, 0, &c->err);
	if (x->map < 0)
		return x->map;
	x->prog = new_program(x->map, &c->err);
	if (x->prog < 0)
		return x->prog;
	x->link = bpf_xdp_attach(x->prog, c->ifname, XDP_FLAGS_DRV_MODE, &c->err);
	return x->link < 0 ? x->link : 0;
}

static int xdp_count_open(struct capture *c)
{
	struct xdp_count *x = c->priv;
	uint32_t queues = bpf_xdp_queues(c->ifname);
	int r;

	if (queues > QUEUES)
		return err_set(&c->err, -E2BIG, "xdp-count: %s has %u receive queues, %u at most", c->ifname, queues,
			       QUEUES);
	x->map = x->prog = x->link = -1;
	x->opened = true;
	r = open_all(c, x);
	if (r)
		xdp_count_close(c);
	return r;
}

static int xdp_count_counts(struct capture *c, struct capture_counts *counts)
{
	uint64_t cells[QUEUES][CELL_WORDS], sum = 0;
	struct xdp_count *x = c->priv;
	int r = bpf_map_get(x->map, 0, cells, &c->err);
	uint32_t i;

	if (r)
		return r;
	for (i = 0; i < QUEUES; i++)
		sum += cells[i][0];
	counts->received = counter_of(sum);
	counts->dropped = counter_of(0);
	return 0;
}

const struct capture_ops capture_xdp_count = {
	.name = "xdp-count",
	.summary = "XDP program in the driver: counts and drops; no reader",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_TAKES_FRAMES,
	.priv_size = sizeof(struct xdp_count),
	.probe = bpf_probe,
	.open = xdp_count_open,
	.counts = xdp_count_counts,
	.close = xdp_count_close,
};
