// SPDX-License-Identifier: GPL-2.0-only
/* A client and its interface: bound to the hook or to a source, told of what happens to it, unbound. */
#include <linux/capability.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/module.h>
#include <linux/notifier.h>

#include "internal.h"

static int attach(struct net_device *dev, struct ykvm_client *c, const struct ykvm_bind *b)
{
	if (b->flags & YKVM_BIND_ZEROCOPY)
		return ykvm_source_attach(dev, c, b);
	return ykvm_hook_attach(dev, c, b);
}

/* Where the administrator asked for frame check sequences, they stand behind the frames. */
static u32 bytes_around(const struct net_device *dev)
{
	return ETH_HLEN - (dev->features & NETIF_F_RXFCS ? ETH_FCS_LEN : 0);
}

static int bind_locked(struct ykvm_client *c, struct net *net, const struct ykvm_bind *b)
{
	struct net_device *dev = __dev_get_by_index(net, b->ifindex);
	int ret;

	if (!c->memory.user)
		return -ENXIO;
	if (c->dev)
		return -EBUSY;
	if (!dev)
		return -ENODEV;
	if (dev->type != ARPHRD_ETHER)
		return -EINVAL;
	if (!netif_running(dev))
		return -ENETDOWN;
	c->member = b->member;
	c->napi_id = 0;
	c->around = bytes_around(dev);
	WRITE_ONCE(c->ring.state->status,
		   YKVM_STATUS_BOUND | (b->flags & YKVM_BIND_ZEROCOPY ? YKVM_STATUS_ZEROCOPY : 0));
	ret = attach(dev, c, b);
	if (ret) {
		WRITE_ONCE(c->ring.state->status, 0);
		return ret;
	}
	netdev_hold(dev, &c->tracker, GFP_KERNEL);
	c->dev = dev;
	return 0;
}

static bool bind_valid(const struct ykvm_bind *b)
{
	return !(b->flags & ~YKVM_BIND_FLAGS) && !memchr_inv(b->reserved, 0, sizeof(b->reserved)) &&
	       b->members <= YKVM_MEMBERS_MAX && b->member < b->members;
}

/*
 * To look on needs what a packet socket needs. To take frames away from their stack, and to have a queue of the NIC set
 * up, is to configure the interface. Asked here and not only where the file was opened, since a file can be passed on.
 */
static bool bind_permitted(const struct net *net, u32 flags)
{
	/* in the initial namespace: a user namespace of one's own must not open the host's wire */
	if (!capable(CAP_NET_RAW))
		return false;
	return flags == YKVM_BIND_TAP || ns_capable(net->user_ns, CAP_NET_ADMIN);
}

int ykvm_client_bind(struct ykvm_client *c, struct net *net, const struct ykvm_bind *b)
{
	struct ykvm_bind in = *b;
	int ret;

	if (!in.members)
		in.members = 1;
	if (!bind_valid(&in))
		return -EINVAL;
	if (!bind_permitted(net, in.flags))
		return -EPERM;
	rtnl_lock();
	mutex_lock(&c->mutex);
	ret = bind_locked(c, net, &in);
	mutex_unlock(&c->mutex);
	rtnl_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(ykvm_client_bind);

/* On return nothing fills the client's ring any more. */
void ykvm_bind_undo(struct ykvm_client *c, u32 status)
{
	ASSERT_RTNL();
	lockdep_assert_held(&c->mutex);
	if (c->source)
		ykvm_source_detach(c);
	else
		ykvm_hook_detach(c->dev, c);
	YKVM_HAND_OVER(unbind);
	netdev_put(c->dev, &c->tracker);
	c->dev = NULL;
	ykvm_client_status(c, status, YKVM_STATUS_BOUND | YKVM_STATUS_DOWN | YKVM_STATUS_ZEROCOPY);
}

int ykvm_client_unbind(struct ykvm_client *c)
{
	int ret = -ENODEV;

	rtnl_lock();
	mutex_lock(&c->mutex);
	if (c->dev) {
		ykvm_bind_undo(c, 0);
		ret = 0;
	}
	mutex_unlock(&c->mutex);
	rtnl_unlock();
	return ret;
}
EXPORT_SYMBOL_GPL(ykvm_client_unbind);

struct event {
	struct net_device *dev;
	unsigned long event;
};

static void client_event(struct ykvm_client *c, void *arg)
{
	const struct event *e = arg;

	if (c->dev != e->dev)
		return;
	if (e->event == NETDEV_UNREGISTER)
		ykvm_bind_undo(c, YKVM_STATUS_GONE);
	else if (e->event == NETDEV_DOWN)
		ykvm_client_status(c, YKVM_STATUS_DOWN, 0);
	else if (e->event == NETDEV_UP)
		ykvm_client_status(c, 0, YKVM_STATUS_DOWN);
	else
		WRITE_ONCE(c->around, bytes_around(c->dev));
}

/* Under RTNL. A move to another namespace says UNREGISTER too. */
static int bind_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct event e = { .dev = netdev_notifier_info_to_dev(info), .event = event };

	if (event == NETDEV_UNREGISTER || event == NETDEV_DOWN || event == NETDEV_UP || event == NETDEV_FEAT_CHANGE)
		ykvm_client_each(client_event, &e);
	return NOTIFY_DONE;
}

static struct notifier_block bind_notifier = { .notifier_call = bind_event };

int ykvm_bind_init(void)
{
	return register_netdevice_notifier(&bind_notifier);
}

void ykvm_bind_uninit(void)
{
	unregister_netdevice_notifier(&bind_notifier);
}
