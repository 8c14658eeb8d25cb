// SPDX-License-Identifier: GPL-2.0-only
/* ethtool: driver, link, rings, channels, coalescing, counters. */
#include <linux/ethtool.h>
#include <linux/log2.h>

#include "zc/zc.h"

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct zc *z = netdev_priv(dev);

	strscpy(info->driver, ZC_NAME, sizeof(info->driver));
	strscpy(info->bus_info, pci_name(z->pdev), sizeof(info->bus_info));
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *k)
{
	static const u32 speeds[] = { SPEED_10, SPEED_100, SPEED_1000, SPEED_1000 };
	struct zc *z = netdev_priv(dev);
	u32 status = zc_read(z, ZC_STATUS);

	ethtool_link_ksettings_zero_link_mode(k, supported);
	ethtool_link_ksettings_add_link_mode(k, supported, Autoneg);
	ethtool_link_ksettings_add_link_mode(k, supported, TP);
	ethtool_link_ksettings_add_link_mode(k, supported, 1000baseT_Full);
	k->base.port = PORT_TP;
	k->base.autoneg = AUTONEG_ENABLE;
	k->base.speed = SPEED_UNKNOWN;
	k->base.duplex = DUPLEX_UNKNOWN;
	if (netif_carrier_ok(dev)) {
		k->base.speed = speeds[ZC_STATUS_SPEED(status)];
		k->base.duplex = status & ZC_STATUS_FD ? DUPLEX_FULL : DUPLEX_HALF;
	}
	return 0;
}

static void get_ringparam(struct net_device *dev, struct ethtool_ringparam *r, struct kernel_ethtool_ringparam *k,
			  struct netlink_ext_ack *ack)
{
	struct zc *z = netdev_priv(dev);

	r->rx_max_pending = ZC_RING_MAX;
	r->tx_max_pending = ZC_RING_MAX;
	r->rx_pending = z->rx_n;
	r->tx_pending = z->tx_n;
}

static u32 ring_size(u32 wanted)
{
	return roundup_pow_of_two(clamp_t(u32, wanted, ZC_RING_MIN, ZC_RING_MAX));
}

/* The driver's own rings; a ykvm ring has the size that its reader gave it. */
static int set_ringparam(struct net_device *dev, struct ethtool_ringparam *r, struct kernel_ethtool_ringparam *k,
			 struct netlink_ext_ack *ack)
{
	struct zc *z = netdev_priv(dev);
	u32 rx_n = ring_size(r->rx_pending), tx_n = ring_size(r->tx_pending);

	if (r->rx_mini_pending || r->rx_jumbo_pending)
		return -EINVAL;
	if (rx_n == z->rx_n && tx_n == z->tx_n)
		return 0;
	return zc_reconfigure(z, rx_n, tx_n, z->n_queues);
}

static u32 max_queues(struct zc *z)
{
	return min_t(u32, ZC_QUEUES_MAX, z->n_vectors - 1);
}

static void get_channels(struct net_device *dev, struct ethtool_channels *c)
{
	struct zc *z = netdev_priv(dev);

	c->max_combined = max_queues(z);
	c->combined_count = z->n_queues;
	c->max_other = 1;
	c->other_count = 1;
}

static int set_channels(struct net_device *dev, struct ethtool_channels *c)
{
	struct zc *z = netdev_priv(dev);

	if (c->combined_count == 0 || c->combined_count > max_queues(z) || c->other_count != 1)
		return -EINVAL;
	if (c->combined_count == z->n_queues)
		return 0;
	if (zc_has_client(z))
		return -EBUSY;
	return zc_reconfigure(z, z->rx_n, z->tx_n, c->combined_count);
}

static int get_coalesce(struct net_device *dev, struct ethtool_coalesce *c, struct kernel_ethtool_coalesce *k,
			struct netlink_ext_ack *ack)
{
	struct zc *z = netdev_priv(dev);

	c->rx_coalesce_usecs = z->rx_usecs;
	return 0;
}

static int set_coalesce(struct net_device *dev, struct ethtool_coalesce *c, struct kernel_ethtool_coalesce *k,
			struct netlink_ext_ack *ack)
{
	struct zc *z = netdev_priv(dev);

	if (c->rx_coalesce_usecs > ZC_EITR_USECS_MAX)
		return -EINVAL;
	z->rx_usecs = c->rx_coalesce_usecs;
	if (z->up)
		zc_irq_moderate(z);
	return 0;
}

static const char hw_names[ZC_HW_COUNTS][ETH_GSTRING_LEN] = {
	[ZC_HW_MISSED] = "rx_missed",	       [ZC_HW_NO_BUFFER] = "rx_no_buffer",
	[ZC_HW_CRC] = "rx_crc_errors",	       [ZC_HW_LENGTH] = "rx_length_errors",
	[ZC_HW_UNDERSIZE] = "rx_undersize",    [ZC_HW_OVERSIZE] = "rx_oversize",
	[ZC_HW_GOOD_RX] = "rx_good",	       [ZC_HW_MULTICAST_RX] = "rx_multicast",
	[ZC_HW_BROADCAST_RX] = "rx_broadcast", [ZC_HW_TOTAL_RX] = "rx_total",
	[ZC_HW_GOOD_TX] = "tx_good",	       [ZC_HW_TOTAL_TX] = "tx_total",
};

static const char *const queue_names[] = { "rx_packets", "rx_bytes",   "rx_no_skb", "rx_broken",
					   "rx_missed",	 "tx_packets", "tx_bytes",  "tx_client" };

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ZC_HW_COUNTS + ZC_QUEUES_MAX * ARRAY_SIZE(queue_names) : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *to)
{
	u32 i, k;

	if (set != ETH_SS_STATS)
		return;
	memcpy(to, hw_names, sizeof(hw_names));
	to += sizeof(hw_names);
	for (i = 0; i < ZC_QUEUES_MAX; i++)
		for (k = 0; k < ARRAY_SIZE(queue_names); k++, to += ETH_GSTRING_LEN)
			snprintf((char *)to, ETH_GSTRING_LEN, "queue_%u_%s", i, queue_names[k]);
}

static u64 *put_queue(struct zc_queue *q, u64 *to)
{
	struct zc_counts *r = &q->rx_counts, *t = &q->tx_counts;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&r->sync);
		to[0] = u64_stats_read(&r->rx_packets);
		to[1] = u64_stats_read(&r->rx_bytes);
		to[2] = u64_stats_read(&r->rx_no_skb);
		to[3] = u64_stats_read(&r->rx_broken);
	} while (u64_stats_fetch_retry(&r->sync, start));
	to[4] = q->z->queue_missed[q->index];
	do {
		start = u64_stats_fetch_begin(&t->sync);
		to[5] = u64_stats_read(&t->tx_packets);
		to[6] = u64_stats_read(&t->tx_bytes);
		to[7] = u64_stats_read(&t->tx_client);
	} while (u64_stats_fetch_retry(&t->sync, start));
	return to + ARRAY_SIZE(queue_names);
}

static void get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *to)
{
	struct zc *z = netdev_priv(dev);
	u32 i;

	if (z->up)
		zc_stats_refresh(z);
	memcpy(to, z->hw_counts, sizeof(z->hw_counts));
	to += ZC_HW_COUNTS;
	for (i = 0; i < ZC_QUEUES_MAX; i++)
		to = put_queue(&z->queues[i], to);
}

const struct ethtool_ops zc_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_RX_USECS,
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_channels = get_channels,
	.set_channels = set_channels,
	.get_coalesce = get_coalesce,
	.set_coalesce = set_coalesce,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_ethtool_stats,
	.get_ts_info = ethtool_op_get_ts_info,
};
