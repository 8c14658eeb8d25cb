// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where frames come in, on any Ethernet interface: its rx_handler, in front of
 * every protocol. A frame that is taken goes no further: the stack, and its
 * costs, are what ykvm leaves out. As a tap it is only looked at.
 *
 * A ring has one lock, because NAPI runs on as many CPUs as the interface has
 * queues. On one queue it is never contended.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/busy_poll.h>

#include "compat.h"
#include "internal.h"

/* The rx_handler's data of an interface; gone with its last client. */
struct ykvm_hook {
	u32 flags; /* YKVM_BIND_* */
	u32 members;
	u32 bound;
	struct ykvm_client __rcu *client[]; /* members */
};

static void frame_stamp(const struct ykvm_client *c, struct ykvm_frame *f, const struct sk_buff *skb)
{
	ktime_t t = skb_tstamp(skb);

	if (unlikely(t)) {
		f->stamp_ns = ktime_to_ns(t);
	} else if (c->stamp) {
		f->stamp_ns = ktime_get_real_ns();
	} else {
		f->stamp_ns = ktime_get_coarse_real_ns();
		f->flags |= YKVM_FRAME_STAMP_COARSE;
	}
}

/* In pieces: a frame that is not in one piece itself, or that goes on at the ring's start. */
static noinline bool copy_pieces(const struct ykvm_ring *r, u32 buffer, const struct sk_buff *skb, u32 caplen)
{
	u32 first = ykvm_ring_row(r, buffer, caplen);

	if (skb_copy_bits(skb, -ETH_HLEN, ykvm_ring_buffer(r, buffer), first))
		return false;
	return first == caplen ||
	       skb_copy_bits(skb, (int)first - ETH_HLEN, ykvm_ring_buffer(r, 0), caplen - first) == 0;
}

/* skb->data is behind the MAC header. The skb may be shared with a tap: it is only read. */
static bool frame_copy(const struct ykvm_ring *r, u32 buffer, u32 n, const struct sk_buff *skb, u32 caplen)
{
	if (unlikely(n > 1 || caplen > skb_headlen(skb) + ETH_HLEN))
		return copy_pieces(r, buffer, skb, caplen);
	memcpy(ykvm_ring_buffer(r, buffer), skb->data - ETH_HLEN, caplen);
	return true;
}

/* Its sender, or who put segments together, left to a NIC what no NIC has done yet. */
static noinline void frame_describe_unfinished(struct ykvm_frame *f, const struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		f->flags |= YKVM_FRAME_CSUM_NOT_READY;
	if (skb_is_gso(skb))
		f->flags |= YKVM_FRAME_GSO;
}

static void frame_describe(struct ykvm_client *c, struct ykvm_frame *f, const struct sk_buff *skb, u32 len, u32 caplen)
{
	u32 hash = skb->hash;

	f->len = len;
	f->caplen = caplen;
	f->hash = hash;
	f->vlan_tci = 0;
	f->vlan_proto = 0;
	f->flags = YKVM_FRAME_HASH;
	if (unlikely(!hash))
		WRITE_ONCE(f->flags, 0); /* a branch: a NIC that hashes does so for nearly all */
	if (unlikely(caplen < len)) {
		f->flags |= YKVM_FRAME_TRUNCATED;
		ykvm_count(&c->ring.state->truncated);
	}
	if (unlikely(skb_vlan_tag_present(skb))) {
		f->flags |= YKVM_FRAME_VLAN;
		f->vlan_tci = skb_vlan_tag_get(skb);
		f->vlan_proto = ntohs(skb->vlan_proto);
	}
	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL || skb_is_gso(skb)))
		frame_describe_unfinished(f, skb);
	frame_stamp(c, f, skb);
}

static void frame_store(struct ykvm_client *c, const struct sk_buff *skb, u32 len, u32 caplen)
{
	struct ykvm_ring *r = &c->ring;
	u32 n = ((caplen - 1) >> r->buffer_shift) + 1;
	s64 buffer = ykvm_ring_reserve(r, n);
	struct ykvm_frame *f;

	lockdep_assert_held(&c->lock);
	if (unlikely(buffer < 0))
		return;
	f = &r->frames[buffer];
	if (unlikely(!frame_copy(r, buffer, n, skb, caplen))) {
		ykvm_count(&r->state->unreadable);
		return;
	}
	frame_describe(c, f, skb, len, caplen);
	ykvm_ring_submit(r, f, n);
}

/* How much of it the client wants; 0: nothing. */
static noinline u32 frame_filter(struct ykvm_client *c, struct bpf_prog *prog, struct sk_buff *skb)
{
	u32 wanted = ykvm_filter_run(prog, skb);

	if (!wanted) {
		spin_lock(&c->lock);
		ykvm_count(&c->ring.state->filtered);
		spin_unlock(&c->lock);
	}
	return wanted;
}

static unsigned int frame_napi_id(const struct sk_buff *skb)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	return skb->napi_id;
#else
	return 0;
#endif
}

/* False: the client does not want it. One function for both handlers, so that all it calls is inlined, once. */
static noinline bool frame_take(struct ykvm_client *c, struct sk_buff *skb)
{
	struct bpf_prog *prog = rcu_dereference(c->filter);
	u32 len = skb->len + READ_ONCE(c->around);
	u32 caplen = min(len, c->snaplen);
	bool armed;

	if (unlikely(prog)) {
		caplen = min(caplen, frame_filter(c, prog, skb));
		if (!caplen)
			return false;
	}
	spin_lock(&c->lock);
	frame_store(c, skb, len, caplen);
	armed = c->armed;
	spin_unlock(&c->lock);
	WRITE_ONCE(c->napi_id, frame_napi_id(skb));
	if (unlikely(armed))
		ykvm_client_wake(c);
	return true;
}

/* By the flow, both directions of it are the same member's; by the queue, what a CPU took is. */
static __always_inline u32 hook_spread(const struct ykvm_hook *h, struct sk_buff *skb)
{
	if (h->flags & YKVM_BIND_QUEUE)
		return skb_rx_queue_recorded(skb) ? skb_get_rx_queue(skb) % h->members : 0;
	return reciprocal_scale(__skb_get_hash_symmetric(skb), h->members);
}

static __always_inline struct ykvm_client *hook_member(const struct ykvm_hook *h, struct sk_buff *skb)
{
	u32 member = 0;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return NULL;
	if (h->members > 1)
		member = hook_spread(h, skb);
	return rcu_dereference(h->client[member]);
}

static rx_handler_result_t hook_take(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct ykvm_client *c = hook_member(rcu_dereference(skb->dev->rx_handler_data), skb);

	if (unlikely(!c || !frame_take(c, skb)))
		return RX_HANDLER_PASS;
	napi_consume_skb(skb, 1); /* frames are received with BH off, as a budget promises */
	return RX_HANDLER_CONSUMED;
}

static rx_handler_result_t hook_tap(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct ykvm_client *c = hook_member(rcu_dereference(skb->dev->rx_handler_data), skb);

	if (likely(c))
		frame_take(c, skb);
	return RX_HANDLER_PASS;
}

static struct ykvm_hook *hook_of(const struct net_device *dev)
{
	rx_handler_func_t *handler = rtnl_dereference(dev->rx_handler);

	if (handler != hook_take && handler != hook_tap)
		return NULL;
	return rtnl_dereference(dev->rx_handler_data);
}

/* The interface's first client comes with the hook itself. */
static int hook_new(struct net_device *dev, struct ykvm_client *c, const struct ykvm_bind *b)
{
	struct ykvm_hook *h = kzalloc(struct_size(h, client, b->members), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!h)
		return -ENOMEM;
	h->flags = b->flags;
	h->members = b->members;
	h->bound = 1;
	RCU_INIT_POINTER(h->client[b->member], c); /* shown by the registration */
	ret = netdev_rx_handler_register(dev, b->flags & YKVM_BIND_TAP ? hook_tap : hook_take, h);
	if (ret)
		kfree(h);
	else
		c->hook = h;
	return ret;
}

int ykvm_hook_attach(struct net_device *dev, struct ykvm_client *c, const struct ykvm_bind *b)
{
	struct ykvm_hook *h = hook_of(dev);

	ASSERT_RTNL();
	if (!h)
		return hook_new(dev, c, b);
	if (h->flags != b->flags || h->members != b->members || rcu_access_pointer(h->client[b->member]))
		return -EBUSY;
	h->bound++;
	c->hook = h;
	rcu_assign_pointer(h->client[b->member], c);
	return 0;
}

/* On return no CPU has the client in its hands any more: either way waits for those that had. */
void ykvm_hook_detach(struct net_device *dev, struct ykvm_client *c)
{
	struct ykvm_hook *h = c->hook;

	c->hook = NULL;
	RCU_INIT_POINTER(h->client[c->member], NULL);
	if (--h->bound) {
		synchronize_net();
		return;
	}
	netdev_rx_handler_unregister(dev);
	kfree(h);
}
