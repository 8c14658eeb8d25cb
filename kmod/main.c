// SPDX-License-Identifier: GPL-2.0-only
/*
 * ykvm: packet capture into rings that are each shared with one reader. What
 * it is and how the ring works: uapi/ykvm.h. It loads without touching
 * anything; only an interface that a reader bound gives up its frames.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "internal.h"

static int __init ykvm_init(void)
{
	int ret;

	BUILD_BUG_ON(BITS_PER_LONG != 64); /* positions are read and written in one access */
	ret = ykvm_memory_default();
	if (ret < 0)
		return ret;
	ykvm_wake_module_init();
	ret = ykvm_filter_init();
	if (ret)
		return ret;
	ret = ykvm_bind_init();
	if (ret)
		goto err_filter;
	ret = ykvm_stats_init();
	if (ret)
		goto err_bind;
	ret = ykvm_device_init();
	if (ret)
		goto err_stats;
	return 0;

err_stats:
	ykvm_stats_uninit();
err_bind:
	ykvm_bind_uninit();
err_filter:
	ykvm_filter_uninit();
	return ret;
}

/* Nobody has a client, so nothing is bound and no memory is left. */
static void __exit ykvm_exit(void)
{
	ykvm_device_uninit();
	ykvm_stats_uninit();
	ykvm_bind_uninit();
	ykvm_filter_uninit();
}

module_init(ykvm_init);
module_exit(ykvm_exit);

MODULE_DESCRIPTION("Packet capture into rings shared with one reader each");
MODULE_LICENSE("GPL");
