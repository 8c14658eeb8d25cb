/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of flows that only grows, up to the room that it was given. Looking
 * up takes no lock; adding is under one that the caller holds. The tests
 * compile it in user space.
 *
 *   writer                        reader
 *   fill the flow
 *   STORE.rel heads[bucket] (A)   LOAD.acq heads[bucket] (B), matches A
 *   STORE.rel used          (C)   LOAD.acq used          (D), matches C
 *
 * Without A, B a reader could compare with a flow whose tuple is not written
 * yet. C, D are the same for who reads all flows in their order.
 */
#ifndef KCAP_FLOWS_H
#define KCAP_FLOWS_H

#include "analyse.h"

struct kcap_flow {
	struct kcap_tuple tuple;
	u32 next; /* of the same bucket; 1 is the first flow, 0 none */
	atomic64_t frames;
	atomic64_t bytes;
};

struct kcap_flows {
	struct kcap_flow *flows;
	u32 *heads; /* as next */
	u32 mask; /* buckets - 1 */
	u32 room; /* flows */
	u32 used;
};

static inline bool kcap_tuple_equal(const struct kcap_tuple *a, const struct kcap_tuple *b)
{
	u64 differ = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(a->words); i++)
		differ |= a->words[i] ^ b->words[i];
	return !differ;
}

/* NULL if it is not there. */
static inline struct kcap_flow *kcap_flows_find(const struct kcap_flows *f, const struct kcap_tuple *t, u32 hash)
{
	u32 i = smp_load_acquire(&f->heads[hash & f->mask]); /* B */

	for (; i; i = f->flows[i - 1].next)
		if (kcap_tuple_equal(&f->flows[i - 1].tuple, t))
			return &f->flows[i - 1];
	return NULL;
}

/* Finds, or adds; NULL if there is no room. One at a time. */
static inline struct kcap_flow *kcap_flows_add(struct kcap_flows *f, const struct kcap_tuple *t, u32 hash)
{
	struct kcap_flow *flow = kcap_flows_find(f, t, hash); /* another may have added it since */

	if (flow || f->used == f->room)
		return flow;
	flow = &f->flows[f->used];
	flow->tuple = *t;
	flow->next = f->heads[hash & f->mask];
	smp_store_release(&f->heads[hash & f->mask], f->used + 1); /* A */
	smp_store_release(&f->used, f->used + 1); /* C */
	return flow;
}

static inline u32 kcap_flows_used(const struct kcap_flows *f)
{
	return smp_load_acquire(&f->used); /* D */
}

#endif
