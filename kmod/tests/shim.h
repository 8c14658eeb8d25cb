/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's words that ring.h uses, for user space. Include it before ring.h. */
#ifndef YKVM_SHIM_H
#define YKVM_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define ALIGN(x, a) (((x) + (a)-1) / (a) * (a))
#define ilog2(n) (31 - __builtin_clz(n))
#define unlikely(x) __builtin_expect(!!(x), 0)

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* As the kernel's: returns what was there, and orders nothing when it fails. */
static inline uint64_t shim_cmpxchg(__u64 *p, uint64_t old, uint64_t new)
{
	__u64 seen = old;

	__atomic_compare_exchange_n(p, &seen, new, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	return seen;
}
#define cmpxchg(p, old, new) shim_cmpxchg((p), (old), (new))

#endif
