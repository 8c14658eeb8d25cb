// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending: skbs of the stack, and buffers of a ring's reader where they lie.
 * A frame's last descriptor asks for a report; what has left is taken back in
 * NAPI, in order.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>

#include "zc/zc.h"

#define ROOM_STOP (MAX_SKB_FRAGS + 2) /* less: the stack has to wait */
#define ROOM_WAKE (2 * ROOM_STOP)

static struct netdev_queue *stack_queue(struct zc_queue *q)
{
	return netdev_get_tx_queue(q->z->dev, q->index);
}

/* Free descriptors; one stays empty, or a full ring would look empty. */
static u32 room(const struct zc_tx *tx)
{
	return tx->n - 1 - (tx->next - READ_ONCE(tx->clean));
}

int zc_tx_alloc(struct zc_queue *q)
{
	struct zc_tx *tx = &q->tx;
	u32 n = q->z->tx_n;

	tx->buffers = kvcalloc(n, sizeof(*tx->buffers), GFP_KERNEL);
	if (!tx->buffers)
		return -ENOMEM;
	tx->desc = dma_alloc_coherent(&q->z->pdev->dev, n * sizeof(*tx->desc), &tx->desc_dma, GFP_KERNEL);
	if (!tx->desc) {
		kvfree(tx->buffers);
		tx->buffers = NULL;
		return -ENOMEM;
	}
	tx->n = n;
	tx->mask = n - 1;
	return 0;
}

void zc_tx_free(struct zc_queue *q)
{
	struct zc_tx *tx = &q->tx;

	if (tx->desc)
		dma_free_coherent(&q->z->pdev->dev, tx->n * sizeof(*tx->desc), tx->desc, tx->desc_dma);
	kvfree(tx->buffers);
	tx->desc = NULL;
	tx->buffers = NULL;
}

static int disable(struct zc *z, u32 i)
{
	zc_write(z, ZC_TXDCTL(i), 0);
	return zc_hw_wait(z, ZC_TXDCTL(i), ZC_XDCTL_ENABLE, 0);
}

/* The stack is kept out. */
int zc_tx_start(struct zc_queue *q)
{
	struct zc_tx *tx = &q->tx;
	struct zc *z = q->z;
	u32 i = q->index;

	disable(z, i);
	memset(tx->desc, 0, tx->n * sizeof(*tx->desc));
	/* zc_tx_client() reads `next` twice, and is kept out by nothing else */
	__netif_tx_lock_bh(stack_queue(q));
	tx->next = 0;
	tx->clean = 0;
	__netif_tx_unlock_bh(stack_queue(q));
	tx->tail = (u32 __iomem *)(z->regs + ZC_TDT(i));
	zc_write(z, ZC_TDBAL(i), lower_32_bits(tx->desc_dma));
	zc_write(z, ZC_TDBAH(i), upper_32_bits(tx->desc_dma));
	zc_write(z, ZC_TDLEN(i), tx->n * sizeof(*tx->desc));
	zc_write(z, ZC_TDH(i), 0);
	zc_write(z, ZC_TDT(i), 0);
	zc_write(z, ZC_TXDCTL(i), ZC_XDCTL_THRESHOLDS(8, 1, 1) | ZC_XDCTL_ENABLE);
	return zc_hw_wait(z, ZC_TXDCTL(i), ZC_XDCTL_ENABLE, ZC_XDCTL_ENABLE);
}

static void unmap(struct zc_queue *q, struct zc_tx_buffer *b)
{
	if (b->kind == ZC_TX_SKB)
		dma_unmap_single(&q->z->pdev->dev, b->dma, b->len, DMA_TO_DEVICE);
	else if (b->kind == ZC_TX_FRAG)
		dma_unmap_page(&q->z->pdev->dev, b->dma, b->len, DMA_TO_DEVICE);
}

struct cleaned {
	u32 frames;
	u32 bytes;
	u32 skb_frames; /* of these, the stack's */
	u32 skb_bytes;
	u32 client; /* and a ring's reader's */
};

/* What was sent with one descriptor is done with, sent or not. */
static void finish(struct zc_queue *q, struct zc_tx_buffer *b, int budget, struct cleaned *sum)
{
	unmap(q, b);
	sum->bytes += b->len;
	if (b->kind == ZC_TX_CLIENT && b->last) {
		zc_ring_sent(q, b->buffer, b->n_buffers);
		sum->client++;
	}
	if (b->skb) {
		sum->skb_frames++;
		sum->skb_bytes += b->skb->len;
		napi_consume_skb(b->skb, budget);
	}
	b->skb = NULL;
	b->kind = ZC_TX_NONE;
}

/* Behind the last descriptor of the frame at `clean`. */
static u32 frame_end(const struct zc_tx *tx)
{
	u32 i = tx->clean;

	while (!tx->buffers[i & tx->mask].last)
		i++;
	return i + 1;
}

static bool has_left(const struct zc_tx *tx, u32 end)
{
	return READ_ONCE(tx->desc[(end - 1) & tx->mask].options_status) & cpu_to_le32(ZC_TXD_DD);
}

static void finish_frame(struct zc_queue *q, u32 end, int budget, struct cleaned *sum)
{
	struct zc_tx *tx = &q->tx;

	while (tx->clean != end) {
		finish(q, &tx->buffers[tx->clean & tx->mask], budget, sum);
		WRITE_ONCE(tx->clean, tx->clean + 1);
	}
	sum->frames++;
}

static void count(struct zc_queue *q, const struct cleaned *sum)
{
	struct zc_counts *c = &q->tx_counts;

	u64_stats_update_begin(&c->sync);
	u64_stats_add(&c->tx_packets, sum->frames);
	u64_stats_add(&c->tx_bytes, sum->bytes);
	u64_stats_add(&c->tx_client, sum->client);
	u64_stats_update_end(&c->sync);
}

/* What has left is taken back; without `client` only up to a client's frame. */
static struct cleaned clean_up_to(struct zc_queue *q, u32 next, int budget, bool client)
{
	struct zc_tx *tx = &q->tx;
	struct cleaned sum = { 0 };

	while (tx->clean != next) {
		u32 end = frame_end(tx);

		if (!has_left(tx, end) || (!client && tx->buffers[tx->clean & tx->mask].kind == ZC_TX_CLIENT))
			break;
		finish_frame(q, end, budget, &sum);
	}
	return sum;
}

/* NAPI. All that has left is taken back, however much: it is cheap, and the budget is the receiver's. */
bool zc_tx_clean(struct zc_queue *q, int budget)
{
	struct zc_tx *tx = &q->tx;
	u32 next = smp_load_acquire(&tx->next); /* matches send_off() */
	struct cleaned sum;

	ZC_NAPI_OWNED(q);
	if (tx->clean == next)
		return true;
	sum = clean_up_to(q, next, budget, budget); /* netpoll, which has none, must not wait for a client's locks */
	count(q, &sum);
	if (sum.client)
		ykvm_client_sent(q->rx->client, sum.client, 0);
	netdev_tx_completed_queue(stack_queue(q), sum.skb_frames, sum.skb_bytes);
	smp_mb(); /* matches stop_if_full(): one of the two sees what the other stored */
	if (netif_tx_queue_stopped(stack_queue(q)) && room(tx) >= ROOM_WAKE && READ_ONCE(q->z->up))
		netif_tx_wake_queue(stack_queue(q));
	return true;
}

/* NAPI is off and the stack kept out. On return of 0 the NIC reads none of what was sent any more. */
int zc_tx_stop(struct zc_queue *q)
{
	struct cleaned left, lost = { 0 };
	struct zc_tx *tx = &q->tx;
	int ret;

	ZC_NAPI_OWNED(q);
	ret = disable(q->z, q->index);
	usleep_range(100, 200); /* what is on its way over the bus */
	left = clean_up_to(q, tx->next, 0, true);
	count(q, &left);
	while (tx->clean != tx->next)
		finish_frame(q, frame_end(tx), 0, &lost);
	if (left.client || lost.client)
		ykvm_client_sent(q->rx->client, left.client, lost.client);
	netdev_tx_reset_queue(stack_queue(q));
	return ret;
}

static void put(struct zc_tx *tx, u32 i, dma_addr_t dma, u32 len, u32 payload, bool last)
{
	struct zc_tx_desc *d = &tx->desc[i & tx->mask];
	u32 command = ZC_TXD_DATA | ZC_TXD_ADVANCED | ZC_TXD_IFCS | len;

	if (last)
		command |= ZC_TXD_EOP | ZC_TXD_RS;
	d->address = cpu_to_le64(dma);
	d->options_status = cpu_to_le32(ZC_TXD_PAYLOAD(payload));
	d->command_len = cpu_to_le32(command);
}

/* Descriptors up to next are written. NAPI may see them before the NIC does: they are not done. */
static void send_off(struct zc_tx *tx, u32 next, bool ring)
{
	smp_store_release(&tx->next, next); /* matches zc_tx_clean(): buffers[] before next */
	if (ring)
		writel(next & tx->mask, tx->tail);
}

/* The head of skb and its frags, from descriptor i on. 0 or -ENOMEM, with nothing left mapped. */
static int map_frame(struct zc_queue *q, struct sk_buff *skb, u32 i)
{
	struct device *d = &q->z->pdev->dev;
	u32 n_frags = skb_shinfo(skb)->nr_frags;
	struct zc_tx *tx = &q->tx;
	u32 k;

	for (k = 0; k <= n_frags; k++, i++) {
		const skb_frag_t *frag = k ? &skb_shinfo(skb)->frags[k - 1] : NULL;
		u32 len = k ? skb_frag_size(frag) : skb_headlen(skb);
		dma_addr_t dma = k ? skb_frag_dma_map(d, frag, 0, len, DMA_TO_DEVICE)
				   : dma_map_single(d, skb->data, len, DMA_TO_DEVICE);

		if (dma_mapping_error(d, dma))
			goto err;
		tx->buffers[i & tx->mask] = (struct zc_tx_buffer) {
			.kind = k ? ZC_TX_FRAG : ZC_TX_SKB,
			.last = k == n_frags,
			.len = len,
			.dma = dma,
		};
		put(tx, i, dma, len, skb->len, k == n_frags);
	}
	tx->buffers[(i - 1) & tx->mask].skb = skb;
	return 0;

err:
	while (k-- > 0)
		unmap(q, &tx->buffers[--i & tx->mask]);
	return -ENOMEM;
}

/* Are there so many descriptors? Else the stack is told to wait, until NAPI has taken some back. */
static bool stop_if_full(struct zc_tx *tx, struct netdev_queue *queue, u32 wanted)
{
	if (room(tx) >= wanted)
		return true;
	YKVM_HAND_OVER(full);
	netif_tx_stop_queue(queue);
	smp_mb(); /* matches zc_tx_clean() */
	if (room(tx) < wanted)
		return false;
	netif_tx_start_queue(queue);
	return true;
}

netdev_tx_t zc_tx_frame(struct sk_buff *skb, struct net_device *dev)
{
	struct zc *z = netdev_priv(dev);
	struct zc_queue *q = &z->queues[skb_get_queue_mapping(skb)];
	struct netdev_queue *queue = stack_queue(q);
	struct zc_tx *tx = &q->tx;
	u32 next;
	bool ring;

	lockdep_assert_held(&queue->_xmit_lock);
	if (eth_skb_pad(skb)) /* first: it may put fragments into one piece */
		return NETDEV_TX_OK;
	next = tx->next + 1 + skb_shinfo(skb)->nr_frags;
	if (!stop_if_full(tx, queue, next - tx->next))
		return NETDEV_TX_BUSY;
	if (map_frame(q, skb, tx->next)) {
		dev_kfree_skb_any(skb);
		dev_core_stats_tx_dropped_inc(dev);
		return NETDEV_TX_OK;
	}
	skb_tx_timestamp(skb);
	ring = __netdev_tx_sent_queue(queue, skb->len, netdev_xmit_more());
	send_off(tx, next, ring);
	stop_if_full(tx, queue, ROOM_STOP);
	if (!ring && netif_xmit_stopped(queue))
		writel(next & tx->mask, tx->tail);
	return NETDEV_TX_OK;
}

/* One frame out of the client's buffers: a descriptor for each. */
static void put_client(struct zc_queue *q, u32 i, u32 buffer, u32 n_buffers, u32 len)
{
	const struct zc_rx *rx = q->rx;
	struct zc_tx *tx = &q->tx;
	u32 left = len, k;

	for (k = 0; k < n_buffers; k++) {
		/* a chain goes round the end of the ring; buffers to send from do not lie in it */
		u32 b = buffer < rx->n ? (buffer + k) & rx->mask : buffer + k;
		u32 part = min(left, rx->buffer_bytes);

		left -= part;
		tx->buffers[(i + k) & tx->mask] = (struct zc_tx_buffer) {
			.kind = ZC_TX_CLIENT,
			.last = left == 0,
			.len = part,
			.buffer = buffer,
			.n_buffers = n_buffers,
		};
		if (rx->sync)
			dma_sync_single_for_device(&q->z->pdev->dev, rx->dma[b], part, DMA_BIDIRECTIONAL);
		put(tx, i + k, rx->dma[b], part, len, left == 0);
	}
}

/* Marks the buffers as under way, unless the NIC has one of them to write into. Under rx->lock. */
static bool hold(struct zc_rx *rx, u32 buffer, u32 n)
{
	u64 producer = READ_ONCE(rx->client->ring.producer), owned = rx->given - producer;
	u32 k;

	lockdep_assert_held(&rx->lock);
	for (k = 0; k < n && buffer < rx->n; k++)
		if (((buffer + k - (u32)producer) & rx->mask) < owned)
			return false;
	for (k = 0; k < n; k++)
		rx->sending[buffer < rx->n ? (buffer + k) & rx->mask : buffer + k]++;
	rx->n_sending += n;
	return true;
}

/*
 * Process context, under the client's mutex. A frame whose buffers were given
 * back meanwhile, or reach beyond what there is, is through without being sent.
 */
int zc_tx_client(struct zc_queue *q, const struct ykvm_tx *t, u32 n)
{
	struct netdev_queue *queue = stack_queue(q);
	struct zc_rx *rx = q->rx;
	struct zc_tx *tx = &q->tx;
	u32 next, failed = 0, i;

	YKVM_HAND_OVER(send);
	__netif_tx_lock_bh(queue);
	next = tx->next;
	spin_lock(&rx->lock);
	for (i = 0; i < n && rx->running; i++) {
		u32 buffers = DIV_ROUND_UP(t[i].len, rx->buffer_bytes);
		bool there = t[i].buffer < rx->n ? buffers <= rx->n : t[i].buffer + (u64)buffers <= rx->n_dma;

		if (tx->n - 1 - (next - READ_ONCE(tx->clean)) < buffers)
			break;
		if (!there || !buffers || !hold(rx, t[i].buffer, buffers)) {
			failed++;
			continue;
		}
		put_client(q, next, t[i].buffer, buffers, t[i].len);
		next += buffers;
	}
	spin_unlock(&rx->lock);
	YKVM_HAND_OVER(publish);
	if (next != tx->next) {
		txq_trans_cond_update(queue);
		send_off(tx, next, true);
	}
	__netif_tx_unlock_bh(queue);
	if (failed)
		ykvm_client_sent(rx->client, 0, failed);
	return i;
}
