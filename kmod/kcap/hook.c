// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where frames come in: the rx_handler of the interface, in front of every
 * protocol. Here what an sk_buff holds is made into plain bytes for analyse.h,
 * and what that finds is counted.
 *
 * The frame may be shared with a tap: it is only read.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

#include "internal.h"

/* The frame's flow: the same for all of its frames, on whatever CPU. */
static u32 tuple_hash(const struct kcap_tuple *t, const hsiphash_key_t *key)
{
	u32 ports = (u32)t->sport << 16 | t->dport;

	if (t->version == 4)
		return hsiphash_4u32(t->src[0], t->dst[0], ports, t->proto, key);
	return hsiphash(t, sizeof(*t), key);
}

/* False: no room. */
static bool count_tuple(const struct kcap *k, struct kcap_books *b, const struct kcap_tuple *t, u32 bytes)
{
	u32 hash = tuple_hash(t, &k->key);
	struct kcap_flow *flow = kcap_flows_find(&b->flows, t, hash);

	if (unlikely(!flow)) {
		if (kcap_flows_used(&b->flows) == b->flows.room)
			return false;
		spin_lock(&b->flows_lock);
		flow = kcap_flows_add(&b->flows, t, hash);
		spin_unlock(&b->flows_lock);
		if (!flow)
			return false;
	}
	atomic64_inc(&flow->frames);
	atomic64_add(bytes, &flow->bytes);
	return true;
}

struct frame {
	struct kcap_view view;
	u32 bytes;
	bool unplaced; /* its flow has no room */
};

/* Out of line, as is all that statistics alone do not need: they shall not pay for its stack. */
static noinline void count_flow(struct frame *f, const struct kcap *k, struct kcap_books *b, const u8 *data, u32 caplen)
{
	struct kcap_tuple t;

	kcap_tuple_of(&t, &f->view, data, caplen);
	f->unplaced = !count_tuple(k, b, &t, f->bytes);
}

static void frame_look(struct frame *f, const struct kcap *k, struct kcap_books *b, const u8 *data, u32 caplen,
		       bool tagged)
{
	kcap_analyse(&f->view, data, caplen, tagged);
	f->unplaced = false;
	if (k->n_flows && f->view.ip_off)
		count_flow(f, k, b, data, caplen);
}

/* Some drivers leave all but the MAC header in pages: the headers are copied together. */
static noinline void frame_look_paged(struct frame *f, const struct kcap *k, struct kcap_books *b,
				      const struct sk_buff *skb)
{
	u8 headers[KCAP_HEADERS_BYTES];
	u32 n = min_t(u32, sizeof(headers), skb->len + ETH_HLEN);

	if (skb_copy_bits(skb, -ETH_HLEN, headers, n))
		n = 0;
	frame_look(f, k, b, headers, n, skb_vlan_tag_present(skb));
}

static u32 frame_bytes(const struct sk_buff *skb)
{
	u32 bytes = skb->len + ETH_HLEN;

	if (likely(!(skb->dev->features & NETIF_F_RXFCS)))
		bytes += ETH_FCS_LEN;
	return skb_vlan_tag_present(skb) ? bytes + VLAN_HLEN : bytes;
}

static void count(struct kcap_cpu *c, u32 counter)
{
	u64_stats_inc(&c->counters[counter]);
}

/* What few frames are. */
static void count_rare(struct kcap_cpu *c, const struct frame *f, const struct sk_buff *skb)
{
	if (unlikely(f->view.tagged))
		count(c, KCAP_C_TAGGED);
	if (unlikely(f->view.fragment))
		count(c, KCAP_C_FRAGMENTS);
	if (unlikely(f->unplaced))
		count(c, KCAP_C_FLOWS_FULL);
	if (unlikely(skb_is_gso(skb)))
		count(c, KCAP_C_MERGED);
}

static void hook_count(const struct kcap *k, struct sk_buff *skb)
{
	struct kcap_books *b = rcu_dereference(k->books);
	struct kcap_cpu *c = this_cpu_ptr(b->cpus); /* BH is off: nobody else writes it */
	u32 caplen = skb_headlen(skb) + ETH_HLEN;
	struct frame f;
	bool matched;

	f.bytes = frame_bytes(skb);
	if (likely(!skb_is_nonlinear(skb) || caplen >= KCAP_HEADERS_BYTES))
		frame_look(&f, k, b, skb->data - ETH_HLEN, caplen, skb_vlan_tag_present(skb));
	else
		frame_look_paged(&f, k, b, skb);
	matched = k->match.length && kcap_match_frame(&k->match, skb);
	u64_stats_update_begin(&c->sync);
	count(c, KCAP_C_PROTOCOL + f.view.protocol);
	count(c, KCAP_C_SIZE + kcap_size_of(f.bytes));
	u64_stats_add(&c->counters[KCAP_C_BYTES], f.bytes);
	count_rare(c, &f, skb);
	if (matched)
		count(c, KCAP_C_MATCHED);
	u64_stats_update_end(&c->sync);
}

rx_handler_result_t kcap_hook_frame(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	const struct kcap *k = rcu_dereference(skb->dev->rx_handler_data);

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;
	hook_count(k, skb);
	if (k->flags & KCAP_FLAG_TAP)
		return RX_HANDLER_PASS;
	napi_consume_skb(skb, 1); /* frames are received with BH off, as a budget promises */
	return RX_HANDLER_CONSUMED;
}
