// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending what the reader holds. Each entry of tx[] is read once, and what is
 * checked is the copy. A source's NIC reads the frame where it lies; elsewhere
 * it is copied into an skb and goes out as a packet socket's would.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/skbuff.h>

#include "frame.h"
#include "internal.h"

#define SEND_BATCH 64

void ykvm_client_sent(struct ykvm_client *c, u32 sent, u32 failed)
{
	struct ykvm_state *state = c->ring.state;

	spin_lock_bh(&c->lock);
	c->sent += sent;
	c->send_failed += failed;
	WRITE_ONCE(state->tx_done, c->sent + c->send_failed);
	spin_unlock_bh(&c->lock);
}
EXPORT_SYMBOL_GPL(ykvm_client_sent);

static struct ykvm_tx read_entry(const struct ykvm_client *c, u64 position)
{
	const struct ykvm_tx *tx = (const void *)(c->memory.user + c->memory.layout.tx_off);

	tx += position % YKVM_TX_SLOTS;
	return (struct ykvm_tx) { .buffer = READ_ONCE(tx->buffer), .len = READ_ONCE(tx->len) };
}

static u32 entry_buffers(const struct ykvm_client *c, const struct ykvm_tx *tx)
{
	return ((tx->len - 1) >> c->ring.buffer_shift) + 1;
}

/* As far as its entry tells: one with a tag may be so long. */
static bool len_valid(const struct ykvm_client *c, const struct ykvm_tx *tx)
{
	return tx->len >= ETH_HLEN && tx->len <= ykvm_frame_most(c->dev, htons(ETH_P_8021Q));
}

/* And as its bytes do. In the reader's memory they may change later: then a NIC sends 4 bytes more than it should. */
static bool type_valid(const struct ykvm_client *c, const void *frame, u32 len)
{
	return len <= ykvm_frame_most(c->dev, READ_ONCE(((const struct ethhdr *)frame)->h_proto));
}

static bool entry_valid(const struct ykvm_client *c, const struct ykvm_tx *tx)
{
	u32 end = c->memory.layout.n_buffers + c->memory.geometry.tx_buffers;
	u32 n;

	if (!len_valid(c, tx))
		return false;
	n = entry_buffers(c, tx);
	if (tx->buffer >= c->memory.layout.n_buffers)
		return tx->buffer < end && n <= end - tx->buffer;
	return ykvm_ring_held(&c->ring, tx->buffer, n);
}

static void copy_frame(const struct ykvm_client *c, struct sk_buff *skb, const struct ykvm_tx *tx)
{
	const struct ykvm_ring *r = &c->ring;
	u32 first = ykvm_ring_row(r, tx->buffer, tx->len);

	skb_put_data(skb, ykvm_ring_buffer(r, tx->buffer), first);
	if (first < tx->len)
		skb_put_data(skb, ykvm_ring_buffer(r, 0), tx->len - first);
}

/* Under the lock that the hook fills the ring with: what is checked as held stays so until it is copied. */
static bool checked_copy(struct ykvm_client *c, struct sk_buff *skb, const struct ykvm_tx *tx)
{
	bool valid;

	spin_lock_bh(&c->lock);
	valid = entry_valid(c, tx);
	if (valid)
		copy_frame(c, skb, tx);
	spin_unlock_bh(&c->lock);
	return valid;
}

static struct sk_buff *entry_skb(struct ykvm_client *c, const struct ykvm_tx *tx)
{
	struct net_device *dev = c->dev;
	struct sk_buff *skb;

	if (!len_valid(c, tx))
		return NULL;
	skb = alloc_skb(LL_RESERVED_SPACE(dev) + tx->len + dev->needed_tailroom, GFP_KERNEL | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, LL_RESERVED_SPACE(dev));
	if (!checked_copy(c, skb, tx) || !type_valid(c, skb->data, tx->len)) {
		kfree_skb(skb);
		return NULL;
	}
	ykvm_frame_headers(skb, dev);
	return skb;
}

static void send_copied(struct ykvm_client *c, const struct ykvm_tx *tx)
{
	struct sk_buff *skb = entry_skb(c, tx);
	int ret = skb ? dev_queue_xmit(skb) : -ENOBUFS;

	bool failed = net_xmit_eval(ret);

	ykvm_client_sent(c, !failed, failed);
}

/* Takes entries from position on; how many. */
static u32 take_copied(struct ykvm_client *c, u64 position, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		struct ykvm_tx tx = read_entry(c, position + i);

		send_copied(c, &tx);
	}
	return n;
}

/* Likewise; fewer than n when the NIC has no more room. An entry that cannot be sent ends a batch. */
static u32 take_zerocopy(struct ykvm_client *c, u64 position, u32 n)
{
	struct ykvm_tx tx[SEND_BATCH];
	bool bad = false;
	int taken = 0;
	u32 i;

	for (i = 0; i < n && i < SEND_BATCH && !bad; i++) {
		tx[i] = read_entry(c, position + i);
		bad = !entry_valid(c, &tx[i]) || !type_valid(c, ykvm_ring_buffer(&c->ring, tx[i].buffer), tx[i].len);
	}
	i -= bad;
	if (i)
		taken = max(ykvm_source_send(c, tx, i), 0);
	if (taken < i || !bad)
		return taken;
	ykvm_client_sent(c, 0, 1);
	return taken + 1;
}

static void consumed(struct ykvm_client *c, u32 n)
{
	struct ykvm_state *state = c->ring.state;

	c->tx_consumer += n;
	smp_store_release(&state->tx_consumer, c->tx_consumer); /* entries are read before they may be written again */
}

int ykvm_send(struct ykvm_client *c)
{
	u64 producer = smp_load_acquire(&c->ring.user->tx_producer);
	u64 n = producer - c->tx_consumer;
	u32 taken = 1;

	lockdep_assert_held(&c->mutex);
	if (n > YKVM_TX_SLOTS)
		return -EINVAL;
	if (!c->dev)
		return -ENODEV;
	while (n && taken) {
		taken = c->source ? take_zerocopy(c, c->tx_consumer, n) : take_copied(c, c->tx_consumer, n);
		consumed(c, taken);
		n -= taken;
	}
	return 0;
}
