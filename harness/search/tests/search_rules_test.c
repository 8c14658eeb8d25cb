// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A goal that allows no loss finds the loss-free rate of the tables: the cases of results/fixtures/rules.json, which
 * harness/analysis/rates.py and models/loss_limits.c are held to. Rates here are those that were asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "harness/search/search_phase.h"

static const struct search_goal no_loss = { 0, 0, 0.01, 1000, 1000, 1000 };

static uint64_t rate_of(const json_t *trial)
{
	json_t *asked = json_object_get(trial, "rate_pps");

	return (uint64_t)json_integer_value(json_is_null(asked) ? json_object_get(trial, "achieved_pps") : asked);
}

/* As search_add() keeps them. */
static void trial_add(struct search *s, const json_t *trial)
{
	double sent = json_number_value(json_object_get(trial, "sent")),
	       carried = json_number_value(json_object_get(trial, "carried"));
	uint64_t rate = rate_of(trial);
	size_t i = 0;

	s->trials[s->n_trials++] = (struct search_trial) { rate, sent, 1 - carried / sent };
	while (i < s->n_loads && s->loads[i].rate != rate)
		i++;
	s->loads[i].rate = rate;
	s->loads[i].valid++;
	s->n_loads += i == s->n_loads;
}

/* The rate asked for whose trials achieved that much on average; 0 for none. */
static uint64_t asked_for(const json_t *trials, const json_t *achieved)
{
	json_t *trial;
	size_t i;

	json_array_foreach ((json_t *)trials, i, trial) {
		double sum = 0, n = 0;
		json_t *other;
		size_t k;

		json_array_foreach ((json_t *)trials, k, other)
			if (rate_of(other) == rate_of(trial))
				sum += json_number_value(json_object_get(other, "achieved_pps")), n++;
		if (!json_is_null(achieved) && sum / n == json_number_value(achieved))
			return rate_of(trial);
	}
	return 0;
}

/* To a search, unpaced is a rate like any other: if it achieves less than a paced one, it ranks below it. */
static bool unpaced_is_highest(const json_t *trials)
{
	uint64_t unpaced = 0, paced = 0;
	json_t *trial;
	size_t i;

	json_array_foreach ((json_t *)trials, i, trial) {
		uint64_t *most = json_is_null(json_object_get(trial, "rate_pps")) ? &unpaced : &paced;

		*most = rate_of(trial) > *most ? rate_of(trial) : *most;
	}
	return !unpaced || unpaced > paced;
}

static void check(const json_t *of)
{
	static struct search s;
	json_t *trials = json_object_get(of, "trials"), *trial;
	struct search_phase p = { 0 };
	size_t i;

	memset(&s, 0, sizeof(s));
	s.o.n_goals = 1;
	s.o.goals[0] = no_loss;
	s.unpaced = -1;
	json_array_foreach (trials, i, trial)
		trial_add(&s, trial);
	search_phase(&s, 0, 0, &p);
	assert_int_equal(p.lower, asked_for(trials, json_object_get(of, "free_pps")));
	assert_int_equal(p.upper, asked_for(trials, json_object_get(of, "bad_pps")));
}

static void finds_the_loss_free_rate_of_the_tables(void **state)
{
	json_t *rules = json_load_file("results/fixtures/rules.json", 0, NULL), *of;
	size_t i, checked = 0;

	(void)state;
	assert_non_null(rules);
	json_array_foreach (json_object_get(rules, "loss_free"), i, of) {
		if (!unpaced_is_highest(json_object_get(of, "trials")))
			continue;
		print_message("%s\n", json_string_value(json_object_get(of, "name")));
		check(of);
		checked++;
	}
	assert_true(checked > 7);
	json_decref(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_loss_free_rate_of_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
