/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ykvm.ko offers to the modules beside it.
 *
 * A *client* is one reader's ring: its memory, its interface, its sleepers. A
 * front end owns clients and gives them to user space: /dev/ykvm (device.c)
 * and the socket family (pf/). A *source* is a driver whose NIC writes into
 * clients' buffers itself (zc/); on every other interface the hook (hook.c)
 * copies.
 *
 * Locks, outermost first:
 *   RTNL          bind, unbind, netdev events, sources coming and going
 *   clients       the list of them (client.c)
 *   client.mutex  everything of one client that is not per packet; no user memory is touched under it
 *   client.lock   the ring's indices where the hook fills it; per packet, BH off
 *
 * client.memory changes only under client.mutex, while client.users is -1; who
 * counts in client.users may use it without a lock: mappings, and calls that
 * must be cheap.
 *
 * Who owns a ring's producing side (ring, counters of the state, frames[] and
 * buffers of free positions), from one moment to the next:
 *   unbound                     client.mutex
 *   bound to the hook           client.lock
 *   bound to a source           the queue's NAPI, from when attach() returns until detach() does; while the
 *                               queue is stopped, RTNL
 *   bind and unbind themselves  RTNL and client.mutex
 * The reader owns what is busy or held, as uapi/ykvm.h says. A hand-over of
 * these is marked YKVM_HAND_OVER, who must be the owner YKVM_OWNED.
 */
#ifndef YKVM_CORE_H
#define YKVM_CORE_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "ring.h"

/*
 * Where something goes from one owner to the next, and what must be true of who touches it. In test builds
 * (tests/fail_nth.h) a CPU can be held up at each place; on a kernel that proves its locking the claims are checked.
 */
#ifndef YKVM_HAND_OVER
#define YKVM_HAND_OVER(place) \
	do {                  \
	} while (0)
#ifdef CONFIG_PROVE_LOCKING
#define YKVM_OWNED(claim) WARN_ON_ONCE(!(claim))
#else
#define YKVM_OWNED(claim) \
	do {              \
	} while (0)
#endif
#endif

struct bpf_prog;
struct ykvm_account;
struct ykvm_hook;
struct ykvm_source;

/*
 * A ring's memory, made and freed as a whole: by who made it until it is its client's, then as client.memory, below. Mappings
 * keep it by client.users, a NIC's descriptors by the queue that is attached.
 */
struct ykvm_memory {
	u8 *user; /* areas, one behind the other; NULL before YKVM_SETUP */
	u8 *shared;
	struct page **area_pages; /* of both */
	unsigned int n_area_pages;
	u8 *buffers; /* pages, mapped in a row */
	struct page **pages; /* of the buffers, the kernel's own or pinned */
	unsigned int n_pages;
	bool pinned;
	const struct cred *charged; /* whose user's locked memory the pinned pages count as; NULL: nobody's */
	struct ykvm_account *account; /* of the user who made it: all of its rings together have a limit */
	struct ykvm_geometry geometry;
	struct ykvm_layout layout;
};

struct ykvm_client {
	/* per packet; owned as the ring's producing side is */
	spinlock_t lock;
	u32 armed; /* somebody asked to be woken since the last wake-up */
	u32 snaplen; /* <= what a frame may take of the ring */
	u32 around; /* bytes of a frame that skb->len does not count: its header, less an FCS that is not the reader's */
	bool stamp; /* YKVM_SETUP_STAMP; changes only while unbound */
	struct ykvm_ring ring; /* made and freed only while unbound */
	struct bpf_prog __rcu *filter; /* NULL = all frames; changes under mutex */

	/* waking */
	wait_queue_head_t wait;
	struct hrtimer wake_timer; /* the oldest frame has waited long enough */
	struct hrtimer wait_timer; /* YKVM_WAIT's time may be up */
	u32 wake_frames;
	u64 wake_ns; /* 0 = no timer */
	u64 busy_ns;
	unsigned int napi_id; /* of the queue that fills the ring; 0 = not known. A source sets it in attach */
	atomic64_t woken;

	struct mutex mutex;
	struct list_head list; /* of all clients */
	u64 net_cookie; /* of the network namespace that it was made in; while bound the interface's counts */
	atomic_t users; /* who uses memory; -1: it is being changed */
	struct ykvm_memory memory;
	/* under mutex */
	u64 tx_consumer; /* what state->tx_consumer says */
	/* under lock */
	u64 sent, send_failed;
	/* under RTNL and mutex */
	struct net_device *dev; /* NULL = unbound */
	netdevice_tracker tracker;
	struct ykvm_hook *hook; /* bound to the hook, or */
	struct ykvm_source *source; /* bound to a source */
	u32 member; /* which ring of the interface this is; a source's queue */
};

/*
 * A front end's calls, in process context. All return 0 or -errno, but poll.
 * Arguments are in kernel memory; the caller copies them. What they point to
 * (a filter's instructions, memory to be pinned) is the calling process's.
 */
struct ykvm_client *ykvm_client_new(const struct net *net); /* shown in net until it is bound; ERR_PTR */
void ykvm_client_free(struct ykvm_client *c); /* unbinds; no mapping may be left */
int ykvm_client_setup(struct ykvm_client *c, struct ykvm_setup *s); /* answers in s */
int ykvm_client_bind(struct ykvm_client *c, struct net *net, const struct ykvm_bind *b); /* asks who calls: EPERM */
int ykvm_client_unbind(struct ykvm_client *c);
int ykvm_client_filter(struct ykvm_client *c, const struct ykvm_filter *f);
int ykvm_client_stats(struct ykvm_client *c, struct ykvm_stats *s);
int ykvm_client_kick(struct ykvm_client *c);
int ykvm_client_wait(struct ykvm_client *c, struct ykvm_wait *w); /* -ETIME; -ERESTARTNOHAND: w says what is left */
int ykvm_client_mmap(struct ykvm_client *c, struct vm_area_struct *vma);
__poll_t ykvm_client_poll(struct ykvm_client *c, struct file *file, poll_table *wait);

/*
 * A source: an interface whose driver can put frames into clients' buffers.
 * All but send are called under RTNL and the client's mutex.
 */
struct ykvm_source_ops {
	/*
	 * Queue `queue` fills c's ring from now on (drop-newest; position p in buffer p & mask), until
	 * detach. The interface may be down; then from when it is up. 0 or -errno: buffer_bytes or slots
	 * that the hardware cannot do, no such queue, no memory.
	 */
	int (*attach)(struct net_device *dev, u32 queue, struct ykvm_client *c);
	/* On return neither the driver nor the NIC touches c or its memory. */
	void (*detach)(struct net_device *dev, u32 queue);
	/* Buffers were released: give them to the NIC. Any context in which BH may be disabled. */
	void (*kick)(struct net_device *dev, u32 queue);
	/*
	 * Sends n frames out of c's buffers, which are checked and held: how many were taken, fewer when
	 * the descriptors are used up. A buffer is not given back to the NIC before it has left. As
	 * frames leave, ykvm_client_sent() is called. Process context, the client's mutex held.
	 */
	int (*send)(struct net_device *dev, u32 queue, const struct ykvm_tx *tx, u32 n);
};

/* Under RTNL. unregister detaches every client, which its readers learn as YKVM_STATUS_GONE. */
int ykvm_source_register(struct net_device *dev, const struct ykvm_source_ops *ops, u32 queues);
void ykvm_source_unregister(struct net_device *dev);

/* Wakes a sleeper if wake_frames are busy, or sees to it that wake_usecs are kept. */
void ykvm_client_wake(struct ykvm_client *c);

/* So many entries of tx[] have left, and so many never will. Process context, or softirq; not under client.lock. */
void ykvm_client_sent(struct ykvm_client *c, u32 sent, u32 failed);

/*
 * How much of the frame f the filter lets in, which a source has put into the ring from `buffer` on; 0 = none. It is
 * copied into an skb first, so ask rcu_access_pointer(c->filter) before. In softirq, under rcu_read_lock().
 */
u32 ykvm_client_filter_frame(struct ykvm_client *c, struct net_device *dev, u32 buffer, const struct ykvm_frame *f);

/* A source calls it after ykvm_ring_publish(), once a batch. */
static inline void ykvm_client_published(struct ykvm_client *c)
{
	smp_mb(); /* matches ykvm_client_poll(): one of the two sees what the other stored, producer or armed */
	if (unlikely(READ_ONCE(c->armed)))
		ykvm_client_wake(c);
}

#endif
