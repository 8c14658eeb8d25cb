/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boyer-Moore search. The byte under the window's end is looked at in a loop of
 * its own, as in the kernel-side capture's search (kmod/kcap/search.h): one that
 * searches inside the kernel and one that hands its frames over pay the same for
 * a step, and differ in the way there.
 */
#ifndef RXLAB_PATTERN_H
#define RXLAB_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#define PATTERN_MAX 64

struct pattern {
	uint32_t n;
	uint8_t byte[PATTERN_MAX];
	uint32_t bad[256]; /* from the pattern's last byte to the rightmost such byte before it; n: none; last: 0 */
	uint32_t good[PATTERN_MAX]; /* how far to go on after a mismatch behind as many matched bytes */
};

void pattern_init(struct pattern *p, const uint8_t *bytes, uint32_t n); /* 1 <= n <= PATTERN_MAX */
bool pattern_found(const struct pattern *p, const uint8_t *data, uint32_t bytes);

#endif
