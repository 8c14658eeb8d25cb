/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module's files share: attachments, each of one interface to the
 * netlink socket that made it.
 *
 * Locks, outermost first:
 *   RTNL          attach, detach, netdev events
 *   kcap_mutex    the list of attachments, and what they are; to replace books
 *   books->lock   rates
 *   flows_lock    of the books: adding a flow; BH off
 *
 * Per frame there is no lock but the last: RCU keeps attachment and books.
 */
#ifndef KCAP_INTERNAL_H
#define KCAP_INTERNAL_H

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/siphash.h>
#include <linux/textsearch.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "flows.h"
#include "search.h"

/* Places in a CPU's counters; frames are the sum of the sizes, as of the protocols. */
enum {
	KCAP_C_PROTOCOL,
	KCAP_C_SIZE = KCAP_C_PROTOCOL + KCAP_PROTOCOLS,
	KCAP_C_BYTES = KCAP_C_SIZE + KCAP_SIZES,
	KCAP_C_TAGGED,
	KCAP_C_FRAGMENTS,
	KCAP_C_MERGED,
	KCAP_C_MATCHED,
	KCAP_C_FLOWS_FULL,
	KCAP_COUNTERS,
};

struct kcap_cpu {
	u64_stats_t counters[KCAP_COUNTERS];
	struct u64_stats_sync sync;
};

/* Sums over the CPUs. */
struct kcap_totals {
	u64 counters[KCAP_COUNTERS];
	u64 frames;
};

struct kcap_rates {
	u64 since_ns; /* begin of the interval that is under way, with what had been counted then */
	u64 frames;
	u64 bytes;
	u64 intervals; /* full ones; the four below are of no meaning before the first */
	u64 rate_bits;
	u64 rate_frames;
	u64 peak_bits;
	u64 peak_frames;
};

/* All that is counted; a reset replaces it. */
struct kcap_books {
	struct kcap_cpu __percpu *cpus;
	struct kcap_flows flows; /* room 0: none are counted */
	spinlock_t flows_lock;
	spinlock_t lock;
	struct kcap_rates rates;
};

struct kcap_match {
	u32 algorithm;
	u32 length; /* of the pattern; 0: there is none */
	struct ts_config *kmp;
	struct ts_config *bm; /* only where it is the algorithm */
	struct kcap_search search;
	u8 pattern[KCAP_PATTERN_MAX];
};

/* One attachment. What a frame needs comes first; all but books stays as it was made. */
struct kcap {
	struct kcap_books __rcu *books;
	u32 flags;
	u32 n_flows;
	hsiphash_key_t key;
	struct kcap_match match;

	u32 interval_ms;
	struct delayed_work sampler;
	struct net_device *dev;
	netdevice_tracker tracker;
	u32 generation; /* of books, from 1; under kcap_mutex */
	const struct net *net; /* of the owner's socket, which keeps it; only compared */
	u32 portid;
	struct list_head list;
};

extern struct mutex kcap_mutex; /* as main.c says */
extern struct list_head kcap_list; /* under kcap_mutex */

static inline struct kcap_books *kcap_books(const struct kcap *k)
{
	return rcu_dereference_protected(k->books, lockdep_is_held(&kcap_mutex));
}

/* books.c; under kcap_mutex, unless nobody else has the attachment yet or any more */
struct kcap_books *kcap_books_new(u32 n_flows);
void kcap_books_free(struct kcap_books *b); /* NULL is allowed */
void kcap_books_sum(const struct kcap_books *b, struct kcap_totals *t);
void kcap_books_rates(struct kcap_books *b, struct kcap_rates *r);
void kcap_books_sample(struct work_struct *work);

/* hook.c: per frame */
rx_handler_result_t kcap_hook_frame(struct sk_buff **pskb);

/* match.c */
int kcap_match_init(struct kcap_match *m);
void kcap_match_uninit(struct kcap_match *m);
bool kcap_match_frame(const struct kcap_match *m, struct sk_buff *skb);

/* main.c: life */
struct kcap *kcap_alloc(void);
void kcap_free(struct kcap *k); /* only what is not attached */
/* Under RTNL and kcap_mutex. */
int kcap_attach(struct kcap *k, struct net_device *dev);
void kcap_detach(struct kcap *k); /* and frees it */
int kcap_reset(struct kcap *k); /* under kcap_mutex */

/* report.c: under kcap_mutex */
bool kcap_report(struct sk_buff *msg, const struct kcap *k);
bool kcap_report_flow(struct sk_buff *msg, const struct kcap_flow *f);

/* netlink.c */
int kcap_netlink_init(void);
void kcap_netlink_uninit(void);

/* proc.c */
int kcap_proc_init(void);
void kcap_proc_uninit(void);

#endif
