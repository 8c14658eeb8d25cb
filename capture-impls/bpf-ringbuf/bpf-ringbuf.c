// SPDX-License-Identifier: GPL-2.0-or-later
/* bpf-ringbuf: a BPF program at traffic control's ingress copies each frame into the kernel's BPF ring buffer. */
#include <errno.h>
#include <linux/bpf.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture-impls/bpf-ringbuf/program.h"
#include "capture-impls/common/bpf_counts.h"
#include "capture-impls/common/memory.h"
#include "harness/dut/clsact.h"
#include "harness/util/file.h"
#include "harness/util/tc.h"

/* Behind a record's header, which is BPF_RINGBUF_HDR_SZ bytes, records are padded to 8. */
#define RECORD_BYTES(length) (((uint64_t)(length) + BPF_RINGBUF_HDR_SZ + 7) & ~7ULL)

struct bpf_ringbuf {
	uint32_t ring_bytes; /* parameter */
	bool opened; /* else there is nothing to close: the descriptors are 0 */
	int ring, counts, link; /* below 0: not open */
	uint64_t *consumer; /* a page: how far we have read */
	const uint8_t *producer; /* a page: how far the kernel has written; then the data, mapped twice in a row */
	uint64_t page;
	uint64_t position; /* as in *consumer */
	uint64_t read;
};

static const struct capture_param params[] = {
	{ "ring_bytes", PARAM_U32, offsetof(struct bpf_ringbuf, ring_bytes), "4194304", 4096, 1u << 29,
	  "bytes: size of the BPF ring buffer, a power of two" },
	{ 0 },
};

static int bpf_ringbuf_check(const void *priv, struct err *e)
{
	const struct bpf_ringbuf *v = priv;

	if (v->ring_bytes & (v->ring_bytes - 1))
		return err_set(e, -EINVAL, "bpf-ringbuf: ring_bytes=%u is not a power of two", v->ring_bytes);
	return 0;
}

static void unmap(struct bpf_ringbuf *v)
{
	if (v->consumer)
		munmap(v->consumer, v->page);
	if (v->producer)
		munmap((void *)(uintptr_t)v->producer, v->page + 2ULL * v->ring_bytes);
	v->consumer = NULL;
	v->producer = NULL;
}

static void bpf_ringbuf_close(struct capture *c)
{
	struct bpf_ringbuf *v = c->priv;

	if (!v->opened)
		return;
	file_close(&v->link);
	unmap(v);
	file_close(&v->ring);
	file_close(&v->counts);
}

static void *map(int fd, uint64_t bytes, int access, uint64_t at)
{
	void *p = mmap(NULL, bytes, access, MAP_SHARED | MAP_POPULATE, fd, (off_t)at);

	return p == MAP_FAILED ? NULL : p;
}

static int new_ring(struct capture *c, struct bpf_ringbuf *v)
{
	int r = memory_check("bpf-ringbuf", v->ring_bytes, &c->err);

	if (r)
		return r;
	v->page = (uint64_t)sysconf(_SC_PAGESIZE);
	v->ring = bpf_map_new(BPF_MAP_TYPE_RINGBUF, "rxlab_ring", 0, v->ring_bytes, 0, &c->err);
	if (v->ring < 0)
		return v->ring;
	v->consumer = map(v->ring, v->page, PROT_READ | PROT_WRITE, 0);
	v->producer = map(v->ring, v->page + 2ULL * v->ring_bytes, PROT_READ, v->page);
	if (!v->consumer || !v->producer)
		return err_sys(&c->err, "bpf-ringbuf: mmap of %u bytes", v->ring_bytes);
	return 0;
}

/* By a link, which ends with us, where the kernel has tcx; else in a qdisc, which ends when its adding is undone. */
static int attach(struct capture *c, struct bpf_ringbuf *v, int program)
{
	int r;

	v->link = bpf_tcx_attach(program, c->ifname, &c->err);
	if (v->link >= 0)
		return outcome_knob(c->outcome, "hook", "tcx");
	if (v->link != -EINVAL)
		return v->link;
	r = clsact_lend(c->undo, c->ifname, &c->err);
	r = r ? r : tc_bpf_add(c->ifname, TC_INGRESS, program, "rxlab_ringbuf", &c->err);
	return r ? r : outcome_knob(c->outcome, "hook", "clsact");
}

static int open_all(struct capture *c, struct bpf_ringbuf *v)
{
	int r, program;

	r = v->counts = bpf_counts_new(&c->err);
	if (r < 0)
		return r;
	r = new_ring(c, v);
	if (r)
		return r;
	program = bpf_ringbuf_program(v->ring, v->counts, &c->err);
	if (program < 0)
		return program;
	r = attach(c, v, program);
	close(program);
	return r;
}

static int bpf_ringbuf_open(struct capture *c)
{
	struct bpf_ringbuf *v = c->priv;
	int r;

	v->ring = v->counts = v->link = -1;
	v->opened = true;
	r = open_all(c, v);
	if (r)
		bpf_ringbuf_close(c);
	return r;
}

/* The record at the reader's position; NULL: none is complete yet. */
static const struct bpf_ringbuf_frame *next(struct bpf_ringbuf *v, uint64_t end, uint32_t *length)
{
	const uint8_t *record = v->producer + v->page + (v->position & (v->ring_bytes - 1));

	if (v->position >= end)
		return NULL;
	*length = __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);
	return *length & BPF_RINGBUF_BUSY_BIT ? NULL : (const void *)(record + BPF_RINGBUF_HDR_SZ);
}

/* The ring is read-only for us but for our own position, which only says what the kernel may overwrite. */
static int bpf_ringbuf_poll(struct capture *c, int budget)
{
	struct bpf_ringbuf *v = c->priv;
	uint64_t end = __atomic_load_n((const uint64_t *)v->producer, __ATOMIC_ACQUIRE);
	const struct bpf_ringbuf_frame *frame;
	uint32_t length;
	int done = 0;

	while (done < budget && (frame = next(v, end, &length))) {
		if (!(length & BPF_RINGBUF_DISCARD_BIT)) {
			sink_packet(c->sink, frame->data, frame->caplen, frame->len);
			done++;
		}
		v->position += RECORD_BYTES(length & ~BPF_RINGBUF_DISCARD_BIT);
		__atomic_store_n(v->consumer, v->position, __ATOMIC_RELEASE);
	}
	v->read += done;
	return done;
}

static int bpf_ringbuf_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000) };
	struct bpf_ringbuf *v = c->priv;
	struct pollfd p = { .fd = v->ring, .events = POLLIN };

	if (ppoll(&p, 1, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "bpf-ringbuf: poll");
	return 0;
}

static int bpf_ringbuf_counts(struct capture *c, struct capture_counts *counts)
{
	struct bpf_ringbuf *v = c->priv;

	return bpf_counts_fill(c, v->counts, v->read, counts);
}

const struct capture_ops capture_bpf_ringbuf = {
	.name = "bpf-ringbuf",
	.summary = "tc ingress program, BPF ring buffer: what ptcpdump, pwru and Hubble do",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN,
	.priv_size = sizeof(struct bpf_ringbuf),
	.params = params,
	.check = bpf_ringbuf_check,
	.probe = bpf_probe,
	.open = bpf_ringbuf_open,
	.poll = bpf_ringbuf_poll,
	.wait = bpf_ringbuf_wait,
	.counts = bpf_ringbuf_counts,
	.close = bpf_ringbuf_close,
};
