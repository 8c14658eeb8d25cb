/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An AF_XDP socket that receives, on one queue of an interface. Its memory
 * (umem) is cut into as many frames as its rings have entries, so that neither
 * ring can overflow: each frame is in the fill ring (the kernel's, empty), in
 * the receive ring (the reader's, full), or in the kernel's hands.
 */
#ifndef RXLAB_XSK_H
#define RXLAB_XSK_H

#include <linux/if_xdp.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/util/err.h"

struct xsk_config {
	const char *ifname;
	uint32_t queue;
	uint32_t frames; /* a power of two */
	uint32_t frame_bytes; /* 2048 or 4096 */
	uint16_t bind_flags; /* XDP_COPY, XDP_ZEROCOPY, XDP_USE_NEED_WAKEUP */
	uint32_t busy_usecs; /* how long one poll may drive the NIC's queue (busy polling); 0: not at all */
};

struct xsk_ring {
	uint32_t *producer, *consumer, *flags;
	void *entry;
	void *map; /* NULL: not mapped */
	size_t map_bytes;
};

struct xsk {
	int fd;
	bool opened; /* needed since the struct starts zeroed, and 0 is a valid file descriptor */
	uint8_t *umem; /* NULL: not mapped */
	size_t umem_bytes;
	uint32_t mask; /* of both rings */
	struct xsk_ring rx, fill;
	uint32_t rx_at; /* the reader's own copies of the positions that it published last */
	uint32_t fill_at;
	uint64_t read; /* frames */
};

int xsk_open(struct xsk *x, const struct xsk_config *cfg, struct err *e); /* on failure everything is undone */
void xsk_close(struct xsk *x); /* safe on a zeroed struct */
/* Number of frames that wait to be read. */
uint32_t xsk_waiting(const struct xsk *x);
/* Number of frames for this socket that the kernel could not hand over. */
int xsk_dropped(const struct xsk *x, uint64_t *dropped, struct err *e);
/* Wakes a driver that waits for empty frames, or drives its queue if the socket was opened for busy polling. */
void xsk_kick(const struct xsk *x);

/* Entry i from rx_at on. Call xsk_waiting() first: it makes visible what the kernel wrote before it published them. */
static inline const struct xdp_desc *xsk_entry(const struct xsk *x, uint32_t i)
{
	return (const struct xdp_desc *)x->rx.entry + ((x->rx_at + i) & x->mask);
}

/* Puts a frame that was read into the fill ring; the kernel sees it once xsk_release() publishes it. */
static inline void xsk_return(const struct xsk *x, uint32_t i, uint64_t addr)
{
	((uint64_t *)x->fill.entry)[(x->fill_at + i) & x->mask] = addr;
}

/* Gives the first n entries back to the kernel, once they have been read and returned: do not read them again. */
static inline void xsk_release(struct xsk *x, uint32_t n)
{
	x->rx_at += n;
	x->fill_at += n;
	x->read += n;
	__atomic_store_n(x->rx.consumer, x->rx_at, __ATOMIC_RELEASE);
	__atomic_store_n(x->fill.producer, x->fill_at, __ATOMIC_RELEASE);
	if (__builtin_expect(*(volatile uint32_t *)x->fill.flags & XDP_RING_NEED_WAKEUP, 0))
		xsk_kick(x);
}

#endif
