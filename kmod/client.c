// SPDX-License-Identifier: GPL-2.0-only
/* The life of a client: made, set up, and gone with the last reference to its file, however its reader dies. */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "internal.h"

#ifndef YKVM_FIRST_POSITION
#define YKVM_FIRST_POSITION 0 /* tests begin a ring where its indices wrap */
#endif

/* Of the list, and that who is on it stays; inside RTNL and outside the clients' mutexes. */
static DEFINE_MUTEX(clients_mutex);
static LIST_HEAD(clients);

struct ykvm_client *ykvm_client_new(const struct net *net)
{
	struct ykvm_client *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);

	if (!c)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&c->lock);
	mutex_init(&c->mutex);
	c->net_cookie = net->net_cookie;
	ykvm_wake_init(c);
	mutex_lock(&clients_mutex);
	list_add_tail(&c->list, &clients);
	mutex_unlock(&clients_mutex);
	return c;
}
EXPORT_SYMBOL_GPL(ykvm_client_new);

void ykvm_client_free(struct ykvm_client *c)
{
	ykvm_client_unbind(c);
	mutex_lock(&clients_mutex);
	list_del(&c->list);
	mutex_unlock(&clients_mutex);
	ykvm_wake_stop(c);
	ykvm_filter_free(c);
	ykvm_memory_free(&c->memory);
	kfree(c);
}
EXPORT_SYMBOL_GPL(ykvm_client_free);

void ykvm_client_each(void (*fn)(struct ykvm_client *c, void *arg), void *arg)
{
	struct ykvm_client *c;

	mutex_lock(&clients_mutex);
	list_for_each_entry (c, &clients, list) {
		mutex_lock(&c->mutex);
		fn(c, arg);
		mutex_unlock(&c->mutex);
	}
	mutex_unlock(&clients_mutex);
}

bool ykvm_client_use(struct ykvm_client *c)
{
	if (!atomic_inc_unless_negative(&c->users))
		return false;
	if (likely(c->memory.user))
		return true;
	ykvm_client_unuse(c);
	return false;
}

void ykvm_client_unuse(struct ykvm_client *c)
{
	atomic_dec_return_release(&c->users); /* matches swap_memory(): what was used is used no more */
}

void ykvm_client_status(struct ykvm_client *c, u32 set, u32 clear)
{
	struct ykvm_state *state = c->ring.state;

	lockdep_assert_held(&c->mutex);
	WRITE_ONCE(state->status, (state->status | set) & ~clear);
	wake_up_interruptible(&c->wait);
}

/* Only what is "in" may be set; what the kernel answers must come in as zero. */
static bool setup_valid(const struct ykvm_setup *s)
{
	struct ykvm_setup in = {
		.abi = s->abi,
		.flags = s->flags,
		.slots = s->slots,
		.buffer_bytes = s->buffer_bytes,
		.snaplen = s->snaplen,
		.wake_frames = s->wake_frames,
		.wake_usecs = s->wake_usecs,
		.busy_usecs = s->busy_usecs,
		.tx_buffers = s->tx_buffers,
		.memory_addr = s->memory_addr,
		.memory_bytes = s->memory_bytes,
	};

	return s->abi == YKVM_ABI && !(s->flags & ~YKVM_SETUP_FLAGS) && !memcmp(&in, s, sizeof(in)) &&
	       s->wake_usecs <= YKVM_USECS_MAX && s->busy_usecs <= YKVM_USECS_MAX && s->wake_frames <= s->slots &&
	       (s->wake_frames <= 1 || s->wake_usecs);
}

static bool memory_valid(const struct ykvm_setup *s, const struct ykvm_geometry *g)
{
	struct ykvm_layout l;

	if (!ykvm_geometry_valid(g))
		return false;
	l = ykvm_ring_layout(g, PAGE_SIZE);
	if (s->flags & YKVM_SETUP_USER_MEMORY)
		return s->memory_addr && PAGE_ALIGNED(s->memory_addr) && s->memory_bytes == l.buffers_bytes;
	/* what is mapped twice must end where a page does */
	return !s->memory_addr && !s->memory_bytes && !s->tx_buffers &&
	       (!g->newest || PAGE_ALIGNED((u64)g->n_slots * g->buffer_bytes));
}

static u32 snaplen_max(const struct ykvm_geometry *g)
{
	return g->newest ? g->n_slots * g->buffer_bytes : g->buffer_bytes;
}

static void configure(struct ykvm_client *c, const struct ykvm_setup *s)
{
	const struct ykvm_memory *m = &c->memory;
	u32 max = snaplen_max(&m->geometry);

	ykvm_ring_init(&c->ring, &m->geometry, &m->layout, m->user, m->shared, m->buffers, YKVM_FIRST_POSITION);
	c->snaplen = s->snaplen ? min(s->snaplen, max) : max;
	c->stamp = s->flags & YKVM_SETUP_STAMP;
	c->wake_frames = max(s->wake_frames, 1U);
	c->wake_ns = c->wake_frames > 1 ? s->wake_usecs * (u64)NSEC_PER_USEC : 0;
	c->busy_ns = s->busy_usecs * (u64)NSEC_PER_USEC;
	c->armed = 0;
	c->tx_consumer = 0;
	c->sent = 0;
	c->send_failed = 0;
	atomic64_set(&c->woken, 0);
}

/* Puts m in the place of the client's memory, which is then in m. */
static int swap_memory(struct ykvm_client *c, struct ykvm_memory *m, const struct ykvm_setup *s)
{
	int ret = -EBUSY;

	mutex_lock(&c->mutex);
	if (!c->dev && atomic_cmpxchg(&c->users, 0, -1) == 0) {
		swap(c->memory, *m);
		configure(c, s);
		atomic_set_release(&c->users, 0);
		ret = 0;
	}
	mutex_unlock(&c->mutex);
	return ret;
}

/* Memory is made before it is known whether it may be used: pinning must not wait for mmap() with a mutex held. */
int ykvm_client_setup(struct ykvm_client *c, struct ykvm_setup *s)
{
	struct ykvm_geometry g;
	struct ykvm_memory m;
	int ret;

	if (!s->slots)
		s->slots = ykvm_memory_default();
	if (!s->buffer_bytes)
		s->buffer_bytes = YKVM_BUFFER_BYTES_DEFAULT;
	g = (struct ykvm_geometry) {
		.n_slots = s->slots,
		.buffer_bytes = s->buffer_bytes,
		.tx_buffers = s->tx_buffers,
		.newest = s->flags & YKVM_SETUP_DROP_NEWEST,
	};
	if (!setup_valid(s) || !memory_valid(s, &g))
		return -EINVAL;
	ret = ykvm_memory_make(&m, &g, s);
	if (ret)
		return ret;
	s->batch_max = g.newest ? g.n_slots : YKVM_BATCH_MAX;
	s->features = YKVM_FEATURE_TAP | YKVM_FEATURE_MEMBERS | YKVM_FEATURE_FILTER | YKVM_FEATURE_SEND |
		      YKVM_FEATURE_OFFLOADS;
	ykvm_memory_answer(&m, s);
	ret = swap_memory(c, &m, s);
	ykvm_memory_free(&m);
	return ret;
}
EXPORT_SYMBOL_GPL(ykvm_client_setup);

int ykvm_client_kick(struct ykvm_client *c)
{
	int ret = -ENXIO;

	mutex_lock(&c->mutex);
	if (c->memory.user)
		ret = ykvm_send(c);
	if (c->source)
		ykvm_source_kick(c);
	mutex_unlock(&c->mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(ykvm_client_kick);
