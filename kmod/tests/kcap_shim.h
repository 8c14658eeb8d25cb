/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's words that kcap's analyse.h, flows.h and search.h use, for user space. Include it before them. */
#ifndef KCAP_SHIM_H
#define KCAP_SHIM_H

#include <string.h>

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "kmod/tests/shim.h"

typedef uint16_t u16;

typedef struct {
	s64 counter;
} atomic64_t;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define likely(x) __builtin_expect(!!(x), 1)

static inline u16 get_unaligned_be16(const void *p)
{
	const u8 *b = p;

	return (u16)(b[0] << 8 | b[1]);
}

/* Place of the highest bit that is set, from 1; 0: none is. */
static inline int fls(u32 v)
{
	return v ? 32 - __builtin_clz(v) : 0;
}

#endif
