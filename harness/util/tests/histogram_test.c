// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/util/histogram.h"

#define VALUES 5000

static uint64_t random_state = 88172645463325252ULL; /* xorshift64 */

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Of any size: every octave gets its share. */
static uint64_t next_value(void)
{
	uint64_t v = next_random();

	return v >> (next_random() % 64);
}

static void small_values_are_exact(void **state)
{
	uint64_t v;

	(void)state;
	for (v = 0; v < 2 * HISTOGRAM_SUB; v++) {
		assert_int_equal(histogram_index(v), v);
		assert_int_equal(histogram_edge(v), v);
	}
}

/* Each bucket begins right behind the edge of the one before, up to the largest value there is. */
static void buckets_touch(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		assert_int_equal(histogram_index(histogram_edge(i)), i);
		assert_int_equal(histogram_index(histogram_edge(i) + 1), i + 1);
	}
	assert_true(histogram_edge(HISTOGRAM_BUCKETS - 1) == UINT64_MAX);
	assert_int_equal(histogram_index(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void an_edge_is_at_most_a_32nd_too_high(void **state)
{
	int n;

	(void)state;
	for (n = 0; n < 100000; n++) {
		uint64_t v = next_value(), edge = histogram_edge(histogram_index(v));

		assert_true(edge >= v);
		assert_true(edge - v <= v / HISTOGRAM_SUB);
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t values[VALUES];

/* values[] is sorted: the smallest of them that permille of all are not above, as its bucket's edge. */
static uint64_t brute_quantile(size_t n, unsigned int permille)
{
	size_t rank = (permille * n + 999) / 1000;
	uint64_t edge = histogram_edge(histogram_index(values[rank - 1]));

	return edge < values[n - 1] ? edge : values[n - 1];
}

static void quantiles_as_by_brute_force(void **state)
{
	static const unsigned int permille[] = { 1, 500, 900, 990, 999, 1000 };
	static const size_t sizes[] = { 1, 2, 3, 9, 10, 11, 100, 999, 1000, 1001, VALUES };
	struct histogram h;
	size_t s, i, q;

	(void)state;
	for (s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		memset(&h, 0, sizeof(h));
		for (i = 0; i < sizes[s]; i++) {
			values[i] = next_value() >> 12; /* so that the sum holds */
			histogram_add(&h, values[i]);
		}
		qsort(values, sizes[s], sizeof(values[0]), compare);
		assert_int_equal(histogram_count(&h), sizes[s]);
		assert_int_equal(h.max, values[sizes[s] - 1]);
		for (q = 0; q < sizeof(permille) / sizeof(permille[0]); q++)
			assert_int_equal(histogram_quantile(&h, permille[q] / 1000.0),
					 brute_quantile(sizes[s], permille[q]));
	}
}

static void a_quantile_is_no_larger_than_the_largest(void **state)
{
	struct histogram h = { 0 };

	(void)state;
	assert_int_equal(histogram_quantile(&h, 0.5), 0);
	histogram_add(&h, 1000000); /* its bucket's edge is higher */
	assert_true(histogram_edge(histogram_index(1000000)) > 1000000);
	assert_int_equal(histogram_quantile(&h, 0.001), 1000000);
	assert_int_equal(histogram_quantile(&h, 1), 1000000);
	memset(&h, 0, sizeof(h));
	histogram_add(&h, 0);
	assert_int_equal(histogram_quantile(&h, 0.5), 0);
	assert_int_equal(histogram_count(&h), 1);
}

static void merged_is_as_if_added_to_one(void **state)
{
	struct histogram a = { 0 }, b = { 0 }, all = { 0 };
	uint64_t sum = 0, v;
	int i;

	(void)state;
	for (i = 0; i < VALUES; i++) {
		v = next_value() >> 14;
		sum += v;
		histogram_add(i % 3 ? &a : &b, v);
		histogram_add(&all, v);
	}
	histogram_merge(&a, &b);
	assert_memory_equal(&a, &all, sizeof(a));
	assert_true(a.sum == sum);
	memset(&b, 0, sizeof(b));
	histogram_merge(&a, &b);
	assert_memory_equal(&a, &all, sizeof(a));
}

static void text_round_trip(void **state)
{
	static struct histogram a, b;
	char *text, *again;
	int i;

	(void)state;
	for (i = 0; i < VALUES; i++)
		histogram_add(&a, next_value());
	a.bucket[0] = UINT32_MAX;
	text = histogram_format(a.bucket);
	assert_int_equal(histogram_parse(b.bucket, text), 0);
	assert_memory_equal(a.bucket, b.bucket, sizeof(a.bucket));
	free(text);
	memset(&a, 0, sizeof(a));
	text = histogram_format(a.bucket);
	assert_string_equal(text, "");
	assert_int_equal(histogram_parse(b.bucket, text), 0); /* and what was there is gone */
	assert_memory_equal(a.bucket, b.bucket, sizeof(a.bucket));
	free(text);
	a.bucket[5] = 7;
	a.bucket[1919] = 1;
	again = histogram_format(a.bucket);
	assert_string_equal(again, "5:7 1919:1");
	free(again);
}

static void text_that_is_no_histogram(void **state)
{
	static const char *const bad[] = { " ",	      "1",	 "1:",	   "1:0",  "1:1 ", "1:1  2:1", " 1:1",
					   "2:1 1:1", "1:1 1:1", "1920:1", "1:-1", "-1:1", "1:1,2:1",  "1:4294967296" };
	uint32_t bucket[HISTOGRAM_BUCKETS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(histogram_parse(bucket, bad[i]), -EINVAL);
	assert_int_equal(HISTOGRAM_BUCKETS, 1920); /* the schema's words and the reader in python are of this one */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(buckets_touch),
		cmocka_unit_test(an_edge_is_at_most_a_32nd_too_high),
		cmocka_unit_test(quantiles_as_by_brute_force),
		cmocka_unit_test(a_quantile_is_no_larger_than_the_largest),
		cmocka_unit_test(merged_is_as_if_added_to_one),
		cmocka_unit_test(text_round_trip),
		cmocka_unit_test(text_that_is_no_histogram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
