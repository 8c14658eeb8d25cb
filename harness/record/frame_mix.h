/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mix of frame sizes: "imix", or SIZE:WEIGHT,SIZE:WEIGHT,... A generator that can keep an order sends the sizes in the
 * one of mix_order(), which spreads each size as evenly as whole frames allow; pktgen draws each frame's size.
 */
#ifndef RXLAB_FRAME_MIX_H
#define RXLAB_FRAME_MIX_H

#include <stddef.h>
#include <stdint.h>

#include "harness/util/counter.h"
#include "harness/util/err.h"

#define MIX_SIZES_MAX 8
#define MIX_PERIOD_MAX 1000 /* frames after which the order repeats: sum of the weights without their common divisor */
#define MIX_TEXT_MAX 80 /* 8 of "1518:1000," */
#define MIX_IMIX "64:7,594:4,1518:1"

struct frame_mix {
	uint32_t n; /* sizes; 0: all frames are of one size */
	uint16_t bytes[MIX_SIZES_MAX]; /* Ethernet frame with FCS; rising, no two equal */
	uint16_t weight[MIX_SIZES_MAX]; /* at least 1, without a common divisor */
};

/* Parses "imix" or "64:7,594:4": sizes from least to most. -EINVAL with a message that names what is wrong. */
int mix_parse(struct frame_mix *m, const char *text, uint32_t least, uint32_t most, struct err *e);
/* Its one text form, which mix_parse() reads: "64:7,594:4,1518:1". */
void mix_format(const struct frame_mix *m, char text[MIX_TEXT_MAX]);
uint32_t mix_period(const struct frame_mix *m); /* sum of the weights */
double mix_mean(const struct frame_mix *m); /* bytes, to hundredths */
/* Which size each frame of a period has: of[] gets mix_period() indices. */
void mix_order(const struct frame_mix *m, uint8_t *of);
/* Adds the first n frames of that order to sent[], by size. */
void mix_count(const struct frame_mix *m, uint64_t n, struct counter sent[MIX_SIZES_MAX]);

#endif
