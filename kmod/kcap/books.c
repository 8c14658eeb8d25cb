// SPDX-License-Identifier: GPL-2.0-only
/* The counters: their memory, their sums, and the link's use in intervals. */
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "internal.h"

#define BOOKS_GFP (GFP_KERNEL_ACCOUNT | __GFP_NOWARN)

static int flows_make(struct kcap_flows *f, u32 room)
{
	u32 buckets;

	if (!room)
		return 0;
	buckets = roundup_pow_of_two(room);
	f->flows = kvcalloc(room, sizeof(*f->flows), BOOKS_GFP);
	f->heads = kvcalloc(buckets, sizeof(*f->heads), BOOKS_GFP);
	f->mask = buckets - 1;
	f->room = room;
	return f->flows && f->heads ? 0 : -ENOMEM;
}

struct kcap_books *kcap_books_new(u32 n_flows)
{
	struct kcap_books *b = kzalloc(sizeof(*b), GFP_KERNEL_ACCOUNT);
	int cpu;

	if (!b)
		return NULL;
	b->cpus = alloc_percpu_gfp(struct kcap_cpu, GFP_KERNEL_ACCOUNT);
	if (!b->cpus || flows_make(&b->flows, n_flows)) {
		kcap_books_free(b);
		return NULL;
	}
	for_each_possible_cpu (cpu)
		u64_stats_init(&per_cpu_ptr(b->cpus, cpu)->sync);
	spin_lock_init(&b->flows_lock);
	spin_lock_init(&b->lock);
	b->rates.since_ns = ktime_get_ns();
	return b;
}

void kcap_books_free(struct kcap_books *b)
{
	if (!b)
		return;
	kvfree(b->flows.heads);
	kvfree(b->flows.flows);
	free_percpu(b->cpus);
	kfree(b);
}

static void cpu_add(const struct kcap_cpu *c, struct kcap_totals *t)
{
	u64 now[KCAP_COUNTERS];
	unsigned int start;
	u32 i;

	do {
		start = u64_stats_fetch_begin(&c->sync);
		for (i = 0; i < KCAP_COUNTERS; i++)
			now[i] = u64_stats_read(&c->counters[i]);
	} while (u64_stats_fetch_retry(&c->sync, start));
	for (i = 0; i < KCAP_COUNTERS; i++)
		t->counters[i] += now[i];
}

void kcap_books_sum(const struct kcap_books *b, struct kcap_totals *t)
{
	int cpu;
	u32 i;

	memset(t, 0, sizeof(*t));
	for_each_possible_cpu (cpu)
		cpu_add(per_cpu_ptr(b->cpus, cpu), t);
	for (i = 0; i < KCAP_SIZES; i++)
		t->frames += t->counters[KCAP_C_SIZE + i];
}

void kcap_books_rates(struct kcap_books *b, struct kcap_rates *r)
{
	spin_lock(&b->lock);
	*r = b->rates;
	spin_unlock(&b->lock);
}

/* The interval is as long as it really was, however late the work runs. */
static void rates_close(struct kcap_rates *r, const struct kcap_totals *t, u64 now_ns)
{
	u64 frames = t->frames - r->frames;
	u64 bits = (t->counters[KCAP_C_BYTES] - r->bytes + frames * KCAP_WIRE_BYTES) * BITS_PER_BYTE;
	u64 ns = now_ns - r->since_ns;

	if (!ns)
		return;
	r->rate_bits = mul_u64_u64_div_u64(bits, NSEC_PER_SEC, ns);
	r->rate_frames = mul_u64_u64_div_u64(frames, NSEC_PER_SEC, ns);
	r->peak_bits = max(r->peak_bits, r->rate_bits);
	r->peak_frames = max(r->peak_frames, r->rate_frames);
	r->intervals++;
	r->frames = t->frames;
	r->bytes = t->counters[KCAP_C_BYTES];
	r->since_ns = now_ns;
}

/* Not under kcap_mutex: detaching waits for this work while it holds it. */
void kcap_books_sample(struct work_struct *work)
{
	struct kcap *k = container_of(to_delayed_work(work), struct kcap, sampler);
	struct kcap_totals totals;
	struct kcap_books *b;

	rcu_read_lock();
	b = rcu_dereference(k->books);
	kcap_books_sum(b, &totals);
	spin_lock(&b->lock);
	rates_close(&b->rates, &totals, ktime_get_ns());
	spin_unlock(&b->lock);
	rcu_read_unlock();
	schedule_delayed_work(&k->sampler, msecs_to_jiffies(k->interval_ms));
}
