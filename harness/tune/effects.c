// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "harness/tune/effects.h"

#define FREE ((size_t)-1) /* a knob that stays as each setting has it */

/* Mean on the bent scale over the settings learned from, with knob i at level a and knob j at level b. */
static double mean_at(const struct chooser *c, enum tune_measure m, size_t i, size_t a, size_t j, size_t b)
{
	const struct surrogate *s = &c->of[m];
	double sum = 0, mean, sd;

	for (size_t p = 0; p < s->n; p++) {
		struct tune_setting at = s->at[p];

		if (i != FREE)
			at.level[i] = (uint8_t)a;
		if (j != FREE)
			at.level[j] = (uint8_t)b;
		surrogate_expect(s, &at, &mean, &sd);
		sum += mean;
	}
	return sum / (double)s->n;
}

void effects_single(const struct chooser *c, size_t knob, enum tune_measure m, double *values)
{
	for (size_t l = 0; l < c->t->o.space.knobs[knob].n; l++)
		values[l] = chooser_value(c, m, mean_at(c, m, knob, l, FREE, 0));
}

double effects_pair(const struct chooser *c, size_t i, size_t j, enum tune_measure m, size_t levels[2])
{
	const struct tune_knob *x = &c->t->o.space.knobs[i], *y = &c->t->o.space.knobs[j];
	double alone[TUNE_LEVELS_MAX], most = 0;

	levels[0] = x->initial;
	levels[1] = y->initial;
	if (c->of[m].a[i] <= 0 || c->of[m].a[j] <= 0)
		return 0;
	for (size_t b = 0; b < y->n; b++)
		alone[b] = mean_at(c, m, i, x->initial, j, b);
	for (size_t a = 0; a < x->n; a++) {
		double single = mean_at(c, m, i, a, j, y->initial);

		for (size_t b = 0; b < y->n; b++) {
			double more = mean_at(c, m, i, a, j, b) - single - alone[b] + alone[y->initial];

			if (a != x->initial && b != y->initial && fabs(more) > fabs(most)) {
				most = more;
				levels[0] = a;
				levels[1] = b;
			}
		}
	}
	return most;
}
