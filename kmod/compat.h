/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that these modules build for, 6.1 to 7.3, and nothing else: each entry says since
 * which version the kernel has the name by which the modules call it, and with which change it came. What Kbuild has
 * found in the headers is asked for by its name (YKVM_HAVE_*), as distributions take things back into older kernels.
 */
#ifndef YKVM_COMPAT_H
#define YKVM_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/socket.h>
#include <linux/version.h>
#include <net/genetlink.h>

/* 6.3, "mm: introduce vma->vm_flags wrapper functions": vm_flags may not be written by others any more. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

/* Between 6.1 and 6.12, "genetlink: add struct genl_info to struct genl_dumpit_info": a dump's attributes are there. */
#ifndef YKVM_HAVE_GENL_INFO_DUMP
static inline const struct genl_dumpit_info *genl_info_dump(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb);
}
#endif

/* 6.12, "move asm/unaligned.h to linux/unaligned.h". */
#ifdef YKVM_HAVE_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* 6.13, "hrtimers: Introduce hrtimer_setup() to replace hrtimer_init()", which 7.2 has no more. */
#ifndef YKVM_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *timer),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/*
 * What bind() gets. Between 6.13 and 7.2, "net: Convert proto_ops bind() callbacks to use sockaddr_unsized": an address
 * is as long as its own length says.
 */
#ifdef YKVM_HAVE_SOCKADDR_UNSIZED
typedef struct sockaddr_unsized ykvm_sockaddr;
#else
typedef struct sockaddr ykvm_sockaddr;
#endif

/*
 * Not here, as the modules do without on every kernel: poll_does_not_wait(), which 7.2 has no more (wake.c asks who polls
 * by the table's own function).
 */

#endif
