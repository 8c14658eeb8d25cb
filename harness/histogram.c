// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "harness/histogram.h"

uint64_t histogram_edge(unsigned int index)
{
	unsigned int shift;

	if (index < 2 * HISTOGRAM_SUB)
		return index;
	shift = (index >> HISTOGRAM_SUB_BITS) - 1;
	return ((uint64_t)(index - (shift << HISTOGRAM_SUB_BITS)) << shift) + (1ULL << shift) - 1;
}

uint64_t histogram_count(const struct histogram *h)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

uint64_t histogram_quantile(const struct histogram *h, double q)
{
	uint64_t rank = (uint64_t)ceil(q * (double)histogram_count(h)), seen = 0;
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen && seen >= rank)
			return histogram_edge(i) < h->max ? histogram_edge(i) : h->max;
	}
	return 0;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
	unsigned int i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
	to->sum += from->sum;
	if (from->max > to->max)
		to->max = from->max;
}
