// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ykvm: frames from the ring of this project's kernel module (kmod/), read in
 * place. The bound interface's frames do not reach the network stack while it
 * is open; closing gives them back, however the process ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "capture-impls/capture.h"
#include "capture-impls/ykvm/reader.h"

struct ykvm {
	uint32_t buffers; /* parameter */
	bool opened; /* priv is zeroed, and 0 is a file descriptor */
	int fd;
	void *user; /* mappings; NULL = none */
	void *shared;
	struct ykvm_setup setup;
	struct ykvm_reader reader;
};

static const struct capture_param params[] = {
	{ "buffers", PARAM_U32, offsetof(struct ykvm, buffers), "1024", YKVM_BUFFERS_MIN, YKVM_BUFFERS_MAX,
	  "frames: slots of the ring, a power of two" },
	{ 0 },
};

static int probe(struct err *why)
{
	if (access(YKVM_DEVICE, F_OK) != 0)
		return err_set(why, -ENODEV, "%s: missing; load kmod/ykvm.ko", YKVM_DEVICE);
	if (access(YKVM_DEVICE, R_OK | W_OK) != 0)
		return err_sys(why, "%s", YKVM_DEVICE);
	return 0;
}

static int setup_ring(struct capture *c, struct ykvm *y)
{
	y->setup = (struct ykvm_setup) { .abi = YKVM_ABI, .slots = y->buffers };
	if (ioctl(y->fd, YKVM_SETUP, &y->setup) != 0)
		return err_sys(&c->err, "%s: ring of %u buffers", YKVM_DEVICE, y->buffers);
	if (y->setup.buffer_bytes != YKVM_BUFFER_BYTES || y->setup.batch_max != YKVM_BATCH_MAX)
		return err_set(&c->err, -EPROTO, "%s: buffers of %u bytes, batches of %u; built for %u and %u",
			       YKVM_DEVICE, y->setup.buffer_bytes, y->setup.batch_max, YKVM_BUFFER_BYTES,
			       YKVM_BATCH_MAX);
	return 0;
}

static int map_area(struct capture *c, struct ykvm *y, int prot, uint64_t offset, uint64_t bytes, void **area)
{
	void *p = mmap(NULL, bytes, prot, MAP_SHARED, y->fd, (off_t)offset);

	if (p == MAP_FAILED)
		return err_sys(&c->err, "%s: mmap of %llu bytes", YKVM_DEVICE, (unsigned long long)bytes);
	*area = p;
	return 0;
}

static int map_ring(struct capture *c, struct ykvm *y)
{
	const struct ykvm_setup *s = &y->setup;
	int ret = map_area(c, y, PROT_READ | PROT_WRITE, s->user_offset, s->user_bytes, &y->user);

	if (ret == 0)
		ret = map_area(c, y, PROT_READ, s->shared_offset, s->shared_bytes, &y->shared);
	if (ret != 0)
		return ret;
	y->reader.user = y->user;
	y->reader.state = (void *)((uint8_t *)y->shared + s->state_off);
	y->reader.slots = (void *)((uint8_t *)y->shared + s->slots_off);
	y->reader.buffers = (uint8_t *)y->shared + s->buffers_off;
	y->reader.mask = s->slots - 1;
	return 0;
}

static int bind_interface(struct capture *c, struct ykvm *y)
{
	struct ykvm_bind bind = { .ifindex = if_nametoindex(c->ifname) };

	if (bind.ifindex == 0 || ioctl(y->fd, YKVM_BIND, &bind) != 0)
		return err_sys(&c->err, "%s: bind to %s", YKVM_DEVICE, c->ifname);
	return 0;
}

static void ykvm_close(struct capture *c)
{
	struct ykvm *y = c->priv;

	if (y->shared)
		munmap(y->shared, y->setup.shared_bytes);
	if (y->user)
		munmap(y->user, y->setup.user_bytes);
	if (y->opened)
		close(y->fd);
	y->shared = NULL;
	y->user = NULL;
	y->opened = false;
}

static int ykvm_open(struct capture *c)
{
	struct ykvm *y = c->priv;
	char slots[16];
	int ret;

	if (y->buffers & (y->buffers - 1))
		return err_set(&c->err, -EINVAL, "set.buffers=%u: not a power of two", y->buffers);
	y->fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC);
	if (y->fd < 0)
		return err_sys(&c->err, "%s", YKVM_DEVICE);
	y->opened = true;
	ret = setup_ring(c, y);
	if (ret == 0)
		ret = map_ring(c, y);
	if (ret == 0)
		ret = bind_interface(c, y);
	if (ret == 0) {
		snprintf(slots, sizeof(slots), "%u", y->setup.slots);
		ret = outcome_knob(c->outcome, "buffers", slots);
	}
	if (ret != 0)
		ykvm_close(c);
	return ret;
}

/* Why nothing comes, if that is the interface's fault. */
static int interface_state(struct capture *c, const struct ykvm *y)
{
	uint32_t status = __atomic_load_n(&y->reader.state->status, __ATOMIC_RELAXED);

	if (status & YKVM_STATUS_GONE)
		return err_set(&c->err, -ENODEV, "%s: removed while it was captured on", c->ifname);
	if (status & YKVM_STATUS_DOWN)
		return err_set(&c->err, -ENETDOWN, "%s: down", c->ifname);
	return 0;
}

static void deliver(struct capture *c, const struct ykvm_reader *r, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct ykvm_frame *f = ykvm_reader_frame(r, i);

		sink_packet(c->sink, ykvm_frame_data(f), f->caplen, f->len);
	}
}

static int ykvm_poll(struct capture *c, int budget)
{
	struct ykvm *y = c->priv;
	int done = 0;

	while (done < budget) {
		uint32_t max = budget - done < YKVM_BATCH_MAX ? (uint32_t)(budget - done) : YKVM_BATCH_MAX;
		uint32_t n = ykvm_reader_take(&y->reader, max);

		if (n == 0)
			break;
		deliver(c, &y->reader, n);
		ykvm_reader_release(&y->reader);
		done += (int)n;
	}
	return done > 0 ? done : interface_state(c, y);
}

static int ykvm_wait(struct capture *c, uint64_t timeout_ns)
{
	struct ykvm *y = c->priv;
	struct timespec timeout = { .tv_sec = (time_t)(timeout_ns / 1000000000ULL),
				    .tv_nsec = (long)(timeout_ns % 1000000000ULL) };
	struct pollfd p = { .fd = y->fd, .events = POLLIN };

	if (ppoll(&p, 1, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "%s: poll", YKVM_DEVICE);
	return p.revents & (POLLERR | POLLHUP) && !(p.revents & POLLIN) ? interface_state(c, y) : 0;
}

static int ykvm_counts(struct capture *c, struct capture_counts *counts)
{
	struct ykvm *y = c->priv;
	struct ykvm_stats s;

	if (ioctl(y->fd, YKVM_STATS, &s) != 0)
		return err_sys(&c->err, "%s: counters", YKVM_DEVICE);
	counts->received = counter_of(s.received - s.overwritten);
	counts->dropped = counter_of(s.overwritten + s.no_spare + s.bad_index + s.unreadable);
	counts->left = counter_of(s.left);
	return 0;
}

const struct capture_ops capture_ykvm = {
	.name = "ykvm",
	.summary = "kernel module: frames in a shared ring in front of the stack, the oldest overwritten",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_COUNTS_DROPS | CAPTURE_TAKES_FRAMES,
	.priv_size = sizeof(struct ykvm),
	.params = params,
	.probe = probe,
	.open = ykvm_open,
	.poll = ykvm_poll,
	.wait = ykvm_wait,
	.counts = ykvm_counts,
	.close = ykvm_close,
};
