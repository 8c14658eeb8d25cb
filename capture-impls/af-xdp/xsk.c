// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/af-xdp/xsk.h"

/* New in Linux 5.11, and missing in the headers of some C libraries. */
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#define SO_BUSY_POLL_BUDGET 70
#endif

#define BUSY_BUDGET 64 /* frames: the same as NAPI's own budget */
#define BUSY_TRIES 100
#define BUSY_US 10000

static void unmap_ring(struct xsk_ring *r)
{
	if (r->map)
		munmap(r->map, r->map_bytes);
	r->map = NULL;
}

void xsk_close(struct xsk *x)
{
	unmap_ring(&x->rx);
	unmap_ring(&x->fill);
	if (x->opened)
		close(x->fd);
	x->opened = false;
	/* Safe while the kernel still writes: it holds its own reference to these pages. */
	if (x->umem)
		munmap(x->umem, x->umem_bytes);
	x->umem = NULL;
}

static int new_umem(struct xsk *x, const struct xsk_config *cfg, struct err *e)
{
	struct xdp_umem_reg reg = { 0 };
	void *p;

	x->umem_bytes = (size_t)cfg->frames * cfg->frame_bytes;
	p = mmap(NULL, x->umem_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p == MAP_FAILED)
		return err_sys(e, "AF_XDP: memory of %zu bytes", x->umem_bytes);
	x->umem = p;
	reg.addr = (uint64_t)(uintptr_t)p;
	reg.len = x->umem_bytes;
	reg.chunk_size = cfg->frame_bytes;
	if (!setsockopt(x->fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)))
		return 0;
	if (errno == ENOBUFS)
		return err_set(e, -ENOBUFS, "AF_XDP: %zu bytes are more than RLIMIT_MEMLOCK lets be pinned (ulimit -l)",
			       x->umem_bytes);
	return err_sys(e, "AF_XDP: %zu bytes in frames of %u", x->umem_bytes, cfg->frame_bytes);
}

static int size_rings(const struct xsk *x, const struct xsk_config *cfg, struct err *e)
{
	const int least = 1; /* Nothing is sent, but the kernel does not bind a socket without a completion ring. */

	if (setsockopt(x->fd, SOL_XDP, XDP_UMEM_FILL_RING, &cfg->frames, sizeof(cfg->frames)) ||
	    setsockopt(x->fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, &least, sizeof(least)) ||
	    setsockopt(x->fd, SOL_XDP, XDP_RX_RING, &cfg->frames, sizeof(cfg->frames)))
		return err_sys(e, "AF_XDP: rings of %u frames", cfg->frames);
	return 0;
}

static int map_ring(struct xsk *x, struct xsk_ring *r, const struct xdp_ring_offset *at, size_t entries_bytes,
		    uint64_t page_offset, struct err *e)
{
	uint8_t *p;

	r->map_bytes = at->desc + entries_bytes;
	p = mmap(NULL, r->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x->fd, (off_t)page_offset);
	if (p == MAP_FAILED)
		return err_sys(e, "AF_XDP: mmap of a ring of %zu bytes", r->map_bytes);
	r->map = p;
	r->producer = (uint32_t *)(p + at->producer);
	r->consumer = (uint32_t *)(p + at->consumer);
	r->flags = (uint32_t *)(p + at->flags);
	r->entry = p + at->desc;
	return 0;
}

static int map_rings(struct xsk *x, const struct xsk_config *cfg, struct err *e)
{
	struct xdp_mmap_offsets at;
	socklen_t size = sizeof(at);
	int r;

	if (getsockopt(x->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &size))
		return err_sys(e, "AF_XDP: offsets of the rings");
	if (size != sizeof(at))
		return err_set(e, -EPROTO, "AF_XDP: this kernel's rings have no flags; Linux 5.4 is needed");
	r = map_ring(x, &x->rx, &at.rx, cfg->frames * sizeof(struct xdp_desc), XDP_PGOFF_RX_RING, e);
	return r ? r : map_ring(x, &x->fill, &at.fr, cfg->frames * sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING, e);
}

static void fill_all(struct xsk *x, const struct xsk_config *cfg)
{
	uint32_t i;

	x->mask = cfg->frames - 1;
	for (i = 0; i < cfg->frames; i++)
		xsk_return(x, i, (uint64_t)i * cfg->frame_bytes);
	x->fill_at = cfg->frames;
	__atomic_store_n(x->fill.producer, x->fill_at, __ATOMIC_RELEASE);
}

static int busy_poll(const struct xsk *x, uint32_t usecs, struct err *e)
{
	const int one = 1, budget = BUSY_BUDGET;

	if (!usecs)
		return 0;
	if (setsockopt(x->fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &one, sizeof(one)) ||
	    setsockopt(x->fd, SOL_SOCKET, SO_BUSY_POLL, &usecs, sizeof(usecs)) ||
	    setsockopt(x->fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof(budget)))
		return err_sys(e, "AF_XDP: busy polling of %u us", usecs);
	return 0;
}

static int bind_queue(const struct xsk *x, const struct xsk_config *cfg, struct err *e)
{
	struct sockaddr_xdp to = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = cfg->bind_flags,
		.sxdp_ifindex = if_nametoindex(cfg->ifname),
		.sxdp_queue_id = cfg->queue,
	};
	int r, tries = 0;

	if (!to.sxdp_ifindex)
		return err_sys(e, "%s", cfg->ifname);
	/* After a socket is closed, the kernel releases its queue only some time later. */
	while ((r = bind(x->fd, (struct sockaddr *)&to, sizeof(to))) && errno == EBUSY && tries++ < BUSY_TRIES)
		usleep(BUSY_US);
	if (!r)
		return 0;
	if (errno == EOPNOTSUPP && cfg->bind_flags & XDP_ZEROCOPY)
		return err_set(e, -EOPNOTSUPP, "AF_XDP: the driver of %s offers no zero copy", cfg->ifname);
	return err_sys(e, "AF_XDP: bind to %s queue %u", cfg->ifname, cfg->queue);
}

int xsk_open(struct xsk *x, const struct xsk_config *cfg, struct err *e)
{
	int r;

	x->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return err_sys(e, "AF_XDP: socket");
	x->opened = true;
	r = new_umem(x, cfg, e);
	r = r ? r : size_rings(x, cfg, e);
	r = r ? r : map_rings(x, cfg, e);
	if (!r)
		fill_all(x, cfg);
	r = r ? r : busy_poll(x, cfg->busy_usecs, e);
	r = r ? r : bind_queue(x, cfg, e);
	if (r)
		xsk_close(x);
	return r;
}

uint32_t xsk_waiting(const struct xsk *x)
{
	return __atomic_load_n(x->rx.producer, __ATOMIC_ACQUIRE) - x->rx_at;
}

int xsk_dropped(const struct xsk *x, uint64_t *dropped, struct err *e)
{
	struct xdp_statistics st = { 0 };
	socklen_t size = sizeof(st);

	if (getsockopt(x->fd, SOL_XDP, XDP_STATISTICS, &st, &size))
		return err_sys(e, "AF_XDP: statistics");
	/* Without rx_fill_ring_empty_descs: rx_dropped includes those frames. */
	*dropped = st.rx_dropped + st.rx_ring_full;
	return 0;
}

void xsk_kick(const struct xsk *x)
{
	/* The result is ignored: nothing to do, or too much, is no error, and the next poll finds any frames. */
	recvfrom(x->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}
