// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/campaign/plan.h"
#include "harness/tests/scratch.h"
#include "harness/tests/tables.h"

const struct testbed_ops test_testbeds[2] = { { .name = "lab", .clock = CLOCK_VIRTUAL },
					      { .name = "netns", .clock = CLOCK_WALL } };

static void make(struct plan *p, const char *text)
{
	struct campaign c;
	struct err e = { "" };

	scratch_write(text);
	assert_int_equal(campaign_load(&c, scratch, &e), 0);
	if (plan_make(p, &c, &e))
		assert_string_equal(e.text, "");
	campaign_free(&c);
}

static char *printed(const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);
	struct plan p;

	make(&p, text);
	plan_print(&p, f);
	fclose(f);
	plan_free(&p);
	return out;
}

#define TAIL \
	"capture: [null, libpcap]\n    frame_bytes: [64, 512, 1518]\n    rate_pps: [1000, max]\n    seed: [1, 2, 3]\n"

/* The stored order of a published campaign rests on this: a change of the shuffle must show. */
static void order_is_fixed(void **state)
{
	char *out = printed("name: t\nsweeps:\n  - {capture: null, frame_bytes: [64, 65, 66, 67], rate_pps: max}\n");

	(void)state;
	assert_string_equal(out, "7ff46bf8fcecd3ae testbed=lab capture=null generator=pktgen frame=65 rate=max "
				 "count=20000 seed=1 senders=1 "
				 "reader_cpu=1\n"
				 "1e7cc7f38d3bd645 testbed=lab capture=null generator=pktgen frame=66 rate=max "
				 "count=20000 seed=1 senders=1 "
				 "reader_cpu=1\n"
				 "82a8972a9f04c287 testbed=lab capture=null generator=pktgen frame=64 rate=max "
				 "count=20000 seed=1 senders=1 "
				 "reader_cpu=1\n"
				 "76ea67b1b83782fc testbed=lab capture=null generator=pktgen frame=67 rate=max "
				 "count=20000 seed=1 senders=1 "
				 "reader_cpu=1\n");
	free(out);
}

static void order_depends_on_its_seed_only(void **state)
{
	char *a = printed("name: t\nsweeps:\n  - " TAIL);
	char *same = printed(
		"# other text\nname: u\norder_seed: 1\nsweeps:\n  - seed: [3, 2, 1]\n    frame_bytes: [64, 512, 1518]\n"
		"    rate_pps: [max, 1000]\n    capture: [libpcap, null]\n");
	char *other = printed("name: t\norder_seed: 2\nsweeps:\n  - " TAIL);

	(void)state;
	assert_string_equal(a, same);
	assert_string_not_equal(a, other);
	assert_int_equal(strlen(a), strlen(other));
	free(a);
	free(same);
	free(other);
}

/* Each point of the product exactly once, and the shuffle is one: seldom a neighbour of the same frame size. */
static void product_is_complete_and_mixed(void **state)
{
	struct plan p;
	struct trial t, before;
	unsigned int seen[2][3][2][3] = { 0 };
	size_t i, alike = 0;
	int k;

	(void)state;
	make(&p, "name: t\nsweeps:\n  - " TAIL);
	assert_int_equal(p.n, 36);
	for (i = 0; i < p.n; i++) {
		plan_trial(&p, i, &t);
		seen[t.capture[0] == 'n'][t.frame_bytes / 500 > 1 ? 2 : t.frame_bytes / 500][t.rate_pps == RATE_MAX]
		    [t.seed - 1]++;
		if (i)
			alike += t.frame_bytes == before.frame_bytes && !strcmp(t.capture, before.capture);
		before = t;
	}
	for (k = 0; k < 36; k++)
		assert_int_equal(((unsigned int *)seen)[k], 1);
	assert_true(alike < 18);
	plan_free(&p);
}

static void find_by_id(void **state)
{
	struct plan p;
	struct trial t;
	char id[17];
	size_t i;

	(void)state;
	make(&p, "name: t\nsweeps:\n  - " TAIL);
	for (i = 0; i < p.n; i++) {
		plan_trial(&p, i, &t);
		trial_id(&t, id);
		assert_int_equal(plan_find(&p, id), i);
	}
	assert_int_equal(plan_find(&p, "0000000000000000"), -1);
	plan_free(&p);
}

#define PAIR "  - {capture: null, frame_bytes: 64, rate_pps: max, set: {label: [a, b]}}\n"
#define WALL "name: t\ndefaults: {testbed: netns}\n"

/* Every trial once a block, no block before the last is complete, and each in an order of its own. */
static void blocks_are_interleaved(void **state)
{
	size_t i, k, frames[6][10], orders = 0;
	struct plan p;
	struct trial t;

	(void)state;
	make(&p, WALL "blocks: 6\nsweeps:\n" PAIR
		      "  - {capture: libpcap, frame_bytes: [70, 71, 72, 73, 74, 75, 76, 77], rate_pps: max}\n");
	assert_int_equal(p.n, 60);
	for (i = 0; i < p.n; i++) {
		plan_trial(&p, i, &t);
		assert_int_equal(t.seed, i / 10 + 1);
		frames[i / 10][i % 10] = t.frame_bytes;
		for (k = 0; k < i % 10; k++)
			assert_true(t.frame_bytes == 64 || frames[i / 10][k] != t.frame_bytes);
	}
	for (i = 1; i < 6; i++)
		orders += !!memcmp(frames[0], frames[i], sizeof(frames[0]));
	assert_int_equal(orders, 5);
	plan_free(&p);
}

/* Without an A/A pair a difference cannot be told from the machine's own noise; virtual time has no noise. */
static void wall_clock_needs_a_pair(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ WALL "blocks: 2\nsweeps:\n" PAIR, NULL },
		{ WALL "blocks: 1\nsweeps:\n  - {capture: null, frame_bytes: 64, rate_pps: max}\n", NULL },
		{ "name: t\nblocks: 2\nsweeps:\n  - {capture: null, frame_bytes: 64, rate_pps: max}\n", NULL },
		{ WALL "blocks: 2\nsweeps:\n  - {capture: null, frame_bytes: 64, rate_pps: max}\n",
		  ":3: blocks on the" },
		{ WALL "blocks: 2\nsweeps:\n  - {capture: [null, libpcap], frame_bytes: 64, rate_pps: max, "
		       "set: {label: a}}\n",
		  ":3: blocks on the" },
	};
	struct campaign c;
	struct plan p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { "" };

		scratch_write(rows[i].text);
		assert_int_equal(campaign_load(&c, scratch, &e), 0);
		assert_int_equal(plan_make(&p, &c, &e), rows[i].words ? -EINVAL : 0);
		assert_true(!rows[i].words || strstr(e.text, rows[i].words));
		plan_free(&p);
		campaign_free(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_fixed),
		cmocka_unit_test(order_depends_on_its_seed_only),
		cmocka_unit_test(product_is_complete_and_mixed),
		cmocka_unit_test(find_by_id),
		cmocka_unit_test(blocks_are_interleaved),
		cmocka_unit_test(wall_clock_needs_a_pair),
	};

	return cmocka_run_group_tests(tests, scratch_file, scratch_unlink);
}
