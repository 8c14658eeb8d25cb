// SPDX-License-Identifier: GPL-2.0-or-later
/* bpf-perfbuf: an XDP program writes each frame into the perf buffer of its CPU and lets it pass, as xdpdump's does. */
#include <errno.h>
#include <linux/if_link.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture-impls/bpf-perfbuf/ring.h"
#include "capture-impls/common/bpf_counts.h"
#include "capture-impls/common/memory.h"
#include "harness/util/file.h"

#define CPUS_MAX 256
#define META ((int)sizeof(struct bpf_perfbuf_frame))
#define META_AT(member) ((int16_t)(offsetof(struct bpf_perfbuf_frame, member) - sizeof(struct bpf_perfbuf_frame)))

struct bpf_perfbuf {
	uint32_t ring_bytes, wake_frames, snaplen; /* parameters */
	bool opened; /* else there is nothing to close: the descriptors are 0 */
	int rings, counts, link; /* the array of the buffers, the counts' map, the program's place; below 0: not open */
	uint32_t cpus, turn; /* buffers; whose turn it is to be read */
	struct perf_ring ring[CPUS_MAX];
	uint64_t read;
	uint8_t spare[PERF_RING_RECORD_MAX];
};

static const struct capture_param params[] = {
	{ "ring_bytes", PARAM_U32, offsetof(struct bpf_perfbuf, ring_bytes), "4194304", 4096, 1u << 29,
	  "bytes: perf buffer of each CPU, a power of two" },
	{ "wake_frames", PARAM_U32, offsetof(struct bpf_perfbuf, wake_frames), "1", 1, 65536,
	  "frames: wake a sleeping reader when so many have come" },
	{ "snaplen", PARAM_U32, offsetof(struct bpf_perfbuf, snaplen), "16384", 64, 32768,
	  "bytes: kept of each frame" },
	{ 0 },
};

static int bpf_perfbuf_check(const void *priv, struct err *e)
{
	const struct bpf_perfbuf *v = priv;

	if (v->ring_bytes & (v->ring_bytes - 1))
		return err_set(e, -EINVAL, "bpf-perfbuf: ring_bytes=%u is not a power of two", v->ring_bytes);
	return 0;
}

/* The kernel takes the frame's bytes itself: how many is in the upper half of the flags. */
static int new_program(const struct bpf_perfbuf *v, struct err *e)
{
	enum { CONTEXT = BPF_REG_6, COUNTS = BPF_REG_7 };
	enum { FITS, OUT };
	struct bpf_code c = { 0 };

	BPF_CODE(&c, BPF_MOVE(CONTEXT, BPF_REG_1), BPF_MAP_BYTES(COUNTS, v->counts, 0), BPF_COUNT(COUNTS, seen),
		 BPF_LOAD(BPF_W, BPF_REG_2, CONTEXT, offsetof(struct xdp_md, data)),
		 BPF_LOAD(BPF_W, BPF_REG_3, CONTEXT, offsetof(struct xdp_md, data_end)),
		 BPF_DO(BPF_SUB, BPF_REG_3, BPF_REG_2), BPF_STORE(BPF_W, BPF_REG_10, META_AT(len), BPF_REG_3));
	bpf_code_jump(&c, BPF_JUMP_IMM(BPF_JLE, BPF_REG_3, (int32_t)v->snaplen, 0), FITS);
	BPF_CODE(&c, BPF_SET(BPF_REG_3, (int32_t)v->snaplen));
	bpf_code_label(&c, FITS);
	BPF_CODE(&c, BPF_STORE(BPF_W, BPF_REG_10, META_AT(caplen), BPF_REG_3), BPF_DO_IMM(BPF_LSH, BPF_REG_3, 32),
		 BPF_INSN(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, -1), BPF_DO(BPF_OR, BPF_REG_3, BPF_REG_2),
		 BPF_MOVE(BPF_REG_1, CONTEXT), BPF_MAP(BPF_REG_2, v->rings), BPF_MOVE(BPF_REG_4, BPF_REG_10),
		 BPF_DO_IMM(BPF_ADD, BPF_REG_4, -META), BPF_SET(BPF_REG_5, META),
		 BPF_CALL_HELPER(BPF_FUNC_perf_event_output));
	bpf_code_jump(&c, BPF_JUMP_IMM(BPF_JEQ, BPF_REG_0, 0, 0), OUT);
	BPF_CODE(&c, BPF_COUNT(COUNTS, lost));
	bpf_code_label(&c, OUT);
	BPF_CODE(&c, BPF_SET(BPF_REG_0, XDP_PASS), BPF_RETURN());
	bpf_code_resolve(&c);
	return bpf_xdp_load(c.insn, c.n, "rxlab_perfbuf", e);
}

static void bpf_perfbuf_close(struct capture *c)
{
	struct bpf_perfbuf *v = c->priv;
	uint32_t i;

	if (!v->opened)
		return;
	file_close(&v->link);
	for (i = 0; i < v->cpus; i++)
		perf_ring_close(&v->ring[i]);
	v->cpus = 0;
	file_close(&v->rings);
	file_close(&v->counts);
}

/* A buffer for each CPU: the program writes into that of the CPU on which it runs. */
static int open_rings(struct capture *c, struct bpf_perfbuf *v)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	int r = 0;

	if (cpus < 1 || cpus > CPUS_MAX)
		return err_set(&c->err, -E2BIG, "bpf-perfbuf: %ld CPUs, %u at most", cpus, CPUS_MAX);
	r = memory_check("bpf-perfbuf", (uint64_t)v->ring_bytes * (uint64_t)cpus, &c->err);
	v->rings = bpf_map_new(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "rxlab_rings", sizeof(int), (uint32_t)cpus, 0, &c->err);
	if (!r && v->rings < 0)
		r = v->rings;
	while (!r && v->cpus < (uint32_t)cpus) {
		r = perf_ring_open(&v->ring[v->cpus], v->cpus, v->ring_bytes, v->wake_frames, &c->err);
		r = r ? r : bpf_map_put(v->rings, v->cpus, &v->ring[v->cpus].fd, &c->err);
		v->cpus++;
	}
	return r;
}

static int open_all(struct capture *c, struct bpf_perfbuf *v)
{
	int r, program;

	v->counts = bpf_counts_new(&c->err);
	r = v->counts < 0 ? v->counts : open_rings(c, v);
	if (r)
		return r;
	program = new_program(v, &c->err);
	if (program < 0)
		return program;
	v->link = bpf_xdp_attach(program, c->ifname, XDP_FLAGS_DRV_MODE, &c->err);
	close(program);
	return v->link < 0 ? v->link : 0;
}

static int bpf_perfbuf_open(struct capture *c)
{
	struct bpf_perfbuf *v = c->priv;
	int r;

	v->rings = v->counts = v->link = -1;
	v->opened = true;
	r = open_all(c, v);
	if (r)
		bpf_perfbuf_close(c);
	return r;
}

static int poll_ring(struct capture *c, struct perf_ring *r, uint8_t *spare, int budget)
{
	const struct bpf_perfbuf_frame *frame;
	int done;

	for (done = 0; done < budget && (frame = perf_ring_next(r, spare)); done++) {
		sink_packet(c->sink, frame->data, frame->caplen, frame->len);
		perf_ring_release(r);
	}
	return done;
}

/* Each buffer in turn, so that a busy CPU does not keep the others' frames waiting. */
static int bpf_perfbuf_poll(struct capture *c, int budget)
{
	struct bpf_perfbuf *v = c->priv;
	int done = 0;
	uint32_t i;

	for (i = 0; i < v->cpus && done < budget; i++) {
		done += poll_ring(c, &v->ring[v->turn], v->spare, budget - done);
		v->turn = v->turn + 1 < v->cpus ? v->turn + 1 : 0;
	}
	v->read += done;
	return done;
}

static int bpf_perfbuf_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000) };
	struct bpf_perfbuf *v = c->priv;
	struct pollfd p[CPUS_MAX];
	uint32_t i;

	for (i = 0; i < v->cpus; i++)
		p[i] = (struct pollfd) { .fd = v->ring[i].fd, .events = POLLIN };
	if (ppoll(p, v->cpus, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "bpf-perfbuf: poll");
	return 0;
}

static int bpf_perfbuf_counts(struct capture *c, struct capture_counts *counts)
{
	struct bpf_perfbuf *v = c->priv;

	return bpf_counts_fill(c, v->counts, v->read, counts);
}

const struct capture_ops capture_bpf_perfbuf = {
	.name = "bpf-perfbuf",
	.summary = "XDP program, perf buffers: what xdpdump does",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN,
	.priv_size = sizeof(struct bpf_perfbuf),
	.params = params,
	.check = bpf_perfbuf_check,
	.probe = bpf_probe,
	.open = bpf_perfbuf_open,
	.poll = bpf_perfbuf_poll,
	.wait = bpf_perfbuf_wait,
	.counts = bpf_perfbuf_counts,
	.close = bpf_perfbuf_close,
};
