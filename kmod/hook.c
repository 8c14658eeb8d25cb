// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where frames come in: the rx_handler of the bound interface, in front of
 * every protocol. A frame that comes here goes no further: the stack, and its
 * costs, are what ykvm leaves out.
 *
 * The ring has one lock, because NAPI runs on as many CPUs as the interface has
 * queues. On one queue it is never contended. There is no end of a batch here
 * to wake the reader at: whoever called poll() is woken by the next frame,
 * and a reader that is awake costs one test.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/poll.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>

#include "internal.h"

static void frame_stamp(const struct ykvm_device *y, struct ykvm_frame *f, const struct sk_buff *skb)
{
	ktime_t t = skb_tstamp(skb);

	if (t) {
		f->stamp_ns = ktime_to_ns(t);
	} else if (y->stamp) {
		f->stamp_ns = ktime_get_real_ns();
	} else {
		f->stamp_ns = ktime_get_coarse_real_ns();
		f->flags |= YKVM_FRAME_STAMP_COARSE;
	}
}

static void frame_vlan(struct ykvm_frame *f, const struct sk_buff *skb)
{
	f->flags |= YKVM_FRAME_VLAN;
	f->vlan_tci = skb_vlan_tag_get(skb);
	f->vlan_proto = ntohs(skb->vlan_proto);
}

/* skb->data is behind the MAC header. The skb may be shared with a tap: it is only read. */
static bool frame_copy(struct ykvm_frame *f, const struct sk_buff *skb)
{
	u32 len = skb->len + ETH_HLEN;
	u32 caplen = min_t(u32, len, YKVM_CAPLEN_MAX);

	f->len = len;
	f->caplen = caplen;
	if (likely(caplen <= skb_headlen(skb) + ETH_HLEN)) {
		memcpy(f + 1, skb->data - ETH_HLEN, caplen);
		return true;
	}
	return skb_copy_bits(skb, -ETH_HLEN, f + 1, caplen) == 0;
}

static void frame_store(struct ykvm_device *y, const struct sk_buff *skb)
{
	struct ykvm_frame *f = ykvm_ring_reserve(&y->ring);

	if (unlikely(!f))
		return;
	if (unlikely(!frame_copy(f, skb))) {
		ykvm_count(&y->ring.state->unreadable);
		return;
	}
	f->vlan_tci = 0;
	f->vlan_proto = 0;
	f->flags = 0;
	if (unlikely(f->caplen < f->len)) {
		f->flags = YKVM_FRAME_TRUNCATED;
		ykvm_count(&y->ring.state->truncated);
	}
	if (unlikely(skb_vlan_tag_present(skb)))
		frame_vlan(f, skb);
	frame_stamp(y, f, skb);
	ykvm_ring_submit(&y->ring, f);
}

static rx_handler_result_t hook_frame(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct ykvm_device *y = rcu_dereference(skb->dev->rx_handler_data);
	bool wake;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;
	spin_lock(&y->lock);
	frame_store(y, skb);
	wake = y->armed;
	if (unlikely(wake))
		y->armed = false;
	spin_unlock(&y->lock);
	if (unlikely(wake))
		wake_up_interruptible_poll(&y->wait, EPOLLIN | EPOLLRDNORM);
	napi_consume_skb(skb, 1); /* frames are received with BH off, as a budget promises */
	return RX_HANDLER_CONSUMED;
}

static void status_change(struct ykvm_device *y, u32 set, u32 clear)
{
	struct ykvm_state *state = y->ring.state;

	WRITE_ONCE(state->status, (state->status | set) & ~clear);
	wake_up_interruptible(&y->wait);
}

static int bind_locked(struct ykvm_device *y, u32 ifindex)
{
	struct net_device *dev = __dev_get_by_index(current->nsproxy->net_ns, ifindex);
	int ret;

	if (!y->memory)
		return -ENXIO;
	if (y->dev)
		return -EBUSY;
	if (!dev)
		return -ENODEV;
	if (dev->type != ARPHRD_ETHER)
		return -EINVAL;
	if (!netif_running(dev))
		return -ENETDOWN;
	WRITE_ONCE(y->ring.state->status, YKVM_STATUS_BOUND);
	ret = netdev_rx_handler_register(dev, hook_frame, y);
	if (ret) {
		WRITE_ONCE(y->ring.state->status, 0);
		return ret;
	}
	netdev_hold(dev, &y->tracker, GFP_KERNEL);
	y->dev = dev;
	return 0;
}

int ykvm_hook_bind(struct ykvm_device *y, u32 ifindex)
{
	int ret;

	rtnl_lock();
	mutex_lock(&y->mutex);
	ret = bind_locked(y, ifindex);
	mutex_unlock(&y->mutex);
	rtnl_unlock();
	return ret;
}

/* On return no CPU is in hook_frame() any more: unregistering waits for them. */
static void unbind_locked(struct ykvm_device *y, u32 status)
{
	netdev_rx_handler_unregister(y->dev);
	netdev_put(y->dev, &y->tracker);
	y->dev = NULL;
	status_change(y, status, YKVM_STATUS_BOUND | YKVM_STATUS_DOWN);
}

int ykvm_hook_unbind(struct ykvm_device *y)
{
	int ret = -ENODEV;

	rtnl_lock();
	mutex_lock(&y->mutex);
	if (y->dev) {
		unbind_locked(y, 0);
		ret = 0;
	}
	mutex_unlock(&y->mutex);
	rtnl_unlock();
	return ret;
}

/* Under RTNL. A move to another namespace says UNREGISTER too. */
static int hook_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct ykvm_device *y = &ykvm;

	mutex_lock(&y->mutex);
	if (netdev_notifier_info_to_dev(info) == y->dev) {
		if (event == NETDEV_UNREGISTER)
			unbind_locked(y, YKVM_STATUS_GONE);
		else if (event == NETDEV_DOWN)
			status_change(y, YKVM_STATUS_DOWN, 0);
		else if (event == NETDEV_UP)
			status_change(y, 0, YKVM_STATUS_DOWN);
	}
	mutex_unlock(&y->mutex);
	return NOTIFY_DONE;
}

static struct notifier_block hook_notifier = { .notifier_call = hook_event };

int ykvm_hook_init(void)
{
	return register_netdevice_notifier(&hook_notifier);
}

void ykvm_hook_uninit(void)
{
	unregister_netdevice_notifier(&hook_notifier);
}
