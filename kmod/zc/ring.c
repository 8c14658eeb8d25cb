// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving into a ykvm client's buffers. The client's ring is the NIC's: what
 * the NIC filled is published, what the reader released is given back to the
 * NIC, and a frame that finds no descriptor dies in the NIC, which counts it.
 *
 * No frame is looked at, copied or allocated for; the reader's one index is
 * read once a batch and checked (ykvm_ring_released()).
 */
#include <linux/dma-mapping.h>
#include <linux/if_ether.h>
#include <linux/mm.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "zc/zc.h"

#define PLAIN_MASK (ZC_RXD_DD | ZC_RXD_EOP | ZC_RXD_VP | ZC_RXD_RXE)
#define PLAIN (ZC_RXD_DD | ZC_RXD_EOP)
#define NOT_DONE_LEN_SHIFT 32 /* of the length beside the status */
#define KICK_SHARE 4 /* the reader is to kick when the NIC has less than one in so many descriptors */

static struct zc_queue *queue_of(struct net_device *dev, u32 queue)
{
	struct zc *z = netdev_priv(dev);

	return &z->queues[queue];
}

/* The first transmission under way bounds what may be given: its position is refilled only when it has left. */
static u64 bound_by_sending(const struct zc_rx *rx, u64 end)
{
	u64 p;

	for (p = rx->given; p != end; p++)
		if (rx->sending[p & rx->mask])
			return p;
	return end;
}

static void sync_for_device(struct zc_queue *q, u64 from, u64 end)
{
	struct zc_rx *rx = q->rx;

	for (; from != end; from++)
		dma_sync_single_for_device(&q->z->pdev->dev, rx->dma[from & rx->mask], rx->buffer_bytes,
					   DMA_BIDIRECTIONAL);
}

/* Gives the NIC what the reader has released. Under rx->lock. */
static void refill(struct zc_queue *q, struct zc_rx *rx)
{
	u64 end = ykvm_ring_released(&rx->client->ring) + rx->n - 1;

	lockdep_assert_held(&rx->lock);
	if (unlikely((s64)(end - rx->given) <= 0 || !rx->running))
		return;
	if (unlikely(rx->n_sending))
		end = bound_by_sending(rx, end);
	if (unlikely(rx->sync))
		sync_for_device(q, rx->given, end);
	zc_rx_give(rx, end);
}

/* Interrupts come for what the NIC can still receive: is that too little to wait for? Under rx->lock. */
static bool short_of_buffers(const struct zc_rx *rx)
{
	return rx->given - rx->client->ring.producer < rx->n / KICK_SHARE;
}

static void ask_for_kick(struct zc_rx *rx, u32 kick)
{
	struct ykvm_state *state = rx->client->ring.state;

	if (state->kick != kick)
		WRITE_ONCE(state->kick, kick);
}

/* NAPI has found nothing more, and is still its own. Whoever releases while `kick` is 0 is seen by the look after it is 1. */
void zc_ring_idle(struct zc_queue *q)
{
	struct zc_rx *rx = q->rx;

	YKVM_HAND_OVER(idle);
	ZC_NAPI_OWNED(q);
	spin_lock(&rx->lock);
	if (short_of_buffers(rx)) {
		ask_for_kick(rx, 1);
		smp_mb(); /* matches the reader's, between its release and its look at kick */
		refill(q, rx);
	}
	if (!short_of_buffers(rx))
		ask_for_kick(rx, 0);
	spin_unlock(&rx->lock);
}

/*
 * How many buffers the frame at position p takes; 0: its end is not there yet. From `given` on descriptors are still
 * as the NIC left them when it last had them, done.
 */
static u32 chain_length(const struct zc_rx *rx, u64 p, u64 given)
{
	u32 k;

	for (k = 0; k < given - p; k++) {
		u32 status = le32_to_cpu(READ_ONCE(rx->desc[zc_desc_index(rx, p + k)].status));

		if (!(status & ZC_RXD_DD))
			return 0;
		if (status & ZC_RXD_EOP)
			return k + 1;
	}
	return 0;
}

/* A frame that is not plain, at position p: a chain, tagged, or broken. Its buffers, or 0 as chain_length(). */
static u32 describe(const struct zc_rx *rx, u64 p, u64 given, u64 stamp)
{
	struct ykvm_frame *f = &rx->client->ring.frames[p & rx->mask];
	u32 n = chain_length(rx, p, given), status;
	const struct zc_rx_desc *d;
	u32 last;

	if (n == 0)
		return 0;
	dma_rmb(); /* the rest of the descriptors after their DD */
	d = &rx->desc[zc_desc_index(rx, p + n - 1)];
	status = le32_to_cpu(d->status);
	last = le16_to_cpu(d->len);
	if (unlikely(last > rx->buffer_bytes)) { /* of a buffer that has less: nothing that it says is believed */
		last = rx->buffer_bytes;
		status |= ZC_RXD_RXE;
	}
	*f = (struct ykvm_frame) {
		.stamp_ns = stamp,
		.len = (n - 1) * rx->buffer_bytes + last,
		.hash = le32_to_cpu(d->hash),
		.seq = p,
		.flags = YKVM_FRAME_STAMP_BATCH,
		.buffers = n,
	};
	f->caplen = f->len;
	if (d->type & cpu_to_le16(ZC_RXD_RSS_TYPE))
		f->flags |= YKVM_FRAME_HASH;
	if (status & ZC_RXD_VP) {
		f->flags |= YKVM_FRAME_VLAN;
		f->vlan_tci = le16_to_cpu(d->vlan);
		f->vlan_proto = ETH_P_8021Q;
	}
	if (status & ZC_RXD_RXE)
		f->flags |= YKVM_FRAME_SKIP;
	return n;
}

struct batch {
	u64 end; /* first position that is not the NIC's yet */
	u32 frames;
	u32 bytes;
	u32 chained;
	u32 chained_buffers;
	bool odd; /* not all are plain frames */
};

/*
 * What must be 0 in a plain frame's descriptor but DD and EOP, which must not: with the tag, and the bits of a length that
 * leaves no room in its buffer. Another is looked at by describe().
 */
static u64 plain_mask(const struct zc_rx *rx)
{
	return PLAIN_MASK | (u64) ~(rx->buffer_bytes - 1) << NOT_DONE_LEN_SHIFT;
}

/* Up to n plain frames in a row, the first at position seq; how many. The loop is what a frame costs. */
static u32 describe_plain(const struct zc_rx_desc *d, struct ykvm_frame *f, u32 n, u32 seq, u64 stamp, u64 mask,
			  u32 *bytes)
{
	const struct zc_rx_desc *first = d, *end = d + n;
	u32 sum = 0;

	do {
		u64 done = le64_to_cpu(READ_ONCE(d->not_done));
		u32 len = done >> NOT_DONE_LEN_SHIFT; /* once there is no tag above it */

		if (unlikely((done & mask) != PLAIN))
			break;
		dma_rmb(); /* the rest of the descriptor after DD */
		f->stamp_ns = stamp;
		f->len = len;
		WRITE_ONCE(f->caplen, len); /* else the compiler would build both in one register, which takes longer */
		f->hash = le32_to_cpu(d->hash);
		f->vlan_tci = 0;
		f->vlan_proto = 0;
		f->seq = seq++;
		f->buffers = 1;
		f->flags = YKVM_FRAME_STAMP_BATCH | YKVM_FRAME_HASH;
		if (unlikely(!(d->type & cpu_to_le16(ZC_RXD_RSS_TYPE))))
			WRITE_ONCE(f->flags, YKVM_FRAME_STAMP_BATCH); /* a branch: few frames have no hash */
		sum += len;
		f++;
	} while (++d != end);
	*bytes += sum;
	return d - first;
}

/* Describes what the NIC has filled since, from position p on, at most budget frames. */
static struct batch harvest(const struct zc_rx *rx, u64 p, u32 budget, u64 stamp)
{
	struct ykvm_frame *frames = rx->client->ring.frames;
	u64 given = smp_load_acquire(&rx->given); /* matches zc_rx_give(): descriptors below it are not done of old */
	u64 mask = plain_mask(rx);
	struct batch b = { 0 };

	while (b.frames < budget && p != given) {
		u32 i = zc_desc_index(rx, p), k = p & rx->mask;
		u32 most = min_t(u64, budget - b.frames, given - p);
		u32 run = min3(most, rx->n - i, rx->n - k); /* to where either ring wraps */
		u32 n = describe_plain(&rx->desc[i], &frames[k], run, p, stamp, mask, &b.bytes);

		p += n;
		b.frames += n;
		if (n == run)
			continue;
		n = describe(rx, p, given, stamp);
		if (n == 0)
			break;
		b.odd = true;
		b.chained += n > 1;
		b.chained_buffers += n - 1;
		b.bytes += frames[p & rx->mask].len;
		b.frames++;
		p += n;
	}
	b.end = p;
	return b;
}

static void sync_for_cpu(struct zc_queue *q, u64 from, u64 end)
{
	struct zc_rx *rx = q->rx;

	for (; from != end; from++)
		dma_sync_single_for_cpu(&q->z->pdev->dev, rx->dma[from & rx->mask], rx->buffer_bytes,
					DMA_BIDIRECTIONAL);
}

/* Snap length and filter: the reader sees no more of a frame than it asked for, or is told to skip it. */
static void trim(struct zc_queue *q, struct ykvm_client *c, u64 p, struct ykvm_frame *f)
{
	u32 keep = min(f->len, c->snaplen);

	if (f->flags & YKVM_FRAME_SKIP) {
		keep = 0;
	} else if (rcu_access_pointer(c->filter)) {
		keep = min(keep, ykvm_client_filter_frame(c, q->z->dev, p & c->ring.mask, f));
		if (keep == 0) {
			f->flags |= YKVM_FRAME_SKIP;
			ykvm_count(&c->ring.state->filtered);
		}
	}
	f->caplen = keep;
	if (keep && keep < f->len) {
		f->flags |= YKVM_FRAME_TRUNCATED;
		ykvm_count(&c->ring.state->truncated);
	}
}

/* How many of them are broken. */
static u32 trim_all(struct zc_queue *q, struct ykvm_client *c, u64 from, u64 end)
{
	u32 broken = 0;
	u64 p;

	rcu_read_lock();
	for (p = from; p != end; p += c->ring.frames[p & c->ring.mask].buffers) {
		struct ykvm_frame *f = &c->ring.frames[p & c->ring.mask];

		if (f->flags & YKVM_FRAME_SKIP) {
			broken++;
			ykvm_count(&c->ring.state->unreadable);
		}
		trim(q, c, p, f);
	}
	rcu_read_unlock();
	return broken;
}

/* NAPI: publishes what came, gives back what was released. */
int zc_ring_poll(struct zc_queue *q, int budget)
{
	struct zc_rx *rx = q->rx;
	struct ykvm_client *c = rx->client;
	struct ykvm_ring *r = &c->ring;
	u64 from = r->producer;
	struct batch b = harvest(rx, from, budget, ktime_get_real_ns());
	u32 broken = 0;

	ZC_NAPI_OWNED(q);
	if (b.frames) {
		if (unlikely(rx->sync))
			sync_for_cpu(q, from, b.end);
		if (unlikely(b.odd || rcu_access_pointer(c->filter) || c->snaplen < rx->buffer_bytes))
			broken = trim_all(q, c, from, b.end);
		r->chained += b.chained;
		r->chained_buffers += b.chained_buffers;
		ykvm_ring_publish(r, b.end);
		ykvm_client_published(c);
		zc_rx_count(q, b.frames - broken, b.bytes, broken);
	}
	spin_lock(&rx->lock);
	refill(q, rx);
	spin_unlock(&rx->lock);
	return b.frames;
}

/* The queue begins, with nothing in the NIC, at the position that the reader sees next. */
void zc_ring_begin(struct zc_queue *q)
{
	lockdep_assert_held(&q->rx->lock);
	refill(q, q->rx);
}

/* n_buffers from `buffer` on have left, or failed. */
void zc_ring_sent(struct zc_queue *q, u32 buffer, u32 n_buffers)
{
	struct zc_rx *rx = q->rx;
	u32 k;

	YKVM_OWNED(!irqs_disabled()); /* not netpoll's: the CPU may have been interrupted with the lock held */
	spin_lock_bh(&rx->lock);
	for (k = 0; k < n_buffers; k++)
		rx->sending[buffer < rx->n ? (buffer + k) & rx->mask : buffer + k]--;
	rx->n_sending -= n_buffers;
	spin_unlock_bh(&rx->lock);
}

static void unmap_pages(struct zc *z, struct zc_rx *rx, u32 n_pages)
{
	u32 per_page = PAGE_SIZE / rx->buffer_bytes;
	u32 i;

	for (i = 0; i < n_pages; i++)
		dma_unmap_page(&z->pdev->dev, rx->dma[i * per_page], PAGE_SIZE, DMA_BIDIRECTIONAL);
}

/* Both ways: the NIC writes what it receives and reads what the reader sends. */
static int map_pages(struct zc *z, struct zc_rx *rx, struct ykvm_client *c)
{
	struct device *d = &z->pdev->dev;
	u32 per_page = PAGE_SIZE / rx->buffer_bytes;
	u32 i, k;

	rx->sync = false;
	for (i = 0; i < c->memory.n_pages; i++) {
		dma_addr_t dma = dma_map_page(d, c->memory.pages[i], 0, PAGE_SIZE, DMA_BIDIRECTIONAL);

		if (dma_mapping_error(d, dma)) {
			unmap_pages(z, rx, i);
			return -ENOMEM;
		}
		rx->sync |= dma_need_sync(d, dma);
		for (k = 0; k < per_page; k++)
			rx->dma[i * per_page + k] = dma + k * rx->buffer_bytes;
	}
	return 0;
}

static void release(struct zc *z, struct zc_rx *rx)
{
	kvfree(rx->sending);
	rx->sending = NULL;
	rx->client = NULL;
	zc_desc_free(z, rx);
}

static int prepare(struct zc *z, struct zc_rx *rx, struct ykvm_client *c)
{
	u32 n_dma = c->memory.n_pages * (PAGE_SIZE / c->memory.geometry.buffer_bytes);
	int ret;

	rx->buffer_bytes = c->memory.geometry.buffer_bytes;
	ret = zc_desc_alloc(z, rx, c->memory.geometry.n_slots, n_dma, GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret;
	rx->sending = kvcalloc(n_dma, sizeof(*rx->sending), GFP_KERNEL_ACCOUNT);
	ret = rx->sending ? map_pages(z, rx, c) : -ENOMEM;
	if (ret)
		release(z, rx);
	return ret;
}

/* Buffers in whole KB, since the NIC counts them so, and within a page, since pages lie anywhere. */
static int ring_attach(struct net_device *dev, u32 queue, struct ykvm_client *c)
{
	struct zc *z = netdev_priv(dev);
	struct zc_queue *q;
	int ret;

	if (queue >= z->n_queues || !c->memory.geometry.newest)
		return -EINVAL;
	if (c->memory.geometry.buffer_bytes < 1024 || c->memory.geometry.buffer_bytes > PAGE_SIZE)
		return -EINVAL;
	q = &z->queues[queue];
	if (q->shared.client)
		return -EBUSY;
	ret = prepare(z, &q->shared, c);
	if (ret)
		return ret;
	q->shared.client = c;
	c->napi_id = q->napi.napi_id;
	zc_queue_switch(q, &q->shared);
	return 0;
}

static void ring_detach(struct net_device *dev, u32 queue)
{
	struct zc_queue *q = queue_of(dev, queue);
	struct zc_rx *rx = &q->shared;

	ASSERT_RTNL();
	zc_queue_switch(q, &q->own);
	YKVM_HAND_OVER(detach);
	YKVM_OWNED(!rx->running && !rx->n_sending);
	unmap_pages(q->z, rx, rx->n_dma / (PAGE_SIZE / rx->buffer_bytes));
	release(q->z, rx);
}

static void ring_kick(struct net_device *dev, u32 queue)
{
	struct zc_queue *q = queue_of(dev, queue);
	struct zc_rx *rx = &q->shared;

	spin_lock_bh(&rx->lock);
	refill(q, rx);
	if (!short_of_buffers(rx))
		ask_for_kick(rx, 0);
	spin_unlock_bh(&rx->lock);
}

static int ring_send(struct net_device *dev, u32 queue, const struct ykvm_tx *tx, u32 n)
{
	return zc_tx_client(queue_of(dev, queue), tx, n);
}

const struct ykvm_source_ops zc_source_ops = {
	.attach = ring_attach,
	.detach = ring_detach,
	.kick = ring_kick,
	.send = ring_send,
};
