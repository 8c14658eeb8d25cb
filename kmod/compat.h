/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that this module builds for, 6.1 to 7.3. What Kbuild has found in the headers is
 * asked for by its name (YKVM_HAVE_*): what distributions take back into older kernels has no number.
 */
#ifndef YKVM_COMPAT_H
#define YKVM_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/socket.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#endif

#ifndef YKVM_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *timer),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* What bind() gets. */
#ifdef YKVM_HAVE_SOCKADDR_UNSIZED
typedef struct sockaddr_unsized ykvm_sockaddr;
#else
typedef struct sockaddr ykvm_sockaddr;
#endif

#endif
