// SPDX-License-Identifier: GPL-2.0-only
/* The interface: up and down, NAPI, link, filters, and a queue's change from one way of receiving to the other. */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "zc/zc.h"

static int poll(struct napi_struct *napi, int budget)
{
	struct zc_queue *q = container_of(napi, struct zc_queue, napi);
	bool client = q->rx->client;
	int work = 0;

	zc_tx_clean(q, budget);
	if (budget)
		work = client ? zc_ring_poll(q, budget) : zc_rx_poll(q, budget);
	if (work >= budget)
		return budget;
	if (client)
		zc_ring_idle(q); /* before NAPI is let go of: ring and client may be gone after it */
	if (napi_complete_done(napi, work)) {
		YKVM_HAND_OVER(napi);
		YKVM_OWNED(READ_ONCE(q->started));
		zc_write(q->z, ZC_EIMS, BIT(q->vector));
	}
	return work;
}

/* The interrupt that is asked for at the end looks for what came while NAPI was off, on the CPU that it is meant for. */
static int queue_start(struct zc_queue *q)
{
	struct zc *z = q->z;
	int ret = zc_tx_start(q);

	ret = zc_rx_start(q) ?: ret;
	q->started = true;
	napi_enable(&q->napi);
	netif_tx_start_queue(netdev_get_tx_queue(z->dev, q->index));
	zc_write(z, ZC_EIMS, BIT(q->vector));
	zc_write(z, ZC_EICS, BIT(q->vector));
	return ret;
}

static int queue_stop(struct zc_queue *q)
{
	struct netdev_queue *queue = netdev_get_tx_queue(q->z->dev, q->index);
	int ret;

	napi_disable(&q->napi);
	synchronize_net(); /* a poll that has let go of NAPI may still be about to unmask its vector */
	WRITE_ONCE(q->started, false);
	__netif_tx_lock_bh(queue);
	netif_tx_stop_queue(queue);
	zc_rx_halt(q->rx);
	__netif_tx_unlock_bh(queue);
	YKVM_HAND_OVER(halt);
	ret = zc_rx_stop(q);
	return zc_tx_stop(q) ?: ret;
}

/* On return the NIC does not touch the buffers of the way of receiving that was in use. Under RTNL. */
void zc_queue_switch(struct zc_queue *q, struct zc_rx *rx)
{
	struct zc *z = q->z;

	ASSERT_RTNL();
	if (!z->up) {
		q->rx = rx;
		return;
	}
	if (queue_stop(q)) {
		netdev_err(z->dev, "queue %u does not stop; resetting\n", q->index);
		zc_hw_quiesce(z);
		schedule_work(&z->reset_work);
	}
	q->rx = rx;
	if (queue_start(q))
		schedule_work(&z->reset_work);
}

static void free_rings(struct zc *z)
{
	u32 i;

	for (i = 0; i < z->n_queues; i++) {
		zc_rx_free(&z->queues[i]);
		zc_tx_free(&z->queues[i]);
	}
}

static int alloc_rings(struct zc *z)
{
	u32 i;
	int ret = 0;

	for (i = 0; i < z->n_queues && !ret; i++)
		ret = zc_rx_alloc(&z->queues[i]) ?: zc_tx_alloc(&z->queues[i]);
	if (ret)
		free_rings(z);
	return ret;
}

static void stop_queues(struct zc *z, u32 n)
{
	while (n-- > 0)
		queue_stop(&z->queues[n]);
}

static int start_queues(struct zc *z)
{
	u32 i;
	int ret = 0;

	for (i = 0; i < z->n_queues && !ret; i++)
		ret = queue_start(&z->queues[i]);
	if (ret)
		stop_queues(z, i);
	return ret;
}

/* Under RTNL, as zc_down(). */
int zc_up(struct zc *z)
{
	int ret;

	ASSERT_RTNL();
	ret = alloc_rings(z);
	if (ret)
		return ret;
	pci_set_master(z->pdev); /* zc_hw_quiesce() may have had to take it */
	ret = zc_hw_reset(z);
	if (ret)
		goto err_rings;
	ret = zc_irq_request(z);
	if (ret)
		goto err_rings;
	zc_irq_start(z);
	ret = start_queues(z);
	if (ret)
		goto err_irq;
	zc_hw_configure(z);
	ret = zc_hw_start_link(z);
	if (ret)
		goto err_queues;
	netif_tx_start_all_queues(z->dev); /* the watchdog minds those not in use, too */
	WRITE_ONCE(z->up, true);
	queue_delayed_work(system_wq, &z->watchdog, 0);
	return 0;

err_queues:
	stop_queues(z, z->n_queues);
err_irq:
	zc_irq_mask(z);
	zc_irq_release(z);
err_rings:
	zc_hw_quiesce(z);
	free_rings(z);
	return ret;
}

void zc_down(struct zc *z)
{
	ASSERT_RTNL();
	WRITE_ONCE(z->up, false);
	zc_irq_mask(z);
	cancel_delayed_work_sync(&z->watchdog);
	netif_carrier_off(z->dev);
	netif_tx_disable(z->dev);
	zc_write(z, ZC_RCTL, 0);
	stop_queues(z, z->n_queues);
	zc_stats_refresh(z);
	zc_hw_quiesce(z);
	zc_irq_release(z);
	free_rings(z);
}

void zc_let_go(struct zc *z)
{
	ASSERT_RTNL();
	netif_device_detach(z->dev);
	if (z->up)
		zc_down(z);
}

int zc_take_back(struct zc *z)
{
	int ret = 0;

	ASSERT_RTNL();
	zc_write(z, ZC_CTRL_EXT, zc_read(z, ZC_CTRL_EXT) | ZC_CTRL_EXT_DRV_LOAD);
	if (netif_running(z->dev))
		ret = zc_up(z);
	if (ret)
		netdev_err(z->dev, "cannot be brought up again\n");
	else
		netif_device_attach(z->dev);
	return ret;
}

static int ndo_open(struct net_device *dev)
{
	struct zc *z = netdev_priv(dev);
	int ret;

	netif_carrier_off(dev);
	ret = netif_set_real_num_queues(dev, z->n_queues, z->n_queues);
	return ret ?: zc_up(z);
}

static int ndo_stop(struct net_device *dev)
{
	struct zc *z = netdev_priv(dev);

	if (z->up)
		zc_down(z);
	return 0;
}

bool zc_has_client(struct zc *z)
{
	u32 i;

	for (i = 0; i < ZC_QUEUES_MAX; i++)
		if (z->queues[i].shared.client)
			return true;
	return false;
}

static int resize(struct zc *z, u32 rx_n, u32 tx_n, u32 n_queues)
{
	int ret = netif_set_real_num_queues(z->dev, n_queues, n_queues);

	if (ret)
		return ret;
	z->rx_n = rx_n;
	z->tx_n = tx_n;
	z->n_queues = n_queues;
	return netif_running(z->dev) ? zc_up(z) : 0;
}

/* New sizes; where they cannot be had, the old ones. Under RTNL. */
int zc_reconfigure(struct zc *z, u32 rx_n, u32 tx_n, u32 n_queues)
{
	u32 old_rx_n = z->rx_n, old_tx_n = z->tx_n, old_n_queues = z->n_queues;
	int ret;

	if (z->up)
		zc_down(z);
	ret = resize(z, rx_n, tx_n, n_queues);
	if (ret && resize(z, old_rx_n, old_tx_n, old_n_queues))
		netdev_err(z->dev, "cannot be brought up again\n");
	return ret;
}

static void reset_work(struct work_struct *work)
{
	struct zc *z = container_of(work, struct zc, reset_work);

	rtnl_lock();
	if (z->up) {
		zc_down(z);
		if (zc_up(z))
			netdev_err(z->dev, "cannot be brought up again\n");
	}
	rtnl_unlock();
}

static void ndo_tx_timeout(struct net_device *dev, unsigned int queue)
{
	struct zc *z = netdev_priv(dev);

	schedule_work(&z->reset_work);
}

/* Link changes come by interrupt; looking again costs little, and the counters must not overflow. */
static void watchdog(struct work_struct *work)
{
	struct zc *z = container_of(to_delayed_work(work), struct zc, watchdog);
	u32 status = zc_read(z, ZC_STATUS);
	bool link = status & ZC_STATUS_LU && !zc_hw_gone(z);

	if (link != netif_carrier_ok(z->dev)) {
		if (link)
			netif_carrier_on(z->dev);
		else
			netif_carrier_off(z->dev);
		netdev_info(z->dev, "link is %s\n", link ? "up" : "down");
	}
	zc_stats_refresh(z);
	if (READ_ONCE(z->up))
		queue_delayed_work(system_wq, &z->watchdog, 2 * HZ);
}

static void ndo_set_rx_mode(struct net_device *dev)
{
	struct zc *z = netdev_priv(dev);

	if (z->up)
		zc_hw_filter(z);
}

/* Buffers are the same for all lengths: a long frame takes several. */
static int ndo_change_mtu(struct net_device *dev, int mtu)
{
	struct zc *z = netdev_priv(dev);

	WRITE_ONCE(dev->mtu, mtu);
	if (z->up)
		zc_hw_max_frame(z);
	return 0;
}

static int ndo_set_features(struct net_device *dev, netdev_features_t features)
{
	struct zc *z = netdev_priv(dev);

	if ((features ^ dev->features) & NETIF_F_HW_VLAN_CTAG_RX && z->up)
		zc_hw_strip_vlan(z, features & NETIF_F_HW_VLAN_CTAG_RX);
	return 0;
}

static const struct net_device_ops netdev_ops = {
	.ndo_open = ndo_open,
	.ndo_stop = ndo_stop,
	.ndo_start_xmit = zc_tx_frame,
	.ndo_set_rx_mode = ndo_set_rx_mode,
	.ndo_set_mac_address = eth_mac_addr, /* while it is down: the NIC learns it as it comes up */
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = ndo_change_mtu,
	.ndo_set_features = ndo_set_features,
	.ndo_get_stats64 = zc_stats_read,
	.ndo_tx_timeout = ndo_tx_timeout,
};

static void init_queue(struct zc *z, u32 i)
{
	struct zc_queue *q = &z->queues[i];

	q->z = z;
	q->index = i;
	q->vector = 1 + i;
	q->rx = &q->own;
	spin_lock_init(&q->own.lock);
	spin_lock_init(&q->shared.lock);
	u64_stats_init(&q->rx_counts.sync);
	u64_stats_init(&q->tx_counts.sync);
	netif_napi_add(z->dev, &q->napi, poll);
}

/* One queue to begin with: a ring that is bound gets all frames. */
struct net_device *zc_netdev_alloc(struct pci_dev *pdev)
{
	struct net_device *dev = alloc_etherdev_mq(sizeof(struct zc), ZC_QUEUES_MAX);
	struct zc *z;
	u32 i;

	if (!dev)
		return NULL;
	SET_NETDEV_DEV(dev, &pdev->dev);
	z = netdev_priv(dev);
	z->dev = dev;
	z->pdev = pdev;
	z->n_queues = 1;
	z->rx_n = ZC_RX_DEFAULT;
	z->tx_n = ZC_TX_DEFAULT;
	z->rx_usecs = ZC_USECS_DEFAULT;
	spin_lock_init(&z->stats_lock);
	INIT_DELAYED_WORK(&z->watchdog, watchdog);
	INIT_WORK(&z->reset_work, reset_work);
	dev->netdev_ops = &netdev_ops;
	dev->ethtool_ops = &zc_ethtool_ops;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ZC_MTU_MAX;
	dev->watchdog_timeo = 5 * HZ;
	dev->priv_flags |= IFF_UNICAST_FLT;
	dev->hw_features = NETIF_F_RXCSUM | NETIF_F_RXHASH | NETIF_F_HW_VLAN_CTAG_RX;
	dev->features = dev->hw_features | NETIF_F_HIGHDMA;
	for (i = 0; i < ZC_QUEUES_MAX; i++)
		init_queue(z, i);
	return dev;
}
