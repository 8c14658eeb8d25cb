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
	uint32_t busy_usecs; /* how long a look for frames may drive the NIC's queue; 0: not at all */
};

struct xsk_ring {
	uint32_t *producer, *consumer, *flags;
	void *entry;
	void *map; /* NULL: not mapped */
	size_t map_bytes;
};

struct xsk {
	int fd;
	bool opened; /* memory comes zeroed, and 0 is a file descriptor */
	uint8_t *umem; /* NULL: not mapped */
	size_t umem_bytes;
	uint32_t mask; /* of both rings */
	struct xsk_ring rx, fill;
	uint32_t rx_at; /* the reader's own copies: what it published last */
	uint32_t fill_at;
	uint64_t read; /* frames */
};

int xsk_open(struct xsk *x, const struct xsk_config *cfg, struct err *e); /* undoes all if it fails */
void xsk_close(struct xsk *x); /* safe on a zeroed struct */
/* Frames that wait to be read. */
uint32_t xsk_waiting(const struct xsk *x);
/* Frames that the kernel had for this socket and could not hand over. */
int xsk_dropped(const struct xsk *x, uint64_t *dropped, struct err *e);
/* Wakes a driver that waits for empty frames, or drives its queue where the socket was opened for busy polling. */
void xsk_kick(const struct xsk *x);

/* Entry i of those from rx_at on. What the kernel wrote before it published them is to be seen: xsk_waiting() sees to it. */
static inline const struct xdp_desc *xsk_entry(const struct xsk *x, uint32_t i)
{
	return (const struct xdp_desc *)x->rx.entry + ((x->rx_at + i) & x->mask);
}

/* Puts a frame that was read where the kernel finds it empty, once xsk_release() publishes it. */
static inline void xsk_return(const struct xsk *x, uint32_t i, uint64_t addr)
{
	((uint64_t *)x->fill.entry)[(x->fill_at + i) & x->mask] = addr;
}

/* The first n entries have been read and returned: nothing of them is looked at any more. */
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
