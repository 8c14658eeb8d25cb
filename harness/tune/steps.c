// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/tune/steps.h"

/* Takes its place among the points. NULL: there is no more room, or it was asked for often enough. */
static struct tune_point *point_ask(struct tune *t, const struct tune_setting *at, bool twin, enum tune_phase phase)
{
	long i = tune_find(t, at, twin);
	struct tune_point *p;

	if (i < 0 && t->n_points == TUNE_TRIALS_MAX)
		return NULL;
	p = &t->points[i < 0 ? (long)t->n_points++ : i];
	if (i < 0)
		*p = (struct tune_point) { .at = *at, .twin = twin, .phase = phase };
	if (p->asked == TUNE_REPEATS_MAX)
		return NULL;
	p->asked++;
	return p;
}

bool step_ask(struct tune *t, const struct tune_setting *at, bool twin, enum tune_phase phase, struct tune_ask *k)
{
	struct tune_point *p = point_ask(t, at, twin, phase);

	if (!p)
		return false;
	k->at = *at;
	k->twin = twin;
	k->phase = phase;
	k->repeat = (unsigned int)p->asked - 1;
	t->asked += phase != TUNE_CONFIRM;
	return true;
}
