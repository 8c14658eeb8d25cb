// SPDX-License-Identifier: GPL-2.0-only
/* Counters: the queues' own, and the NIC's, which clear as they are read and are added up here. */
#include "zc/zc.h"

static const u32 registers[ZC_HW_COUNTS] = {
	[ZC_HW_MISSED] = ZC_MPC,   [ZC_HW_NO_BUFFER] = ZC_RNBC,	   [ZC_HW_CRC] = ZC_CRCERRS,
	[ZC_HW_LENGTH] = ZC_RLEC,  [ZC_HW_UNDERSIZE] = ZC_RUC,	   [ZC_HW_OVERSIZE] = ZC_ROC,
	[ZC_HW_GOOD_RX] = ZC_GPRC, [ZC_HW_MULTICAST_RX] = ZC_MPRC, [ZC_HW_BROADCAST_RX] = ZC_BPRC,
	[ZC_HW_TOTAL_RX] = ZC_TPR, [ZC_HW_GOOD_TX] = ZC_GPTC,	   [ZC_HW_TOTAL_TX] = ZC_TPT,
};

void zc_stats_refresh(struct zc *z)
{
	u32 i;

	if (zc_hw_gone(z))
		return;
	spin_lock_bh(&z->stats_lock);
	for (i = 0; i < ZC_HW_COUNTS; i++)
		z->hw_counts[i] += zc_read(z, registers[i]);
	for (i = 0; i < z->n_queues; i++)
		z->queue_missed[i] += zc_read(z, ZC_RQDPC(i)) & 0xfff;
	spin_unlock_bh(&z->stats_lock);
}

static void add_queue(struct zc_queue *q, struct rtnl_link_stats64 *s)
{
	struct zc_counts *r = &q->rx_counts, *t = &q->tx_counts;
	u64 v[5];
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&r->sync);
		v[0] = u64_stats_read(&r->rx_packets);
		v[1] = u64_stats_read(&r->rx_bytes);
		v[2] = u64_stats_read(&r->rx_no_skb);
	} while (u64_stats_fetch_retry(&r->sync, start));
	do {
		start = u64_stats_fetch_begin(&t->sync);
		v[3] = u64_stats_read(&t->tx_packets);
		v[4] = u64_stats_read(&t->tx_bytes);
	} while (u64_stats_fetch_retry(&t->sync, start));
	s->rx_packets += v[0];
	s->rx_bytes += v[1];
	s->rx_dropped += v[2];
	s->tx_packets += v[3];
	s->tx_bytes += v[4];
}

/* rx_missed_errors: frames that found no descriptor. Where one queue has all frames MPC counts them, else RQDPC. */
void zc_stats_read(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	struct zc *z = netdev_priv(dev);
	u32 i;

	if (READ_ONCE(z->up))
		zc_stats_refresh(z);
	for (i = 0; i < ZC_QUEUES_MAX; i++)
		add_queue(&z->queues[i], s);
	spin_lock_bh(&z->stats_lock);
	s->rx_missed_errors = z->hw_counts[ZC_HW_MISSED];
	for (i = 0; i < ZC_QUEUES_MAX; i++)
		s->rx_missed_errors += z->queue_missed[i];
	s->rx_crc_errors = z->hw_counts[ZC_HW_CRC];
	s->rx_length_errors = z->hw_counts[ZC_HW_LENGTH] + z->hw_counts[ZC_HW_OVERSIZE];
	s->multicast = z->hw_counts[ZC_HW_MULTICAST_RX];
	spin_unlock_bh(&z->stats_lock);
	s->rx_errors = s->rx_crc_errors + s->rx_length_errors;
}
