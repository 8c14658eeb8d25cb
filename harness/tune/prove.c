// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the answer what it seems, and are the knobs without effect? */
#include <stdio.h>

#include "harness/tune/choose.h"
#include "harness/tune/steps.h"

/* Do the trials say that this knob matters for nothing that is measured? */
static bool is_inert(const struct chooser *c, size_t k)
{
	for (int m = 0; m < TUNE_MEASURES; m++)
		if (c->known[m] && c->of[m].a[k] > 0)
			return false;
	return c->t->o.space.knobs[k].n > 1;
}

static void groups_make(struct tune *t)
{
	struct chooser c;
	uint32_t all = 0;

	t->groups_made = true;
	if (!chooser_begin(&c, t, NULL, 0))
		for (size_t k = 0; k < t->o.space.n; k++)
			all |= is_inert(&c, k) ? 1u << k : 0;
	chooser_end(&c);
	if (all)
		t->groups[t->n_groups++] = all;
}

static struct tune_setting moved(const struct tune *t, uint32_t group)
{
	struct tune_setting at;

	tune_initial(&t->o.space, &at);
	for (size_t k = 0; k < t->o.space.n; k++)
		if (group >> k & 1)
			at.level[k] = (uint8_t)(t->o.space.knobs[k].initial ? 0 : t->o.space.knobs[k].n - 1);
	return at;
}

/* A group that has some effect is looked at by halves. */
static void halve(struct tune *t, uint32_t group)
{
	uint32_t half = 0, left = group;

	if (__builtin_popcount(group) < 2 || t->n_groups + 2 > sizeof(t->groups) / sizeof(t->groups[0]))
		return;
	for (int i = __builtin_popcount(group) / 2; i > 0; i--) {
		half |= left & -left;
		left &= left - 1;
	}
	t->groups[t->n_groups++] = half;
	t->groups[t->n_groups++] = left;
}

/* All knobs that seem to have no effect, moved together: if the trial says the same as the default's, none has. */
static bool next_inert(struct tune *t, struct tune_ask *k)
{
	if (!t->groups_made)
		groups_make(t);
	for (; t->group < t->n_groups && t->asked < t->o.trials; t->group++) {
		struct tune_setting at = moved(t, t->groups[t->group]);
		long i = tune_find(t, &at, false);

		if (i < 0) {
			snprintf(k->reason, sizeof(k->reason),
				 "prove: what seems to have no effect, moved together from the default");
			return step_ask(t, &at, false, TUNE_PROVE, k);
		}
		if (t->points[i].added < t->points[i].asked)
			return false;
		if (t->points[i].valid && !tune_as_default(t, &t->points[i]))
			halve(t, t->groups[t->group]);
	}
	return false;
}

/* The answer without all that seems to have no effect: what it happened to be tried with is no part of it. */
static bool next_stripped(struct tune *t, struct tune_ask *k)
{
	long answer = tune_answer(t, &t->o.wish);
	struct tune_setting at;
	struct chooser c;

	if (answer < 0 || t->asked >= t->o.trials)
		return false;
	at = t->points[answer].at;
	if (!chooser_begin(&c, t, NULL, 0))
		for (size_t i = 0; i < t->o.space.n; i++)
			if (is_inert(&c, i))
				at.level[i] = (uint8_t)t->o.space.knobs[i].initial;
	chooser_end(&c);
	if (tune_find(t, &at, false) >= 0)
		return false;
	snprintf(k->reason, sizeof(k->reason), "prove: the answer without what seems to have no effect");
	return step_ask(t, &at, false, TUNE_PROVE, k);
}

static bool next_proof(struct tune *t, struct tune_ask *k)
{
	long answer = tune_answer(t, &t->o.wish);
	const struct tune_space *s = &t->o.space;

	for (size_t i = 0; answer >= 0 && t->asked < t->o.trials && i < s->n; i++) {
		struct tune_setting at = t->points[answer].at;

		if (at.level[i] == s->knobs[i].initial)
			continue;
		at.level[i] = (uint8_t)s->knobs[i].initial;
		if (tune_find(t, &at, false) >= 0)
			continue;
		snprintf(k->reason, sizeof(k->reason), "prove: the answer without its %s", s->knobs[i].name);
		return step_ask(t, &at, false, TUNE_PROVE, k);
	}
	return false;
}

bool step_prove(struct tune *t, struct tune_ask *k)
{
	return next_stripped(t, k) || next_proof(t, k) || next_inert(t, k);
}
