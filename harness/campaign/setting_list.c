// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "capture-impls/capture.h"
#include "generators/generator.h"
#include "harness/campaign/setting_list.h"
#include "harness/dut/knobs.h"
#include "harness/record/settings.h"
#include "harness/util/nearest.h"

/* "us: longest softirq run": what stands before the colon is the unit. */
static void split_help(struct listed_setting *s, const char *help)
{
	size_t n = strcspn(help, ":");

	s->help = help[n] ? help + n + 2 : help;
	snprintf(s->unit, sizeof(s->unit), "%.*s", help[n] ? (int)n : 0, help);
}

static void put_numbers(struct listed_setting *s, uint64_t min, uint64_t max)
{
	s->type = "number";
	snprintf(s->range, sizeof(s->range), "%" PRIu64 " to %" PRIu64, min, max);
}

/* Of the lab alone, and never in the guest, whose program therefore does not know it. */
static const struct trial_setting kernel_setting = {
	KERNEL_KEY, "name: the lab's kernel", "a series, a version, or own (see: rxlab lab kernels)", "own", NULL, false
};

static void of_trial(const struct trial_setting *t, struct listed_setting *s)
{
	*s = (struct listed_setting) {
		.of = SETTING_OF_TRIAL, .type = t->text ? "text" : "word", .initial = t->initial, .former = t->before
	};
	snprintf(s->key, sizeof(s->key), "%s", t->key);
	snprintf(s->range, sizeof(s->range), "%s", t->range);
	split_help(s, t->help);
}

static void of_dut(const struct knob *k, struct listed_setting *s)
{
	*s = (struct listed_setting) { .of = SETTING_OF_DUT,
				       .type = k->mask ? "mask" : "number",
				       .initial = k->initial ? k->initial : k->own,
				       .knob = k->name };
	snprintf(s->key, sizeof(s->key), "%s", k->name);
	knob_range(k, NULL, s->range, sizeof(s->range));
	split_help(s, k->help);
}

static void of_capture(const struct capture_ops *ops, const struct capture_param *p, struct listed_setting *s)
{
	*s = (struct listed_setting) { .of = ops->name, .type = "word", .initial = p->initial[0] ? p->initial : NULL };
	snprintf(s->key, sizeof(s->key), "%s", p->name);
	if (p->type != PARAM_NAME)
		put_numbers(s, p->min, p->type == PARAM_BOOL ? 1 : p->max);
	else
		snprintf(s->range, sizeof(s->range), "a name");
	split_help(s, p->help);
}

static void of_set(const struct capture_ops *ops, struct listed_setting *s)
{
	*s = (struct listed_setting) { .of = ops->name, .type = "capture", .initial = ops->base };
	strcpy(s->key, CAPTURE_BASE);
	snprintf(s->range, sizeof(s->range), "a capture without a driver of its own, or another named set");
	split_help(s, "name: the capture under it");
}

static void of_generator(const struct generator_ops *ops, const struct generator_setting *g, struct listed_setting *s,
			 char initial[24])
{
	size_t i, n = 0;

	*s = (struct listed_setting) { .of = ops->name, .type = "word" };
	snprintf(s->key, sizeof(s->key), GENERATOR_PREFIX "%s", g->name);
	split_help(s, g->help);
	if (g->words == generator_file) {
		s->type = "file";
		snprintf(s->range, sizeof(s->range), "a path, or the SHA-256 of a file in the cache");
		return;
	}
	snprintf(initial, 24, "%" PRIu64, g->initial);
	s->initial = initial;
	if (!g->words) {
		put_numbers(s, g->min, g->max);
		return;
	}
	for (i = 0; g->words[i] && n < sizeof(s->range); i++)
		n += snprintf(s->range + n, sizeof(s->range) - n, "%s%s",
			      !i		? ""
			      : g->words[i + 1] ? ", "
						: " or ",
			      g->words[i]);
	s->initial = g->words[g->initial];
}

/* Each takes from *i what it has, and says whether the wanted row was among them. */
static bool in_captures(unsigned int *i, struct listed_setting *s)
{
	const struct capture_param *p;
	unsigned int k;

	for (k = 0; captures[k]; k++) {
		if (captures[k]->base && !(*i)--) {
			of_set(captures[k], s);
			return true;
		}
		for (p = captures[k]->params; p && p->name; p++) {
			if (!(*i)--) {
				of_capture(captures[k], p, s);
				return true;
			}
		}
	}
	return false;
}

static bool in_generators(unsigned int *i, struct listed_setting *s)
{
	static char initial[24];
	const struct generator_setting *g;
	unsigned int k;

	for (k = 0; generators[k]; k++) {
		for (g = generators[k]->settings; g && g->name; g++) {
			if (!(*i)--) {
				of_generator(generators[k], g, s, initial);
				return true;
			}
		}
	}
	return false;
}

bool setting_listed(unsigned int i, struct listed_setting *s)
{
	const struct trial_setting *t;
	const struct knob *k;

	for (t = trial_settings; t->key; t++) {
		if (!i--) {
			of_trial(t, s);
			return true;
		}
	}
	if (!i--) {
		of_trial(&kernel_setting, s);
		return true;
	}
	for (k = knobs; k->name; k++) {
		if (!i--) {
			of_dut(k, s);
			return true;
		}
	}
	return in_captures(&i, s) || in_generators(&i, s);
}

bool setting_is_of(const struct listed_setting *s, const char *name)
{
	const struct capture_ops *ops = capture_find(name);

	return !strcmp(s->of, name) || !strcmp(s->key, trial_setting_name(name)) ||
	       (ops && ops->base && !strcmp(s->of, ops->base));
}

const char *setting_meant(const char *name)
{
	static char best[40];
	struct nearest n;
	struct listed_setting s;
	unsigned int i;

	nearest_begin(&n, name);
	for (i = 0; captures[i]; i++)
		nearest_try(&n, captures[i]->name);
	for (i = 0; generators[i]; i++)
		nearest_try(&n, generators[i]->name);
	snprintf(best, sizeof(best), "%s", n.best ? n.best : "");
	/* A key of the list is gone with its row: the nearest is kept. */
	for (i = 0; setting_listed(i, &s); i++) {
		nearest_try(&n, s.key);
		if (n.best == s.key)
			n.best = strcpy(best, s.key);
	}
	return best[0] ? best : NULL;
}
