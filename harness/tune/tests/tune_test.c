// SPDX-License-Identifier: GPL-2.0-or-later
/* The exploration's rules, on a machine whose answers are a formula. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tune/effects.h"
#include "harness/tune/screen.h"
#include "harness/tune/tune.h"

#define TRIALS 30

static struct tune t, u;
static bool refuses; /* level 2 of the first knob */
static bool spoils_default;
static bool untimed;
static unsigned int unlucky_seed; /* at which "gap=2" loses frames; 0: none */
static struct tune_ask asks_of[2][400];

static void add_knob(struct tune_space *s, const char *name, size_t levels, size_t initial)
{
	struct tune_knob *k = &s->knobs[s->n++];

	snprintf(k->name, sizeof(k->name), "%s", name);
	k->n = levels;
	k->initial = initial;
	for (size_t l = 0; l < levels; l++)
		snprintf(k->values[l], sizeof(k->values[l]), "%zu", l);
}

/* gap: fewer interrupts for more delay; polls and timer: something only together; lamp: nothing. */
static struct tune_options options(bool wall)
{
	struct tune_options o = { .trials = TRIALS, .wall = wall };

	add_knob(&o.space, "gap", 5, 0);
	add_knob(&o.space, "polls", 2, 0);
	add_knob(&o.space, "timer", 3, 0);
	add_knob(&o.space, "lamp", 2, 0);
	tune_wish_init(&o.wish);
	return o;
}

static void machine(const struct tune_ask *k, struct tune_result *r)
{
	size_t gap = k->at.level[0];
	bool polling = k->at.level[1] && k->at.level[2];

	memset(r, 0, sizeof(*r));
	r->valid = true;
	r->of[TUNE_LOSS] = gap == 4 || (gap == 3 && unlucky_seed && k->repeat == unlucky_seed) ? 0.1 : 0;
	r->of[TUNE_P50] = 50 + 40.0 * (double)gap;
	r->of[TUNE_P99] = 100 + 80.0 * (double)gap + (polling ? 30 : 0);
	r->of[TUNE_CPU] = 2500 - 150.0 * (double)gap - (polling ? 60 : 0) + 5.0 * (double)k->at.level[2];
	r->of[TUNE_IRQ] = polling ? 20 : 20000.0 / (1 + (double)gap);
	if (untimed)
		r->of[TUNE_P50] = r->of[TUNE_P99] = NAN;
	r->refused = refuses && gap == 2;
	if (r->refused || (spoils_default && !tune_changed(&t.o.space, &k->at))) {
		r->valid = false;
		snprintf(r->reason, sizeof(r->reason), "no luck");
	}
}

static size_t explore(struct tune *on, const struct tune_options *o, size_t jobs, struct tune_ask *seen)
{
	struct tune_ask asks[TUNE_AT_ONCE_MAX];
	size_t n, all = 0;

	tune_init(on, o);
	while ((n = tune_next(on, jobs, asks)))
		for (size_t i = 0; i < n; i++) {
			struct tune_result r;

			assert_true(all < 400);
			machine(&asks[i], &r);
			tune_add(on, &asks[i], &r);
			seen[all++] = asks[i];
		}
	return all;
}

static int setup(void **state)
{
	(void)state;
	refuses = spoils_default = untimed = false;
	unlucky_seed = 0;
	return 0;
}

static const char *answer_text(void)
{
	static char text[200];
	long answer = tune_answer(&t, &t.o.wish);

	assert_true(answer >= 0);
	return tune_setting_text(&t.o.space, &t.points[answer].at, text, sizeof(text));
}

static void begins_with_the_default_and_ends_in_time(void **state)
{
	struct tune_options o = options(false);
	size_t n = explore(&t, &o, 1, asks_of[0]);

	(void)state;
	assert_int_equal(asks_of[0][0].phase, TUNE_DEFAULT);
	assert_int_equal(tune_changed(&o.space, &asks_of[0][0].at), 0);
	assert_int_equal(asks_of[0][1].phase, TUNE_SCREEN);
	assert_in_range(n, 15, TRIALS);
	for (size_t i = 0; i < n; i++) {
		assert_true(strlen(asks_of[0][i].reason) > 0);
		for (size_t j = 0; j < i; j++)
			assert_false(tune_same(&o.space, &asks_of[0][i].at, &asks_of[0][j].at));
	}
	assert_string_equal(answer_text(), "gap=3 polls=1 timer=1");
}

static void equal_results_ask_for_equal_trials(void **state)
{
	struct tune_options o = options(false);
	size_t n = explore(&t, &o, 3, asks_of[0]), m = explore(&u, &o, 3, asks_of[1]);

	(void)state;
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++) {
		assert_true(tune_same(&o.space, &asks_of[0][i].at, &asks_of[1][i].at));
		assert_string_equal(asks_of[0][i].reason, asks_of[1][i].reason);
	}
}

static void a_knob_without_effect_is_proven(void **state)
{
	struct tune_options o = options(false);
	bool proven = false;

	(void)state;
	explore(&t, &o, 2, asks_of[0]);
	for (size_t i = 1; i < t.n_points; i++)
		proven = proven || (t.points[i].at.level[3] && tune_as_default(&t, &t.points[i]));
	assert_true(proven);
	/* And what works only together is no proof of nothing for the knob that lacks its partner. */
	for (size_t i = 1; i < t.n_points; i++)
		assert_false(t.points[i].at.level[0] && tune_as_default(&t, &t.points[i]));
}

static void effects_are_told_singly_and_in_pairs(void **state)
{
	struct tune_options o = options(false);
	struct chooser c;
	double v[TUNE_LEVELS_MAX];
	size_t levels[2];

	(void)state;
	explore(&t, &o, 1, asks_of[0]);
	assert_int_equal(chooser_begin(&c, &t, NULL, 0), 0);
	effects_single(&c, 0, TUNE_P99, v);
	assert_true(v[4] - v[0] > 250 && v[4] - v[0] < 400); /* 320 */
	effects_single(&c, 3, TUNE_CPU, v);
	assert_true(fabs(v[1] / v[0] - 1) < 0.01);
	assert_true(effects_pair(&c, 1, 2, TUNE_IRQ, levels) < -1); /* 20 interrupts in place of thousands */
	assert_int_equal(levels[0], 1);
	assert_true(levels[1] >= 1);
	assert_true(fabs(effects_pair(&c, 0, 3, TUNE_IRQ, levels)) < 0.2);
	chooser_end(&c);
}

static void what_the_machine_refuses_is_left(void **state)
{
	struct tune_options o = options(false);
	size_t n, refused = 0;

	(void)state;
	refuses = true;
	n = explore(&t, &o, 1, asks_of[0]);
	for (size_t i = 0; i < n; i++)
		refused += asks_of[0][i].at.level[0] == 2;
	assert_int_equal(refused, 1); /* the screen's first; neither again nor elsewhere */
	assert_string_equal(answer_text(), "gap=3 polls=1 timer=1");
}

static void without_the_default_nothing_is_compared(void **state)
{
	struct tune_options o = options(false);

	(void)state;
	spoils_default = true;
	t.o = o;
	assert_int_equal(explore(&t, &o, 2, asks_of[0]), TUNE_TRIES);
	assert_string_equal(t.points[0].reason, "no luck");
}

static void what_is_unknown_is_no_part_of_the_front(void **state)
{
	struct tune_options o = options(false);
	bool known[TUNE_MEASURES];

	(void)state;
	untimed = true;
	explore(&t, &o, 1, asks_of[0]);
	tune_known(&t, known);
	assert_false(known[TUNE_P99]);
	assert_string_equal(answer_text(), "gap=3 polls=1 timer=1");
}

/* With the seed that a setting loses frames at, it is no answer to a wish of no loss. */
static void the_answer_is_that_of_its_worst_seed(void **state)
{
	struct tune_options o = options(false);

	(void)state;
	o.confirm = 5;
	unlucky_seed = 4;
	explore(&t, &o, 2, asks_of[0]);
	assert_in_range(t.points[tune_final(&t)].at.level[0], 0, 2);
	assert_int_equal(t.points[tune_final(&t)].valid, 6);
	assert_int_equal(t.points[0].valid, 6);
}

static void a_wall_clock_has_blocks_and_a_pair(void **state)
{
	struct tune_options o = options(true);
	size_t n, twins = 0, last = 0;

	(void)state;
	o.confirm = 6;
	n = explore(&t, &o, 1, asks_of[0]);
	for (size_t i = 0; i < n; i++) {
		if (asks_of[0][i].phase != TUNE_CONFIRM)
			continue;
		twins += asks_of[0][i].twin;
		assert_true(asks_of[0][i].repeat + 1 >= last); /* one block after the other */
		last = asks_of[0][i].repeat;
	}
	assert_int_equal(twins, 6);
	assert_int_equal(t.points[0].valid, 7);
	assert_false(tune_counts(&t.points[tune_find(&t, &t.points[0].at, true)]));
}

static void the_model_is_asked_first(void **state)
{
	struct tune_options o = options(false);

	(void)state;
	strcpy(o.space.knobs[0].name, "rx_usecs");
	strcpy(o.guess, "3");
	explore(&t, &o, 1, asks_of[0]);
	assert_int_equal(asks_of[0][1].phase, TUNE_MODEL);
	assert_int_equal(asks_of[0][1].at.level[0], 3);
}

/* Each knob is moved in half of the rows, any two in a quarter; if clear, no two look like a third one. */
static void screens_are_balanced(void **state)
{
	(void)state;
	for (size_t knobs = 1; knobs <= 16; knobs++) {
		struct screen d = screen_choose(knobs, 40);
		struct tune_space s = { 0 };
		struct tune_setting at;
		size_t both, one, odd;

		for (size_t k = 0; k < knobs; k++)
			add_knob(&s, "k", 2, 0);
		assert_true(d.rows && d.rows <= 40);
		for (size_t i = 0; i < knobs; i++)
			for (size_t j = 0; j < i; j++) {
				both = one = odd = 0;
				for (size_t r = 0; r < d.rows; r++) {
					screen_row(&d, &s, r, &at);
					one += at.level[i];
					both += at.level[i] && at.level[j];
					odd += j && at.level[0] == (at.level[i] ^ at.level[j]);
				}
				assert_int_equal(one, d.rows / 2);
				assert_int_equal(both, d.rows / 4);
				if (j && d.clear)
					assert_int_equal(odd, d.rows / 2);
			}
	}
	assert_int_equal(screen_choose(12, 10).rows, 0);
	assert_true(screen_least(12) < tune_trials_least(12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(begins_with_the_default_and_ends_in_time, setup),
		cmocka_unit_test_setup(equal_results_ask_for_equal_trials, setup),
		cmocka_unit_test_setup(a_knob_without_effect_is_proven, setup),
		cmocka_unit_test_setup(effects_are_told_singly_and_in_pairs, setup),
		cmocka_unit_test_setup(what_the_machine_refuses_is_left, setup),
		cmocka_unit_test_setup(without_the_default_nothing_is_compared, setup),
		cmocka_unit_test_setup(what_is_unknown_is_no_part_of_the_front, setup),
		cmocka_unit_test_setup(the_answer_is_that_of_its_worst_seed, setup),
		cmocka_unit_test_setup(a_wall_clock_has_blocks_and_a_pair, setup),
		cmocka_unit_test_setup(the_model_is_asked_first, setup),
		cmocka_unit_test(screens_are_balanced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
