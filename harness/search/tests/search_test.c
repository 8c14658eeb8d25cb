// SPDX-License-Identifier: GPL-2.0-or-later
/* The search against machines whose knee is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/search/search.h"
#include "harness/record/trial_spec.h"
#include "harness/util/random.h"

/* A machine: no loss up to its knee, beyond it what it forwards is constant or falls. */
struct dut {
	double knee; /* pps */
	double fall; /* 0: keeps forwarding the knee; 1: twice the knee offered, nothing forwarded */
	double noise; /* share by which the knee of one trial may differ */
	double sender; /* pps that the sender reaches; 0 = any */
	double breath; /* share by which an unpaced trial may fall short of it */
	double hole_low, hole_high; /* loss between these whatever the knee: not monotone */
	double bad_low, bad_high; /* trials between these are invalid */
	double buffer; /* frames that a burst may have above the knee before one is lost */
	struct random random;
};

static struct search search; /* large */

static double forwarded(const struct dut *d, double rate, double knee, double size)
{
	double excess = rate - knee;

	if (rate > d->hole_low && rate < d->hole_high)
		return rate / 2;
	if (excess <= 0 || excess / rate * size <= d->buffer)
		return rate;
	return fmax(0, knee - d->fall * excess);
}

static struct search_result measure(struct dut *d, const struct search_ask *k)
{
	double knee = d->knee * (1 + d->noise * (2 * random_unit(&d->random) - 1));
	double rate = k->rate == RATE_MAX ? d->sender * (1 - d->breath * random_unit(&d->random)) : (double)k->rate;
	struct search_result r = { .valid = true, .achieved_pps = (uint64_t)rate };

	if ((d->sender && rate > d->sender) || (rate > d->bad_low && rate < d->bad_high)) {
		r = (struct search_result) { .reason = "the sender sent too little" };
		return r;
	}
	r.loss = 1 - forwarded(d, rate, knee, (double)k->count) / rate;
	return r;
}

static struct search_options options(double width)
{
	return (struct search_options) {
		.n_goals = 1,
		.goals = { { 0, 0, width, 20000, 20000, 20000 } },
		.min_rate = 10000,
		.max_rate = 1000000,
	};
}

/* Trials that it took. */
static size_t find(const struct search_options *o, struct dut *d, size_t most)
{
	struct search_ask asks[SEARCH_AT_ONCE_MAX];
	size_t n;

	random_init(&d->random, 1, 0);
	search_init(&search, o);
	while ((n = search_next(&search, most, asks))) {
		struct search_result r[SEARCH_AT_ONCE_MAX];

		assert_in_range(n, 1, most);
		for (size_t i = n; i-- > 0;)
			r[i] = measure(d, &asks[i]);
		for (size_t i = 0; i < n; i++)
			search_add(&search, &asks[i], &r[i]);
	}
	assert_true(search.asked <= SEARCH_TRIALS_MAX);
	return search.asked;
}

static struct search_outcome outcome(size_t goal)
{
	struct search_outcome out;

	search_outcome(&search, goal, &out);
	return out;
}

static void assert_brackets(double knee, double width)
{
	struct search_outcome out = outcome(0);

	assert_string_equal(out.reason, "");
	assert_true(out.regular);
	if ((double)out.lower > knee || (double)out.upper <= knee)
		fail_msg("knee %f is not within %lu and %lu", knee, out.lower, out.upper);
	assert_true(1 - (double)out.lower / (double)out.upper <= width);
	assert_true(out.throughput == (double)out.lower);
}

/* Any knee, width, number at once, fall, hint right or wrong: the bounds hold it, and the trials are few. */
static void brackets_every_knee(void **state)
{
	struct random r;

	(void)state;
	random_init(&r, 7, 0);
	for (int i = 0; i < 3000; i++) {
		double width = exp(log(0.0005) + random_unit(&r) * log(100));
		struct search_options o = options(width);
		struct dut d = { .knee = 10001 * pow(99, random_unit(&r)), .fall = random_unit(&r) };
		size_t most = 1 + (size_t)(random_unit(&r) * 3.99), n;

		if (i % 3)
			o.hints[0] = (struct rate_prior) { d.knee * (i % 3 == 1 ? 1 + 0.06 * (random_unit(&r) - 0.5)
										: exp(8 * random_unit(&r) - 4)),
							   0.015 };
		n = find(&o, &d, most);
		assert_brackets(d.knee, width);
		/* Rates that the belief calls unlikely cost bits: those of a flat search, and some for a wrong centre. */
		if ((double)n > (double)most * (12 + log2(log(100) / width)))
			fail_msg("%zu trials for width %f, knee %f, hint %f", n, width, d.knee, o.hints[0].rate);
	}
}

static void same_inputs_same_trials(void **state)
{
	static struct search first;
	struct search_options o = options(0.002);
	struct dut d = { .knee = 104321, .noise = 0.03 };

	(void)state;
	o.goals[0].exceed = 0.5;
	o.goals[0].sum = 60000;
	find(&o, &d, 2);
	first = search;
	find(&o, &d, 2);
	assert_memory_equal(&first, &search, sizeof(first));
}

/* A right hint saves trials compared with MLRsearch's start; a wrong one costs a few and does not change the result. */
static void hint_saves(double fall, double *without_model, double *with_model)
{
	size_t without = 0, with = 0, wrong = 0;

	for (int i = 0; i < 100; i++) {
		struct search_options o = options(0.005);
		struct dut d = { .knee = 90000 + 313 * i, .fall = fall, .sender = 320000 };

		o.max_rate = 0;
		without += find(&o, &d, 1);
		assert_brackets(d.knee, 0.005);
		o.hints[0] = (struct rate_prior) { d.knee * (1 + 0.0006 * (i - 50)), 0.025 };
		with += find(&o, &d, 1);
		assert_brackets(d.knee, 0.005);
		o.hints[0].rate = d.knee / 2;
		wrong += find(&o, &d, 1);
		assert_brackets(d.knee, 0.005);
	}
	print_message("trials a search: %.2f without a model, %.2f with one, %.2f with a wrong one\n",
		      (double)without / 100, (double)with / 100, (double)wrong / 100);
	*without_model = (double)without / 100, *with_model = (double)with / 100;
	assert_true(wrong <= 1600);
}

static void hint_saves_trials(void **state)
{
	double without, with;

	(void)state;
	hint_saves(0, &without,
		   &with); /* what overload forwards is the sought rate: the best start but for its trial */
	assert_true(with + 1.5 <= without);
	hint_saves(0.1, &without, &with);
	assert_true(with + 2 <= without);
	hint_saves(0.3, &without, &with);
	assert_true(with + 2 <= without);
}

/* A noisy knee: the exceed ratio says what of it is reported, and a rate is repeated until its sum decides. */
static void noise_is_repeated(void **state)
{
	struct search_options o = options(0.01);
	struct dut d = { .knee = 200000, .noise = 0.05 };
	struct search_outcome strict, half;

	(void)state;
	o.n_goals = 2;
	o.goals[0].sum = 200000;
	o.goals[1] = o.goals[0];
	o.goals[1].exceed = 0.5;
	find(&o, &d, 1);
	strict = outcome(0), half = outcome(1);
	assert_true(strict.regular && half.regular);
	/* Ten trials without a loss are hardly possible well inside the noise; five of ten are at its middle. */
	assert_in_range(strict.lower, 185000, 199000);
	assert_in_range(half.lower, 190000, 210000);
	assert_true(strict.lower < half.lower);
	for (size_t i = 0; i < search.n_loads; i++)
		assert_true(search.loads[i].asked <= 10);
}

/* RFC 9971: loss at a lower rate counts, whatever happened above. */
static void loss_below_a_lower_bound_wins(void **state)
{
	struct search_options o = options(0.01);
	struct dut d = { .knee = 500000, .hole_low = 100000, .hole_high = 130000 };

	(void)state;
	o.hints[0] = (struct rate_prior) { 115000, 0.02 };
	find(&o, &d, 1);
	assert_brackets(100000, 0.01);
}

static void loss_everywhere(void **state)
{
	struct search_options o = options(0.01);
	struct dut d = { .knee = 100 };
	struct search_outcome out;

	(void)state;
	assert_in_range(find(&o, &d, 1), 2, 20);
	out = outcome(0);
	assert_false(out.regular);
	assert_int_equal(out.lower, 0);
	assert_int_equal(out.upper, 10000);
	assert_non_null(strstr(out.reason, "no lower bound: the lowest rate, 10000 pps, is not met"));
}

static void no_loss_at_the_highest_rate(void **state)
{
	struct search_options o = options(0.01);
	struct dut d = { .knee = 2000000, .sender = 1500000 };
	struct search_outcome out;

	(void)state;
	assert_int_equal(find(&o, &d, 1), 1);
	out = outcome(0);
	assert_false(out.regular);
	assert_int_equal(out.lower, 1000000);
	assert_int_equal(out.upper, 0);
	assert_non_null(strstr(out.reason, "1000000 pps, the highest rate asked for, is met"));
	o.max_rate = 0;
	assert_int_equal(find(&o, &d, 1), 1);
	out = outcome(0);
	assert_int_equal(out.lower, 1500000);
	assert_non_null(strstr(out.reason, "1500000 pps, as fast as the sender goes, is met"));
}

/* An invalid trial is never loss: at the sender's limit the search ends and says so. */
static void sender_ends_it(void **state)
{
	struct search_options o = options(0.01);
	struct dut d = { .knee = 800000, .sender = 600000 };
	struct search_outcome out;

	(void)state;
	find(&o, &d, 1);
	out = outcome(0);
	assert_false(out.regular);
	assert_int_equal(out.upper, 0);
	assert_in_range(out.lower, 594000, 600000);
	assert_non_null(strstr(out.reason, "are invalid: the sender sent too little"));
	/* With a model that points beyond the sender, the sender's limit is what is asked next. */
	o.max_rate = 0;
	o.hints[0] = (struct rate_prior) { 800000, 0.02 };
	assert_int_equal(find(&o, &d, 1), 2);
	out = outcome(0);
	assert_int_equal(out.lower, 600000);
	assert_int_equal(out.upper, 0);
}

static void invalid_rates_are_no_bounds(void **state)
{
	struct search_options o = options(0.01);
	struct dut d = { .knee = 300000, .bad_low = 200000, .bad_high = 240000 };
	struct search_outcome out;

	(void)state;
	find(&o, &d, 1);
	assert_brackets(300000, 0.01); /* the search did not come there */
	o.hints[0] = (struct rate_prior) { 220000, 0.02 };
	find(&o, &d, 1);
	out = outcome(0);
	assert_false(out.regular);
	assert_in_range(out.lower, 198000, 200000);
	assert_non_null(strstr(out.reason, "are invalid"));
}

/* A trial that was invalid once is asked for again with another seed. */
static void invalid_once_is_repeated(void **state)
{
	struct search_options o = options(0.01);
	struct search_ask first, again;
	struct search_result r = { .reason = "late" };

	(void)state;
	search_init(&search, &o);
	assert_int_equal(search_next(&search, 1, &first), 1);
	search_add(&search, &first, &r);
	assert_int_equal(search_next(&search, 1, &again), 1);
	assert_int_equal(again.rate, first.rate);
	assert_int_equal(first.repeat, 0);
	assert_int_equal(again.repeat, 1);
	assert_non_null(strstr(again.reason, "late"));
	assert_int_equal(search.n_trials, 0);
}

static void goals_share_trials(void **state)
{
	struct search_options o = options(0.005);
	struct dut d = { .knee = 100000, .buffer = 1000 };
	size_t alone, both;

	(void)state;
	alone = find(&o, &d, 1);
	o.n_goals = 2;
	o.goals[1] = o.goals[0];
	o.goals[1].loss = 0.06;
	both = find(&o, &d, 1);
	assert_brackets(100000 / (1 - 1000. / 20000), 0.005);
	assert_true(outcome(1).regular);
	assert_in_range(outcome(1).lower, 100000 / 0.94 * 0.995, 100000 / 0.94);
	assert_true(outcome(1).throughput < outcome(1).lower && outcome(1).throughput > 99000);
	assert_true(both < 2 * alone);
}

/* Short trials first: a buffer hides their loss, so their bounds are not final. */
static void shorter_trials_first(void **state)
{
	struct search_options o = options(0.005);
	struct dut d = { .knee = 100000, .buffer = 20 };
	double frames = 0;

	(void)state;
	o.goals[0].initial = 2000;
	find(&o, &d, 1);
	assert_brackets(100000 / (1 - 20. / 20000), 0.005);
	for (size_t i = 0; i < search.n_trials; i++)
		frames += search.trials[i].size;
	assert_true(search.trials[0].size == 2000);
	o.goals[0].initial = 20000;
	assert_true(frames < 20000. * (double)find(&o, &d, 1));
}

static void times_become_frames(void **state)
{
	struct search_options o = options(0.01);
	struct dut d = { .knee = 123456, .sender = 900000 };
	struct search_ask k;

	(void)state;
	o.timed = true;
	o.max_rate = 0;
	o.goals[0].initial = o.goals[0].final = o.goals[0].sum = 0.2;
	search_init(&search, &o);
	assert_int_equal(search_next(&search, 1, &k), 1);
	assert_int_equal(k.rate, RATE_MAX);
	find(&o, &d, 1);
	assert_brackets(123456, 0.01);
	o.hints[0] = (struct rate_prior) { 100000, 0.02 };
	search_init(&search, &o);
	assert_int_equal(search_next(&search, 1, &k), 1);
	assert_in_range(k.count, (uint64_t)(0.1999 * (double)k.rate), (uint64_t)(0.2001 * (double)k.rate));
}

static struct search_options in_seconds(double size, double sum)
{
	struct search_options o = options(0.01);

	o.timed = true;
	o.max_rate = 0;
	o.goals[0].initial = o.goals[0].final = size;
	o.goals[0].sum = sum;
	return o;
}

/* A sender faster than expected ends its first unpaced trial too soon: the next one has enough frames. */
static void fast_senders_need_more_frames(void **state)
{
	struct search_options o = in_seconds(0.3, 0.6);
	struct dut d = { .knee = 1e9, .sender = 7000000, .breath = 0.2 };
	struct search_outcome out;

	(void)state;
	assert_in_range(find(&o, &d, 1), 2, 8);
	out = outcome(0);
	assert_in_range(out.lower, 5600000, 7000000);
	assert_non_null(strstr(out.reason, "as fast as the sender goes, is met"));
}

/* 10,000,000 frames are 1 s of 10,000,000 pps: a faster sender's limit cannot be asked for. */
static void a_sender_beyond_all_counts_ends_it(void **state)
{
	struct search_options o = in_seconds(1, 2);
	struct dut d = { .knee = 1e9, .sender = 14000000 };
	struct search_outcome out;

	(void)state;
	assert_in_range(find(&o, &d, 1), 2, 60);
	out = outcome(0);
	assert_int_equal(out.lower, 10000000);
	assert_non_null(strstr(out.reason, "10000000 pps, as many frames as a trial may have, is met"));
	o.max_rate = 20000000;
	assert_in_range(find(&o, &d, 1), 1, 60);
	assert_int_equal(outcome(0).lower, 10000000);
}

/* The rate that unpaced trials meet is one that each of them offered. */
static void unpaced_trials_count_at_the_least_of_their_rates(void **state)
{
	static const uint64_t achieved[] = { 1007350, 983165 };
	struct search_options o = in_seconds(0.3, 0.6);
	struct search_ask k;

	(void)state;
	search_init(&search, &o);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(search_next(&search, 1, &k), 1);
		assert_int_equal(k.rate, RATE_MAX);
		search_add(&search, &k, &(struct search_result) { .valid = true, .achieved_pps = achieved[i] });
	}
	assert_int_equal(search_next(&search, 1, &k), 0);
	assert_int_equal(outcome(0).lower, 983165);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(brackets_every_knee),
		cmocka_unit_test(same_inputs_same_trials),
		cmocka_unit_test(hint_saves_trials),
		cmocka_unit_test(noise_is_repeated),
		cmocka_unit_test(loss_below_a_lower_bound_wins),
		cmocka_unit_test(loss_everywhere),
		cmocka_unit_test(no_loss_at_the_highest_rate),
		cmocka_unit_test(sender_ends_it),
		cmocka_unit_test(invalid_rates_are_no_bounds),
		cmocka_unit_test(invalid_once_is_repeated),
		cmocka_unit_test(goals_share_trials),
		cmocka_unit_test(shorter_trials_first),
		cmocka_unit_test(times_become_frames),
		cmocka_unit_test(fast_senders_need_more_frames),
		cmocka_unit_test(a_sender_beyond_all_counts_ends_it),
		cmocka_unit_test(unpaced_trials_count_at_the_least_of_their_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
