// SPDX-License-Identifier: GPL-2.0-only
/*
 * kcap: the frames of an interface analysed inside the kernel, as uapi/kcap.h
 * tells. It loads without touching anything; only an interface that somebody
 * attached it to is looked at.
 */
#include <linux/if_arp.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "internal.h"

DEFINE_MUTEX(kcap_mutex); /* of the list, and of what the attachments on it are; inside RTNL */
LIST_HEAD(kcap_list);

struct kcap *kcap_alloc(void)
{
	struct kcap *k = kzalloc(sizeof(*k), GFP_KERNEL_ACCOUNT);

	if (!k)
		return NULL;
	k->generation = 1;
	INIT_DELAYED_WORK(&k->sampler, kcap_books_sample);
	return k;
}

/* Nobody else has it: not attached yet, or not any more. */
void kcap_free(struct kcap *k)
{
	kcap_books_free(rcu_dereference_protected(k->books, true));
	kcap_match_uninit(&k->match);
	kfree(k);
}

int kcap_attach(struct kcap *k, struct net_device *dev)
{
	int ret;

	if (dev->type != ARPHRD_ETHER)
		return -EINVAL;
	/* The module stays while anything is attached. */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	ret = netdev_rx_handler_register(dev, kcap_hook_frame, k);
	if (ret) {
		module_put(THIS_MODULE);
		return ret;
	}
	netdev_hold(dev, &k->tracker, GFP_KERNEL);
	k->dev = dev;
	list_add_tail(&k->list, &kcap_list);
	schedule_delayed_work(&k->sampler, msecs_to_jiffies(k->interval_ms));
	return 0;
}

/* Once the handler is unregistered no CPU is in it: unregistering waits for them. */
void kcap_detach(struct kcap *k)
{
	netdev_rx_handler_unregister(k->dev);
	cancel_delayed_work_sync(&k->sampler);
	netdev_put(k->dev, &k->tracker);
	list_del(&k->list);
	kcap_free(k);
	module_put(THIS_MODULE);
}

int kcap_reset(struct kcap *k)
{
	struct kcap_books *old = kcap_books(k), *b = kcap_books_new(k->n_flows);

	if (!b)
		return -ENOMEM;
	rcu_assign_pointer(k->books, b);
	k->generation++;
	synchronize_net();
	kcap_books_free(old);
	return 0;
}

/* Under RTNL. A move to another namespace says UNREGISTER too. */
static int netdev_event(struct notifier_block *nb, unsigned long event, void *info)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct kcap *k, *next;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	mutex_lock(&kcap_mutex);
	list_for_each_entry_safe (k, next, &kcap_list, list)
		if (k->dev == dev)
			kcap_detach(k);
	mutex_unlock(&kcap_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_notifier = { .notifier_call = netdev_event };

static int __init kcap_init(void)
{
	int ret = register_netdevice_notifier(&netdev_notifier);

	if (ret)
		return ret;
	ret = kcap_proc_init();
	if (ret)
		goto err_notifier;
	ret = kcap_netlink_init();
	if (ret)
		goto err_proc;
	return 0;

err_proc:
	kcap_proc_uninit();
err_notifier:
	unregister_netdevice_notifier(&netdev_notifier);
	return ret;
}

/* Nothing is attached, else the module would be held. */
static void __exit kcap_exit(void)
{
	kcap_netlink_uninit();
	kcap_proc_uninit();
	unregister_netdevice_notifier(&netdev_notifier);
}

module_init(kcap_init);
module_exit(kcap_exit);

MODULE_DESCRIPTION("Analysis of an interface's frames inside the kernel");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: ts_bm ts_kmp");
