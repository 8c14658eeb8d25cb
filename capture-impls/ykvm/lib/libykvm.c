// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring's life: set up, mapped, bound, and all that undone. */
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture-impls/ykvm/lib/internal.h"

void ykvm_config_setup(const struct ykvm_config *cfg, struct ykvm_setup *s)
{
	*s = (struct ykvm_setup) {
		.abi = YKVM_ABI,
		.slots = cfg->slots,
		.buffer_bytes = cfg->buffer_bytes,
		.snaplen = cfg->snaplen,
		.wake_frames = cfg->wake_frames,
		.wake_usecs = cfg->wake_usecs,
		.busy_usecs = cfg->busy_usecs,
		.tx_buffers = cfg->tx_buffers,
	};
	if (cfg->stamp)
		s->flags |= YKVM_SETUP_STAMP;
	if (cfg->drop_newest || cfg->zerocopy)
		s->flags |= YKVM_SETUP_DROP_NEWEST;
	if (cfg->user_memory)
		s->flags |= YKVM_SETUP_USER_MEMORY;
}

static int map_area(struct ykvm *y, int prot, uint64_t offset, uint64_t bytes, void **area, char *err)
{
	void *p = mmap(NULL, bytes, prot, MAP_SHARED, y->fd, (off_t)offset);

	if (p == MAP_FAILED)
		return ykvm_err_sys(err, "%s: mmap of %llu bytes", YKVM_DEVICE, (unsigned long long)bytes);
	*area = p;
	return 0;
}

static int map_ring(struct ykvm *y, char *err)
{
	const struct ykvm_setup *s = &y->setup;
	int ret = map_area(y, PROT_READ | PROT_WRITE, s->user_offset, s->user_bytes, &y->user, err);

	if (ret == 0)
		ret = map_area(y, PROT_READ, s->shared_offset, s->shared_bytes, &y->shared, err);
	if (ret == 0 && s->buffers_bytes)
		ret = map_area(y, PROT_READ, s->buffers_offset, s->buffers_bytes, &y->buffers, err);
	if (ret != 0)
		return ret;
	ykvm_reader_init(&y->reader, s, y->user, y->shared, y->buffers ? y->buffers : y->memory.ring);
	y->tx = (struct ykvm_tx *)((uint8_t *)y->user + s->tx_off);
	y->tx_next = y->reader.user->tx_producer;
	return 0;
}

static void *failed(struct ykvm *y, int ret)
{
	ykvm_close(y);
	errno = -ret;
	return NULL;
}

struct ykvm *ykvm_adopt(int fd, const struct ykvm_setup *setup, const struct ykvm_memory *memory, char *err)
{
	struct ykvm_memory none = { 0 }, m = memory ? *memory : none;
	struct ykvm *y = calloc(1, sizeof(*y));
	int ret;

	if (!y) {
		close(fd);
		ykvm_memory_free(&m);
		return failed(NULL, ykvm_err(err, -ENOMEM, "no memory"));
	}
	y->fd = fd;
	y->setup = *setup;
	y->memory = m;
	ret = map_ring(y, err);
	return ret ? failed(y, ret) : y;
}

static int set_up(int fd, const struct ykvm_config *cfg, struct ykvm_setup *s, struct ykvm_memory *m, char *err)
{
	int ret = 0;

	ykvm_config_setup(cfg, s);
	if (cfg->user_memory)
		ret = ykvm_memory_new(m, s, cfg->huge_pages, err);
	else if (cfg->huge_pages || cfg->tx_buffers)
		ret = ykvm_err(err, -EINVAL, "huge pages and buffers to send from are for user memory only");
	if (ret == 0 && ioctl(fd, YKVM_SETUP, s) != 0)
		ret = ykvm_err_sys(err, "%s: ring of %u slots", YKVM_DEVICE, s->slots);
	return ret;
}

int ykvm_bind(struct ykvm *y, const struct ykvm_config *cfg, char *err)
{
	struct ykvm_bind bind = { .ifindex = if_nametoindex(cfg->interface),
				  .member = cfg->member,
				  .members = cfg->members,
				  .flags = (cfg->tap ? YKVM_BIND_TAP : 0) | (cfg->zerocopy ? YKVM_BIND_ZEROCOPY : 0) |
					   (cfg->by_queue ? YKVM_BIND_QUEUE : 0) };

	if (bind.ifindex == 0 || ioctl(y->fd, YKVM_BIND, &bind) != 0)
		return ykvm_err_sys(err, "%s: bind to %s", YKVM_DEVICE, cfg->interface);
	return 0;
}

int ykvm_unbind(struct ykvm *y)
{
	return ioctl(y->fd, YKVM_UNBIND) ? -errno : 0;
}

static int start(struct ykvm *y, const struct ykvm_config *cfg, char *err)
{
	int ret = cfg->filter ? ykvm_set_filter(y, cfg->filter, cfg->filter_len, err) : 0;

	return ret == 0 && cfg->interface ? ykvm_bind(y, cfg, err) : ret;
}

struct ykvm *ykvm_open(const struct ykvm_config *cfg, char *err)
{
	static const struct ykvm_config defaults;
	struct ykvm_memory memory = { 0 };
	struct ykvm_setup setup;
	struct ykvm *y;
	int ret, fd = open(YKVM_DEVICE, O_RDWR | O_CLOEXEC);

	cfg = cfg ? cfg : &defaults;
	if (fd < 0)
		return failed(NULL, ykvm_err_sys(err, "%s", YKVM_DEVICE));
	ret = set_up(fd, cfg, &setup, &memory, err);
	if (ret != 0) {
		close(fd);
		ykvm_memory_free(&memory);
		return failed(NULL, ret);
	}
	y = ykvm_adopt(fd, &setup, &memory, err);
	ret = y ? start(y, cfg, err) : 0;
	return ret ? failed(y, ret) : y;
}

void ykvm_close(struct ykvm *y)
{
	if (!y)
		return;
	if (y->buffers)
		munmap(y->buffers, y->setup.buffers_bytes);
	if (y->shared)
		munmap(y->shared, y->setup.shared_bytes);
	if (y->user)
		munmap(y->user, y->setup.user_bytes);
	close(y->fd);
	ykvm_memory_free(&y->memory); /* after the ring: the kernel has unpinned it */
	free(y);
}
