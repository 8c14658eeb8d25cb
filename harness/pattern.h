/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boyer-Moore search with both of its tables, as the kernel's textsearch "bm"
 * does it: a capture that searches inside the kernel and one that hands its
 * frames over do the same steps for a frame, and differ in the way there.
 */
#ifndef RXLAB_PATTERN_H
#define RXLAB_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#define PATTERN_MAX 64

struct pattern {
	uint32_t n;
	uint8_t byte[PATTERN_MAX];
	uint32_t
		bad[256]; /* distance from the last byte of the pattern to the rightmost such byte before it; n: none */
	uint32_t good[PATTERN_MAX]; /* how far to go on after a mismatch behind as many matched bytes */
};

void pattern_init(struct pattern *p, const uint8_t *bytes, uint32_t n); /* 1 <= n <= PATTERN_MAX */
bool pattern_found(const struct pattern *p, const uint8_t *data, uint32_t bytes);

#endif
