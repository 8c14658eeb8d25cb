// SPDX-License-Identifier: GPL-2.0-or-later
/* Thousands of simulated histories: the step is found, within as many trials as promised, whatever cannot run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "harness/search/bisect.h"
#include "harness/util/random.h"

#define HISTORIES 20000
#define VERSIONS_MOST 100

static size_t below(struct random *r, size_t n)
{
	return random_next(r) % n;
}

struct history {
	size_t n, first_bad;
	bool broken[BISECT_VERSIONS_MAX]; /* cannot run */
};

static size_t log2_up(size_t n)
{
	size_t k = 0;

	while ((1UL << k) < n)
		k++;
	return k;
}

static enum bisect_verdict verdict_of(const struct history *h, size_t version)
{
	if (h->broken[version])
		return BISECT_SKIP;
	return version >= h->first_bad ? BISECT_BAD : BISECT_GOOD;
}

/* Bisects it; fails the test if a version is asked twice, or one outside. */
static void bisect_all(struct bisect *b, const struct history *h)
{
	bool asked[BISECT_VERSIONS_MAX] = { false };
	char reason[BISECT_REASON];
	size_t version;
	struct err e;

	assert_int_equal(bisect_init(b, h->n, &e), 0);
	while (bisect_next(b, &version, reason)) {
		assert_true(version < h->n && !asked[version] && reason[0]);
		asked[version] = true;
		assert_int_equal(bisect_add(b, version, verdict_of(h, version), &e), 0);
	}
}

static void history_make(struct history *h, struct random *r, unsigned int broken_of_100)
{
	memset(h, 0, sizeof(*h));
	h->n = 2 + below(r, VERSIONS_MOST - 1);
	h->first_bad = 1 + below(r, h->n - 1);
	for (size_t i = 1; i + 1 < h->n; i++)
		h->broken[i] = below(r, 100) < broken_of_100;
}

static void the_step_is_between_the_neighbours(void **state)
{
	struct random r;
	struct history h;
	struct bisect b;

	(void)state;
	random_init(&r, 1, 0);
	for (int i = 0; i < HISTORIES; i++) {
		history_make(&h, &r, 0);
		bisect_all(&b, &h);
		assert_int_equal(b.bad, h.first_bad);
		assert_int_equal(b.good, h.first_bad - 1);
		assert_int_equal(bisect_skipped(&b), 0);
		assert_true(b.measured <= log2_up(h.n) + 2);
	}
}

static void what_cannot_run_is_left_out(void **state)
{
	struct random r;
	struct history h;
	struct bisect b;

	(void)state;
	random_init(&r, 2, 0);
	for (int i = 0; i < HISTORIES; i++) {
		history_make(&h, &r, (unsigned int)below(&r, 101));
		bisect_all(&b, &h);
		assert_true(b.good < h.first_bad && h.first_bad <= b.bad);
		for (size_t v = b.good + 1; v < b.bad; v++)
			assert_true(h.broken[v] && b.verdict[v] == BISECT_SKIP);
		assert_int_equal(bisect_skipped(&b), b.bad - b.good - 1);
		assert_true(b.measured <= log2_up(h.n) + 2);
	}
}

static void every_step_of_every_length_is_found(void **state)
{
	struct history h = { 0 };
	struct bisect b;

	(void)state;
	for (h.n = 2; h.n <= VERSIONS_MOST; h.n++) {
		for (h.first_bad = 1; h.first_bad < h.n; h.first_bad++) {
			bisect_all(&b, &h);
			assert_int_equal(b.bad, h.first_bad);
			assert_true(b.measured <= log2_up(h.n) + 2);
		}
	}
}

/* A history that is not one step still ends at a good version with a bad one behind it. */
static void of_several_steps_one_is_found(void **state)
{
	struct random r;
	char reason[BISECT_REASON];
	struct bisect b;
	struct err e;

	(void)state;
	random_init(&r, 3, 0);
	for (int i = 0; i < HISTORIES; i++) {
		size_t version, n = 2 + below(&r, VERSIONS_MOST - 1);
		enum bisect_verdict truth[BISECT_VERSIONS_MAX];

		for (size_t v = 0; v < n; v++)
			truth[v] = below(&r, 2) ? BISECT_GOOD : BISECT_BAD;
		truth[0] = BISECT_GOOD;
		truth[n - 1] = BISECT_BAD;
		bisect_init(&b, n, &e);
		while (bisect_next(&b, &version, reason))
			assert_int_equal(bisect_add(&b, version, truth[version], &e), 0);
		assert_int_equal(b.bad, b.good + 1);
		assert_true(truth[b.good] == BISECT_GOOD && truth[b.bad] == BISECT_BAD);
	}
}

static void ends_that_are_not_what_they_were_said_to_be(void **state)
{
	static const struct {
		enum bisect_verdict good, bad;
		const char *said;
	} cases[] = {
		{ BISECT_BAD, BISECT_BAD, "the good end is bad" },
		{ BISECT_SKIP, BISECT_BAD, "the good end cannot run" },
		{ BISECT_GOOD, BISECT_GOOD, "the bad end is good" },
		{ BISECT_GOOD, BISECT_SKIP, "the bad end cannot run" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char reason[BISECT_REASON];
		struct err e = { "" };
		struct bisect b;
		size_t version;
		int ret;

		assert_int_equal(bisect_init(&b, 9, &e), 0);
		assert_true(bisect_next(&b, &version, reason));
		assert_int_equal(version, 0);
		ret = bisect_add(&b, 0, cases[i].good, &e);
		if (!ret) {
			assert_true(bisect_next(&b, &version, reason));
			assert_int_equal(version, 8);
			ret = bisect_add(&b, 8, cases[i].bad, &e);
		}
		assert_true(ret < 0);
		assert_string_equal(e.text, cases[i].said);
	}
}

static void so_many_versions_are_no_list(void **state)
{
	struct bisect b;
	struct err e;

	(void)state;
	assert_true(bisect_init(&b, 0, &e) < 0);
	assert_true(bisect_init(&b, 1, &e) < 0);
	assert_true(bisect_init(&b, BISECT_VERSIONS_MAX + 1, &e) < 0);
	assert_int_equal(bisect_init(&b, BISECT_VERSIONS_MAX, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_step_is_between_the_neighbours),
		cmocka_unit_test(what_cannot_run_is_left_out),
		cmocka_unit_test(every_step_of_every_length_is_found),
		cmocka_unit_test(of_several_steps_one_is_found),
		cmocka_unit_test(ends_that_are_not_what_they_were_said_to_be),
		cmocka_unit_test(so_many_versions_are_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
