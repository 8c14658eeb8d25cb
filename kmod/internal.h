/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module's files share. There is one device, with one opener, one
 * ring and one interface.
 *
 * Locks, outermost first:
 *   RTNL         bind, unbind, netdev events
 *   y->mutex     everything that is not per packet; taken inside mmap_lock by
 *                mmap(), so no user memory may be touched under it
 *   y->lock      the ring's indices, and `armed`; per packet, BH off
 */
#ifndef YKVM_INTERNAL_H
#define YKVM_INTERNAL_H

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "ring.h"

struct ykvm_device {
	/* per packet, under lock */
	spinlock_t lock;
	bool armed; /* somebody asked poll() since the last wake-up */
	bool stamp; /* YKVM_SETUP_STAMP; changes only while unbound */
	struct ykvm_ring ring; /* made and freed only while unbound */
	wait_queue_head_t wait;

	struct mutex mutex;
	/* under mutex */
	u8 *memory; /* user area, then shared area; NULL before YKVM_SETUP */
	struct ykvm_layout layout;
	unsigned int mapped; /* mappings of memory */
	/* under RTNL and mutex */
	struct net_device *dev; /* NULL = unbound */
	netdevice_tracker tracker;
};

extern struct ykvm_device ykvm;

/* device.c */
int ykvm_device_init(void);
void ykvm_device_uninit(void);

/* ring.c: memory; under mutex, unbound */
int ykvm_ring_make(struct ykvm_device *y, u32 n_slots);
void ykvm_ring_free(struct ykvm_device *y);
int ykvm_ring_map(struct ykvm_device *y, struct vm_area_struct *vma);
int ykvm_ring_default(void); /* slots, as the parameter says; -EINVAL if it says nonsense */

/* hook.c: the interface */
int ykvm_hook_init(void);
void ykvm_hook_uninit(void);
int ykvm_hook_bind(struct ykvm_device *y, u32 ifindex);
int ykvm_hook_unbind(struct ykvm_device *y);

/* stats.c */
int ykvm_stats_init(void);
void ykvm_stats_uninit(void);
void ykvm_stats_read(struct ykvm_device *y, struct ykvm_stats *s); /* under mutex */

#endif
