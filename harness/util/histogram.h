/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log-linear histogram of u64 values (HDR style): HISTOGRAM_SUB linear buckets
 * an octave, so a quantile is at most 1/32 too high. Mergeable. The number of
 * values is counted only at the end.
 */
#ifndef RXLAB_HISTOGRAM_H
#define RXLAB_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 5
#define HISTOGRAM_SUB (1u << HISTOGRAM_SUB_BITS)
#define HISTOGRAM_BUCKETS ((64 - HISTOGRAM_SUB_BITS + 1) * HISTOGRAM_SUB)

struct histogram {
	uint64_t sum;
	uint64_t max;
	uint32_t bucket[HISTOGRAM_BUCKETS];
};

static inline uint64_t histogram_index(uint64_t v)
{
	uint64_t shift;

	if (v < HISTOGRAM_SUB)
		return v;
	shift = ((unsigned int)__builtin_clzll(v) ^ 63) - HISTOGRAM_SUB_BITS; /* ^ 63: compiles to a single bsr */
	return (shift << HISTOGRAM_SUB_BITS) + (v >> shift);
}

static inline void histogram_add(struct histogram *h, uint64_t v)
{
	h->bucket[histogram_index(v)]++;
	h->sum += v;
	if (v > h->max)
		h->max = v;
}

uint64_t histogram_count(const struct histogram *h); /* values added */
/* Largest value that falls into a bucket. */
uint64_t histogram_edge(unsigned int index);
/* The q-quantile (0 < q <= 1) as the upper edge of its bucket, at most max; 0 when empty. */
uint64_t histogram_quantile(const struct histogram *h, double q);
void histogram_merge(struct histogram *to, const struct histogram *from);
/*
 * The buckets that are not empty as "INDEX:COUNT INDEX:COUNT", lowest first: what a record holds, so that histograms of
 * several trials can be merged. malloc'd; NULL: out of memory.
 */
char *histogram_format(const uint32_t bucket[HISTOGRAM_BUCKETS]);
/* The reverse; -EINVAL if histogram_format() cannot have made this text. */
int histogram_parse(uint32_t bucket[HISTOGRAM_BUCKETS], const char *text);

#endif
