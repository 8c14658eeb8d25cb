/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boyer-Moore-Horspool: the byte under the end of the window says how far the
 * window goes. About six instructions for as many bytes as the pattern has,
 * where lib/ts_bm.c, with its calls and its second table, takes four times that.
 *
 * The price: text made for it ("aaaa" against "baaa") is compared pattern by
 * pattern. So comparing is given up when it has looked at more bytes than there
 * are, and another algorithm has to do that frame. The tests compile it in user space.
 */
#ifndef KCAP_SEARCH_H
#define KCAP_SEARCH_H

#include "../uapi/kcap.h"

struct kcap_search {
	u8 skip[256]; /* by the byte under the window's end; 0: the pattern's last */
	u8 again; /* how far to go from there, when the rest does not fit */
	u8 n;
	u8 pattern[KCAP_PATTERN_MAX];
};

/* 1 <= n <= KCAP_PATTERN_MAX */
static inline void kcap_search_init(struct kcap_search *s, const u8 *pattern, u32 n)
{
	u32 i;

	memset(s->skip, n, sizeof(s->skip));
	for (i = 0; i + 1 < n; i++)
		s->skip[pattern[i]] = n - 1 - i;
	s->again = s->skip[pattern[n - 1]];
	s->skip[pattern[n - 1]] = 0;
	s->n = n;
	memcpy(s->pattern, pattern, n);
}

/* 1: it is there; 0: it is not; -1: given up. */
static inline int kcap_search_find(const struct kcap_search *s, const u8 *text, u32 bytes)
{
	u32 last = s->n - 1, at = last, left = bytes, k, skip;

	while (at < bytes) {
		skip = s->skip[text[at]];
		if (likely(skip)) {
			at += skip;
			continue;
		}
		for (k = 1; k <= last && text[at - k] == s->pattern[last - k]; k++)
			;
		if (k > last)
			return 1;
		if (k > left)
			return -1;
		left -= k;
		at += s->again;
	}
	return 0;
}

#endif
