// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/util/histogram.h"

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

char *histogram_format(const uint32_t bucket[HISTOGRAM_BUCKETS])
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *gap = "";
	unsigned int i;

	if (!out)
		return NULL;
	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (!bucket[i])
			continue;
		fprintf(out, "%s%u:%u", gap, i, bucket[i]);
		gap = " ";
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Parses one "INDEX:COUNT" whose index is above the last; returns its end, or NULL if it is none. */
static const char *parse_bucket(uint32_t *bucket, const char *text, long *last)
{
	unsigned long index, count;
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	index = strtoul(text, &end, 10);
	if (*end != ':' || end[1] < '1' || end[1] > '9' || index >= HISTOGRAM_BUCKETS || (long)index <= *last)
		return NULL;
	count = strtoul(end + 1, &end, 10);
	if (count > UINT32_MAX)
		return NULL;
	bucket[index] = (uint32_t)count;
	*last = (long)index;
	return end;
}

int histogram_parse(uint32_t bucket[HISTOGRAM_BUCKETS], const char *text)
{
	long last = -1;

	memset(bucket, 0, HISTOGRAM_BUCKETS * sizeof(*bucket));
	while (*text) {
		text = parse_bucket(bucket, text, &last);
		if (!text || (*text && (*text != ' ' || !*++text)))
			return -EINVAL;
	}
	return 0;
}
