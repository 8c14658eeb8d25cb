/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that this module builds for, 6.1 to 6.12. */
#ifndef KCAP_COMPAT_H
#define KCAP_COMPAT_H

#include <linux/version.h>
#include <net/genetlink.h>

/* The attributes of a dump's request. */
static inline struct nlattr **kcap_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_info_dump(cb)->attrs;
#endif
}

#endif
