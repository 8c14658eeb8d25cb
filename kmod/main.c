// SPDX-License-Identifier: GPL-2.0-only
/*
 * ykvm: packet capture into a ring that is shared with one reader. What it is
 * and how the ring works: uapi/ykvm.h. It loads without touching anything; only
 * an interface that a reader bound gives up its frames.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "internal.h"

struct ykvm_device ykvm = {
	.lock = __SPIN_LOCK_UNLOCKED(ykvm.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(ykvm.wait),
	.mutex = __MUTEX_INITIALIZER(ykvm.mutex),
};

static int __init ykvm_init(void)
{
	int ret;

	BUILD_BUG_ON(BITS_PER_LONG != 64); /* positions are read and written in one access */
	ret = ykvm_ring_default();
	if (ret < 0)
		return ret;
	ret = ykvm_hook_init();
	if (ret)
		return ret;
	ret = ykvm_stats_init();
	if (ret)
		goto err_hook;
	ret = ykvm_device_init();
	if (ret)
		goto err_stats;
	return 0;

err_stats:
	ykvm_stats_uninit();
err_hook:
	ykvm_hook_uninit();
	return ret;
}

/* Nobody has the device open, so nothing is bound and no memory is left. */
static void __exit ykvm_exit(void)
{
	ykvm_device_uninit();
	ykvm_stats_uninit();
	ykvm_hook_uninit();
}

module_init(ykvm_init);
module_exit(ykvm_exit);

MODULE_DESCRIPTION("Packet capture into a ring shared with one reader");
MODULE_LICENSE("GPL");
