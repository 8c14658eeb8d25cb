// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving into the driver's own pages, one half each, made once: a frame is
 * copied out of them into an skb, and its buffers go back to the NIC at once.
 * And what both ways to receive share: the descriptor ring.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>

#include "zc/zc.h"

#define GIVE_BATCH 16 /* descriptors; the tail's write is a bus access */

int zc_desc_alloc(struct zc *z, struct zc_rx *rx, u32 n, u32 n_dma, gfp_t gfp)
{
	rx->dma = kvcalloc(n_dma, sizeof(*rx->dma), gfp);
	if (!rx->dma)
		return -ENOMEM;
	rx->desc = dma_alloc_coherent(&z->pdev->dev, n * sizeof(*rx->desc), &rx->desc_dma, gfp);
	if (!rx->desc) {
		kvfree(rx->dma);
		rx->dma = NULL;
		return -ENOMEM;
	}
	rx->n = n;
	rx->mask = n - 1;
	rx->n_dma = n_dma;
	return 0;
}

void zc_desc_free(struct zc *z, struct zc_rx *rx)
{
	if (rx->desc)
		dma_free_coherent(&z->pdev->dev, rx->n * sizeof(*rx->desc), rx->desc, rx->desc_dma);
	kvfree(rx->dma);
	rx->desc = NULL;
	rx->dma = NULL;
}

static int page_add(struct zc *z, struct zc_rx *rx, u32 i)
{
	struct device *d = &z->pdev->dev;
	struct page *page = alloc_page(GFP_KERNEL);
	dma_addr_t dma;

	if (!page)
		return -ENOMEM;
	dma = dma_map_page(d, page, 0, PAGE_SIZE, DMA_FROM_DEVICE);
	if (dma_mapping_error(d, dma)) {
		__free_page(page);
		return -ENOMEM;
	}
	rx->pages[i] = page;
	rx->dma[2 * i] = dma;
	rx->dma[2 * i + 1] = dma + ZC_BUFFER_BYTES;
	return 0;
}

int zc_rx_alloc(struct zc_queue *q)
{
	struct zc_rx *rx = &q->own;
	u32 n = q->z->rx_n, i;
	int ret;

	BUILD_BUG_ON(PAGE_SIZE != 2 * ZC_BUFFER_BYTES);
	rx->buffer_bytes = ZC_BUFFER_BYTES;
	rx->next = 0;
	ret = zc_desc_alloc(q->z, rx, n, n, GFP_KERNEL);
	if (ret)
		return ret;
	rx->pages = kvcalloc(n / 2, sizeof(*rx->pages), GFP_KERNEL);
	if (!rx->pages)
		ret = -ENOMEM;
	for (i = 0; i < n / 2 && !ret; i++)
		ret = page_add(q->z, rx, i);
	if (ret)
		zc_rx_free(q);
	return ret;
}

void zc_rx_free(struct zc_queue *q)
{
	struct zc_rx *rx = &q->own;
	u32 i;

	for (i = 0; rx->pages && i < rx->n / 2 && rx->pages[i]; i++) {
		dma_unmap_page(&q->z->pdev->dev, rx->dma[2 * i], PAGE_SIZE, DMA_FROM_DEVICE);
		__free_page(rx->pages[i]);
	}
	kvfree(rx->pages);
	rx->pages = NULL;
	zc_desc_free(q->z, rx);
}

static void give_run(struct zc_rx_desc *d, const dma_addr_t *dma, u32 n)
{
	const dma_addr_t *end = dma + n;

	do {
		WRITE_ONCE(d->not_done, 0);
		WRITE_ONCE(d->address, cpu_to_le64(*dma));
		d++;
	} while (++dma != end);
}

/*
 * Gives the NIC the buffers of all positions below end. The tail may not reach
 * the head, which would read as an empty ring: end <= next + n - 1. Of a
 * client's ring under rx->lock; of the driver's own NAPI alone gives, once the
 * queue runs, and before that who starts it.
 */
void zc_rx_give(struct zc_rx *rx, u64 end)
{
	u64 p = rx->given;

	if (p == end)
		return;
	while (p != end) {
		u32 i = zc_desc_index(rx, p), b = p & rx->mask;
		u32 run = min3((u32)(end - p), rx->n - i, rx->n - b); /* to where either ring wraps */

		give_run(&rx->desc[i], &rx->dma[b], run);
		p += run;
	}
	smp_store_release(&rx->given, end); /* NAPI may look there from now on, on another CPU */
	writel(zc_desc_index(rx, end), rx->tail); /* orders the descriptors before it */
}

/* A reset leaves queue 0 enabled. */
static int disable(struct zc *z, u32 i)
{
	zc_write(z, ZC_RXDCTL(i), 0);
	return zc_hw_wait(z, ZC_RXDCTL(i), ZC_XDCTL_ENABLE, 0);
}

int zc_rx_start(struct zc_queue *q)
{
	struct zc_rx *rx = q->rx;
	struct zc *z = q->z;
	u32 i = q->index;
	u32 srrctl = ZC_SRRCTL_KBYTES(rx->buffer_bytes) | ZC_SRRCTL_ONE_BUFFER;
	int ret;

	/* One queue may wait in the NIC's own memory; of several, none may hold up the others. */
	if (z->n_queues > 1)
		srrctl |= ZC_SRRCTL_DROP_EN;
	disable(z, i);
	memset(rx->desc, 0, rx->n * sizeof(*rx->desc));
	if (rx->client)
		rx->next = rx->client->ring.producer;
	rx->base = rx->next;
	rx->given = rx->next;
	rx->tail = (u32 __iomem *)(z->regs + ZC_RDT(i));
	zc_write(z, ZC_RDBAL(i), lower_32_bits(rx->desc_dma));
	zc_write(z, ZC_RDBAH(i), upper_32_bits(rx->desc_dma));
	zc_write(z, ZC_RDLEN(i), rx->n * sizeof(*rx->desc));
	zc_write(z, ZC_SRRCTL(i), srrctl);
	zc_write(z, ZC_RDH(i), 0);
	zc_write(z, ZC_RDT(i), 0);
	zc_write(z, ZC_RXDCTL(i), ZC_XDCTL_THRESHOLDS(8, 8, 1) | ZC_XDCTL_ENABLE);
	ret = zc_hw_wait(z, ZC_RXDCTL(i), ZC_XDCTL_ENABLE, ZC_XDCTL_ENABLE);
	spin_lock_bh(&rx->lock);
	rx->running = true;
	if (rx->client)
		zc_ring_begin(q);
	else
		zc_rx_give(rx, rx->next + rx->n - 1);
	spin_unlock_bh(&rx->lock);
	return ret;
}

/* Nothing is given to the NIC from here on, nor sent out of a client's buffers. Under the netdev's queue lock. */
void zc_rx_halt(struct zc_rx *rx)
{
	spin_lock(&rx->lock);
	rx->running = false;
	spin_unlock(&rx->lock);
}

/* NAPI is off, the way of receiving halted. On return of 0 the NIC has written its last into the queue's buffers. */
int zc_rx_stop(struct zc_queue *q)
{
	struct zc_rx *rx = q->rx;
	int ret;

	ZC_NAPI_OWNED(q);
	ret = disable(q->z, q->index);
	usleep_range(100, 200); /* what is on its way over the bus */
	dev_kfree_skb(rx->skb);
	rx->skb = NULL;
	rx->skip = false;
	return ret;
}

void zc_rx_count(struct zc_queue *q, u32 packets, u32 bytes, u32 broken)
{
	struct zc_counts *c = &q->rx_counts;

	u64_stats_update_begin(&c->sync);
	u64_stats_add(&c->rx_packets, packets);
	u64_stats_add(&c->rx_bytes, bytes);
	u64_stats_add(&c->rx_broken, broken);
	u64_stats_update_end(&c->sync);
}

static void count_no_skb(struct zc_queue *q)
{
	u64_stats_update_begin(&q->rx_counts.sync);
	u64_stats_inc(&q->rx_counts.rx_no_skb);
	u64_stats_update_end(&q->rx_counts.sync);
}

static u8 *buffer_of(const struct zc_rx *rx, u32 b)
{
	return (u8 *)page_address(rx->pages[b / 2]) + b % 2 * ZC_BUFFER_BYTES;
}

/* Appends what buffer b holds; a frame's first buffer makes the skb, with room for the longest frame. */
static bool append(struct zc_queue *q, struct zc_rx *rx, u32 b, u32 bytes, bool last)
{
	u32 room = last ? bytes : ZC_MTU_MAX + ETH_HLEN + VLAN_HLEN;
	bool fits;

	if (!rx->skb)
		rx->skb = napi_alloc_skb(&q->napi, room);
	fits = rx->skb && bytes <= (u32)skb_tailroom(rx->skb) && bytes <= ZC_BUFFER_BYTES;
	if (!fits)
		return false;
	dma_sync_single_for_cpu(&q->z->pdev->dev, rx->dma[b], bytes, DMA_FROM_DEVICE);
	skb_put_data(rx->skb, buffer_of(rx, b), bytes);
	dma_sync_single_for_device(&q->z->pdev->dev, rx->dma[b], bytes, DMA_FROM_DEVICE);
	return true;
}

static void hand_up(struct zc_queue *q, struct sk_buff *skb, const struct zc_rx_desc *d, u32 status)
{
	netdev_features_t features = q->z->dev->features;

	if (d->type & cpu_to_le16(ZC_RXD_RSS_TYPE) && features & NETIF_F_RXHASH)
		skb_set_hash(skb, le32_to_cpu(d->hash), PKT_HASH_TYPE_L3);
	if (status & (ZC_RXD_UDPCS | ZC_RXD_L4CS) && !(status & (ZC_RXD_L4E | ZC_RXD_IPE)) && features & NETIF_F_RXCSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (status & ZC_RXD_VP)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), le16_to_cpu(d->vlan));
	skb_record_rx_queue(skb, q->index);
	skb->protocol = eth_type_trans(skb, q->z->dev);
	napi_gro_receive(&q->napi, skb);
}

struct taken {
	u32 frames; /* that ended, of which */
	u32 packets; /* went up, with */
	u32 bytes;
	u32 broken;
};

/* A frame has ended: whole, or some of it was not kept, or the NIC says that it is broken. */
static void end_frame(struct zc_queue *q, struct zc_rx *rx, const struct zc_rx_desc *d, u32 status, struct taken *t)
{
	struct sk_buff *skb = rx->skb;

	rx->skb = NULL;
	t->frames++;
	if (status & ZC_RXD_RXE) {
		t->broken++;
	} else if (rx->skip) {
		count_no_skb(q);
	} else {
		t->packets++;
		t->bytes += skb->len;
		hand_up(q, skb, d, status);
		return;
	}
	rx->skip = false;
	dev_kfree_skb_any(skb);
}

/*
 * One buffer that came back. Where one of a frame's is not kept none is, up to the frame's end: the rest of it would
 * look like a frame whose header is what its sender wrote there.
 */
static void take(struct zc_queue *q, struct zc_rx *rx, const struct zc_rx_desc *d, u32 status, struct taken *t)
{
	bool last = status & ZC_RXD_EOP;

	if (!rx->skip)
		rx->skip = !append(q, rx, rx->next & rx->mask, le16_to_cpu(d->len), last);
	if (last)
		end_frame(q, rx, d, status, t);
}

int zc_rx_poll(struct zc_queue *q, int budget)
{
	struct zc_rx *rx = q->rx;
	struct taken t = { 0 };

	ZC_NAPI_OWNED(q);
	while (t.frames < budget) {
		struct zc_rx_desc *d = &rx->desc[zc_desc_index(rx, rx->next)];
		u32 status = le32_to_cpu(READ_ONCE(d->status));

		if (!(status & ZC_RXD_DD))
			break;
		dma_rmb(); /* the rest of the descriptor, and the buffer, after DD */
		take(q, rx, d, status, &t);
		rx->next++;
		if ((rx->next & (GIVE_BATCH - 1)) == 0)
			zc_rx_give(rx, rx->next + rx->n - 1);
	}
	zc_rx_count(q, t.packets, t.bytes, t.broken);
	return t.frames;
}
