/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included in front of every file of the modules where they are built with FAIL_NTH=1, and nowhere else: what may fail
 * in them fails when fail_nth.ko says so, and what they allocate and free is counted. A macro does not expand within
 * itself, so the kernel's own function is what it calls; what is a macro in some kernel has a function in between.
 */
#ifndef YKVM_FAIL_NTH_H
#define YKVM_FAIL_NTH_H

#include <linux/types.h>

bool fail_nth(void);
void fail_nth_count(long n); /* allocated; negative: freed */
u64 fail_nth_first(void);
void fail_nth_hold(const char *place); /* holds the CPU up, if this is the place that was named */
bool fail_nth_skb(void); /* another count, of skbs that drivers receive into */
bool fail_nth_deaf(void); /* no register says what it is asked for */

/* core.h has what they are about. */
#define YKVM_HAND_OVER(place) fail_nth_hold(#place)
#define YKVM_OWNED(claim) WARN_ON_ONCE(!(claim))

#ifndef FAIL_NTH_SELF
#include <linux/dma-mapping.h>
#include <linux/filter.h>
#include <linux/iopoll.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/textsearch.h>
#include <linux/vmalloc.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#define YKVM_FIRST_POSITION fail_nth_first()

static inline void *fail_nth_counted(void *p)
{
	if (p)
		fail_nth_count(1);
	return p;
}

/* What is freed was allocated here. */
static inline void fail_nth_freed(const void *p)
{
	if (p)
		fail_nth_count(-1);
}

static inline void *fail_nth_kzalloc(size_t bytes, gfp_t gfp)
{
	return fail_nth() ? NULL : fail_nth_counted(kzalloc(bytes, gfp));
}

static inline void *fail_nth_kvcalloc(size_t n, size_t bytes, gfp_t gfp)
{
	return fail_nth() ? NULL : fail_nth_counted(kvcalloc(n, bytes, gfp));
}

static inline struct page *fail_nth_alloc_page(gfp_t gfp)
{
	return fail_nth() ? NULL : fail_nth_counted(alloc_page(gfp));
}

static inline void __percpu *fail_nth_percpu(size_t bytes, size_t align, gfp_t gfp)
{
	void __percpu *p = fail_nth() ? NULL : __alloc_percpu_gfp(bytes, align, gfp);

	if (p)
		fail_nth_count(1);
	return p;
}

static inline void fail_nth_free_percpu(void __percpu *p)
{
	if (p)
		fail_nth_count(-1);
	free_percpu(p);
}

static inline void fail_nth_free_page(struct page *page)
{
	fail_nth_freed(page);
	__free_page(page);
}

static inline long fail_nth_pin(unsigned long start, int n, unsigned int flags, struct page **pages)
{
	int ret = fail_nth() ? -ENOMEM : pin_user_pages_fast(start, n, flags, pages);

	if (ret > 0)
		fail_nth_count(ret);
	return ret;
}

static inline void fail_nth_unpin(struct page **pages, unsigned long n, bool dirty)
{
	fail_nth_count(-(long)n);
	unpin_user_pages_dirty_lock(pages, n, dirty);
}

static inline struct sk_buff *fail_nth_alloc_skb(unsigned int bytes, gfp_t gfp)
{
	return fail_nth() ? NULL : alloc_skb(bytes, gfp);
}

#undef kzalloc
#undef kvcalloc
#undef alloc_page
#undef alloc_percpu_gfp
#undef __free_page
#undef alloc_skb
#define kzalloc(...) fail_nth_kzalloc(__VA_ARGS__)
#define kvcalloc(...) fail_nth_kvcalloc(__VA_ARGS__)
#define alloc_page(...) fail_nth_alloc_page(__VA_ARGS__)
#define alloc_percpu_gfp(type, gfp) ((typeof(type) __percpu *)fail_nth_percpu(sizeof(type), __alignof__(type), gfp))
#define alloc_skb(...) fail_nth_alloc_skb(__VA_ARGS__)
#define vmap(...) (fail_nth() ? NULL : fail_nth_counted(vmap(__VA_ARGS__)))
#define pin_user_pages_fast(...) fail_nth_pin(__VA_ARGS__)

#define kfree(p) (fail_nth_freed(p), kfree(p))
#define kvfree(p) (fail_nth_freed(p), kvfree(p))
#define vunmap(p) (fail_nth_freed(p), vunmap(p))
#define free_percpu(p) fail_nth_free_percpu(p)
#define __free_page(p) fail_nth_free_page(p)
#define unpin_user_pages_dirty_lock(...) fail_nth_unpin(__VA_ARGS__)

#define napi_alloc_skb(...) (fail_nth_skb() ? NULL : napi_alloc_skb(__VA_ARGS__))

#undef read_poll_timeout
#define read_poll_timeout(op, val, ...) \
	(fail_nth_deaf() ? ((val) = 0, -ETIMEDOUT) : read_poll_timeout_atomic(op, val, __VA_ARGS__))

#define FAIL_NTH(call) (fail_nth() ? -ENOMEM : (call))
#define bpf_prog_create_from_user(...) FAIL_NTH(bpf_prog_create_from_user(__VA_ARGS__))
#define genl_register_family(...) FAIL_NTH(genl_register_family(__VA_ARGS__))
#define misc_register(...) FAIL_NTH(misc_register(__VA_ARGS__))
#define netdev_rx_handler_register(...) FAIL_NTH(netdev_rx_handler_register(__VA_ARGS__))
#define netlink_register_notifier(...) FAIL_NTH(netlink_register_notifier(__VA_ARGS__))
#define proc_create_net_single(...) (fail_nth() ? NULL : proc_create_net_single(__VA_ARGS__))
#define proc_symlink(...) (fail_nth() ? NULL : proc_symlink(__VA_ARGS__))
#define register_pernet_subsys(...) FAIL_NTH(register_pernet_subsys(__VA_ARGS__))
#define register_netdevice_notifier(...) FAIL_NTH(register_netdevice_notifier(__VA_ARGS__))
#define textsearch_prepare(...) (fail_nth() ? ERR_PTR(-ENOMEM) : textsearch_prepare(__VA_ARGS__))
#define vm_insert_pages(...) FAIL_NTH(vm_insert_pages(__VA_ARGS__))
#endif

#endif
