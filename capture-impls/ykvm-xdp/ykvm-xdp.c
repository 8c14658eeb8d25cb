// SPDX-License-Identifier: GPL-2.0-or-later
/* ykvm-xdp: ykvm's ring without a kernel module; ring.h explains it. */
#include <errno.h>
#include <linux/if_link.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "harness/util/bpf.h"
#include "capture-impls/ykvm-xdp/ring.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

#define BELL_BYTES 4096 /* the smallest size: a page, on every machine that this runs on */
/* A store by the program may become visible to the reader late, by as long as a CPU's store buffer holds it. */
#define BLIND_NS 1000000
/* If nothing is published for this long, the reader looks into the slots; sooner it would compete for cache lines. */
#define LOOK_NS 10000

struct ykvm_xdp {
	struct ykvm_xdp_size size; /* parameters */
	uint32_t wake_usecs;
	bool opened; /* open() has begun; else there is nothing to close (a zeroed descriptor would look valid) */
	int control_fd, slots_fd, bell_fd, prog, link; /* below 0: not open */
	struct ykvm_xdp_control *control; /* NULL: not mapped */
	uint8_t *slots;
	uint64_t *bell_read; /* positions in the bell's ring buffer */
	const uint64_t *bell_rung;
	uint64_t at; /* position of the next frame */
	uint64_t read_at; /* time of the last read, on the sink's time scale */
	uint64_t slept_at; /* time of the last sleep, likewise */
	uint32_t read; /* frames read since that sleep */
	bool look; /* look into the slots at once */
};

static const struct capture_param params[] = {
	{ "slots", PARAM_U32, offsetof(struct ykvm_xdp, size.slots), "8192", 64, 1u << 20,
	  "slots: of the ring, a power of two" },
	{ "slot_bytes", PARAM_U32, offsetof(struct ykvm_xdp, size.slot_bytes), "2048", 128, 4096,
	  "bytes: of a slot, 16 of them its header; a power of two; a longer frame is cut" },
	{ "overwrite", PARAM_BOOL, offsetof(struct ykvm_xdp, size.overwrite), "1", 0, 1,
	  "0 or 1: a full ring loses its oldest frame (1) or the one that comes (0)" },
	{ "wake_usecs", PARAM_U32, offsetof(struct ykvm_xdp, wake_usecs), "100", 0, 1000,
	  "us: a sleeping reader is woken when as many frames are there as come in this time; 0: by the first" },
	{ 0 },
};

static int probe(struct err *why)
{
#ifdef __x86_64__
	return bpf_probe(why);
#else
	return err_set(why, -EOPNOTSUPP, "ykvm-xdp: needs a CPU that keeps the order of stores (x86-64)");
#endif
}

static void unmap(void *p, size_t bytes)
{
	if (p)
		munmap(p, bytes);
}

static size_t slots_bytes(const struct ykvm_xdp *y)
{
	return (size_t)y->size.slots * y->size.slot_bytes;
}

static void ykvm_xdp_close(struct capture *c)
{
	struct ykvm_xdp *y = c->priv;

	if (!y->opened)
		return;
	file_close(&y->link);
	file_close(&y->prog);
	unmap(y->control, sizeof(*y->control));
	unmap(y->slots, slots_bytes(y));
	unmap(y->bell_read, BELL_BYTES);
	unmap((void *)y->bell_rung, BELL_BYTES);
	y->control = NULL;
	y->slots = NULL;
	y->bell_read = NULL;
	y->bell_rung = NULL;
	file_close(&y->bell_fd);
	file_close(&y->slots_fd);
	file_close(&y->control_fd);
}

static int check(const void *priv, struct err *e)
{
	const struct ykvm_xdp_size *s = &((const struct ykvm_xdp *)priv)->size;

	if (!is_power_of_two(s->slots) || !is_power_of_two(s->slot_bytes))
		return err_set(e, -EINVAL, "ykvm-xdp: slots=%u, slot_bytes=%u: not powers of two", s->slots,
			       s->slot_bytes);
	return 0;
}

static int one_queue(struct capture *c)
{
	uint32_t queues = bpf_xdp_queues(c->ifname);

	if (!queues)
		return err_set(&c->err, -ENODEV, "ykvm-xdp: no interface %s", c->ifname);
	if (queues != 1)
		return err_set(&c->err, -EOPNOTSUPP, "ykvm-xdp: %s has %u receive queues, one is needed: ethtool -L",
			       c->ifname, queues);
	return 0;
}

static int new_maps(struct capture *c, struct ykvm_xdp *y)
{
	struct err *e = &c->err;

	y->control_fd =
		bpf_map_new(BPF_MAP_TYPE_ARRAY, "ykvm_control", sizeof(struct ykvm_xdp_control), 1, BPF_F_MMAPABLE, e);
	if (y->control_fd < 0)
		return y->control_fd;
	y->slots_fd =
		bpf_map_new(BPF_MAP_TYPE_ARRAY, "ykvm_slots", y->size.slot_bytes, y->size.slots, BPF_F_MMAPABLE, e);
	if (y->slots_fd < 0)
		return y->slots_fd;
	y->bell_fd = bpf_map_new(BPF_MAP_TYPE_RINGBUF, "ykvm_bell", 0, BELL_BYTES, 0, e);
	return y->bell_fd < 0 ? y->bell_fd : 0;
}

static void *map(struct capture *c, int fd, size_t bytes, int prot, off_t offset)
{
	void *p = mmap(NULL, bytes, prot, MAP_SHARED | MAP_POPULATE, fd, offset);

	if (p == MAP_FAILED) {
		err_sys(&c->err, "ykvm-xdp: mmap of %zu bytes", bytes);
		return NULL;
	}
	return p;
}

static int map_all(struct capture *c, struct ykvm_xdp *y)
{
	y->control = map(c, y->control_fd, sizeof(*y->control), PROT_READ | PROT_WRITE, 0);
	y->slots = map(c, y->slots_fd, slots_bytes(y), PROT_READ, 0);
	y->bell_read = map(c, y->bell_fd, BELL_BYTES, PROT_READ | PROT_WRITE, 0);
	y->bell_rung = map(c, y->bell_fd, BELL_BYTES, PROT_READ, BELL_BYTES);
	return y->control && y->slots && y->bell_read && y->bell_rung ? 0 : -ENOMEM;
}

static int attach(struct capture *c, struct ykvm_xdp *y)
{
	y->prog = ykvm_xdp_program(&y->size, y->control_fd, y->slots_fd, y->bell_fd, &c->err);
	if (y->prog < 0)
		return y->prog;
	y->link = bpf_xdp_attach(y->prog, c->ifname, XDP_FLAGS_DRV_MODE, &c->err);
	return y->link < 0 ? y->link : 0;
}

static int ykvm_xdp_open(struct capture *c)
{
	struct ykvm_xdp *y = c->priv;
	int r = one_queue(c);

	y->control_fd = y->slots_fd = y->bell_fd = y->prog = y->link = -1;
	y->opened = true;
	r = r ? r : new_maps(c, y);
	r = r ? r : map_all(c, y);
	r = r ? r : attach(c, y);
	if (r)
		ykvm_xdp_close(c);
	c->hold_ns = BLIND_NS;
	return r;
}

static inline const struct ykvm_xdp_slot *slot(const struct ykvm_xdp *y, uint64_t position)
{
	size_t i = position & (y->size.slots - 1);

	return (const struct ykvm_xdp_slot *)(y->slots + i * y->size.slot_bytes);
}

static inline bool arrived(const struct ykvm_xdp *y, uint64_t position)
{
	return __atomic_load_n(&slot(y, position)->stamp, __ATOMIC_ACQUIRE) == position + 1;
}

/* Number of frames ready from y->at on, at most `most`; `look`: also those that are not published yet. */
static uint32_t ready(const struct ykvm_xdp *y, uint32_t most, bool look)
{
	int64_t n = (int64_t)(__atomic_load_n(&y->control->published, __ATOMIC_ACQUIRE) - y->at);
	uint32_t found = 0;

	if (n > 0)
		return n < most ? (uint32_t)n : most;
	while (look && found < most && arrived(y, y->at + found))
		found++;
	return found;
}

/* Takes the next frames, from y->at on, for this reader; returns how many. */
static uint32_t take(struct ykvm_xdp *y, uint32_t most, bool look)
{
	uint64_t *oldest = &y->control->oldest, from;
	uint32_t n;

	if (!y->size.overwrite)
		return ready(y, most, look);
	do {
		from = y->at = __atomic_load_n(oldest, __ATOMIC_ACQUIRE);
		n = ready(y, most, look);
	} while (n && !__atomic_compare_exchange_n(oldest, &from, from + n, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return n;
}

static __attribute__((flatten)) int ykvm_xdp_poll(struct capture *c, int budget)
{
	struct ykvm_xdp *y = c->priv;
	struct sink *sink = c->sink;
	uint32_t i, n = take(y, (uint32_t)budget, y->look || sink->now - y->read_at >= LOOK_NS);
	const struct ykvm_xdp_slot *s;

	y->look = false;
	if (!n)
		return 0;
	for (i = 0; i < n; i++) {
		s = slot(y, y->at + i);
		sink_packet(sink, s->data, s->caplen, s->len);
	}
	y->at += n;
	y->read += n;
	y->read_at = sink->now;
	__atomic_store_n(&y->control->released, y->at, __ATOMIC_RELEASE);
	return (int)n;
}

/* Are n frames ready? If the last of them is, so are those before it. */
static bool waiting(struct ykvm_xdp *y, uint32_t n)
{
	if (y->size.overwrite)
		y->at = __atomic_load_n(&y->control->oldest, __ATOMIC_ACQUIRE);
	return (int64_t)(__atomic_load_n(&y->control->published, __ATOMIC_ACQUIRE) - y->at) >= n ||
	       arrived(y, y->at + n - 1);
}

static int sleep_for(struct capture *c, struct ykvm_xdp *y, uint64_t ns)
{
	struct timespec timeout = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };
	struct pollfd p = { .fd = y->bell_fd, .events = POLLIN };

	if (ppoll(&p, 1, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "ykvm-xdp: poll");
	__atomic_store_n(y->bell_read, __atomic_load_n(y->bell_rung, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	return 0;
}

/*
 * A sleep and a wake-up cost both sides as much as hundreds of frames. So the reader waits for as many frames as come
 * in wake_usecs at the rate since the last sleep. When the time scale jumps, at a new second, the result is 1 frame.
 */
static uint32_t worth_waking(const struct ykvm_xdp *y, uint64_t now)
{
	uint64_t n = (uint64_t)y->read * y->wake_usecs * 1000 / (now - y->slept_at + 1), most = y->size.slots / 4;

	return n < 1 ? 1 : (uint32_t)(n < most ? n : most);
}

static int ykvm_xdp_wait(struct capture *c, uint64_t timeout_ns)
{
	struct ykvm_xdp *y = c->priv;
	uint64_t *wake_at = &y->control->wake_at;
	uint32_t n = worth_waking(y, c->sink->now);
	int r = 0;

	y->look = true;
	y->read = 0;
	y->slept_at = c->sink->now;
	__atomic_store_n(wake_at, y->at + n, __ATOMIC_SEQ_CST);
	/*
	 * The program has no barrier between writing a frame and reading `wake_at`: each frame would pay for it. So
	 * a new frame may be noticed by neither side, and the first sleep is short. That also ends a wait for several
	 * frames if no more come.
	 */
	if (!waiting(y, n))
		r = sleep_for(c, y, timeout_ns < BLIND_NS ? timeout_ns : BLIND_NS);
	if (!r && n == 1 && timeout_ns > BLIND_NS && __atomic_load_n(wake_at, __ATOMIC_ACQUIRE) && !waiting(y, 1))
		r = sleep_for(c, y, timeout_ns - BLIND_NS);
	__atomic_store_n(wake_at, 0, __ATOMIC_RELAXED);
	return r;
}

static int ykvm_xdp_counts(struct capture *c, struct capture_counts *counts)
{
	struct ykvm_xdp *y = c->priv;
	struct ykvm_xdp_control now;
	int r = bpf_map_get(y->control_fd, 0, &now, &c->err);

	if (r)
		return r;
	counts->received = counter_of(now.next - now.overwritten);
	counts->dropped = counter_of(now.full + now.held + now.overwritten + now.unreadable);
	counts->left = counter_of(now.next - (y->size.overwrite ? now.oldest : y->at));
	return 0;
}

const struct capture_ops capture_ykvm_xdp = {
	.name = "ykvm-xdp",
	.summary = "XDP program and a shared ring in BPF maps: ykvm without a module",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_TAKES_FRAMES | CAPTURE_LOSES_VLAN,
	.priv_size = sizeof(struct ykvm_xdp),
	.params = params,
	.check = check,
	.probe = probe,
	.open = ykvm_xdp_open,
	.poll = ykvm_xdp_poll,
	.wait = ykvm_xdp_wait,
	.counts = ykvm_xdp_counts,
	.close = ykvm_xdp_close,
};
