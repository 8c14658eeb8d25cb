// SPDX-License-Identifier: GPL-2.0-or-later
/* What the measured settings say together. */
#include <math.h>
#include <string.h>

#include "harness/tune/front.h"
#include "harness/tune/tune.h"

/* The measures whose volume is the front's: p50 mostly says what p99 does. */
static const enum tune_measure in_volume[] = { TUNE_LOSS, TUNE_P99, TUNE_CPU, TUNE_IRQ };
#define N_VOLUME (sizeof(in_volume) / sizeof(in_volume[0]))

bool tune_counts(const struct tune_point *p)
{
	return p->valid && !p->twin;
}

long tune_find(const struct tune *t, const struct tune_setting *at, bool twin)
{
	for (size_t i = 0; i < t->n_points; i++)
		if (t->points[i].twin == twin && tune_same(&t->o.space, &t->points[i].at, at))
			return (long)i;
	return -1;
}

void tune_known(const struct tune *t, bool known[TUNE_MEASURES])
{
	for (int m = 0; m < TUNE_MEASURES; m++) {
		known[m] = false;
		for (size_t i = 0; i < t->n_points; i++)
			if (tune_counts(&t->points[i])) {
				known[m] = !isnan(t->points[i].of[m]);
				if (!known[m])
					break;
			}
	}
}

void tune_scales(const struct tune *t, double least[TUNE_MEASURES], double scale[TUNE_MEASURES])
{
	for (int m = 0; m < TUNE_MEASURES; m++) {
		double low = INFINITY, high = -INFINITY;

		for (size_t i = 0; i < t->n_points; i++)
			if (tune_counts(&t->points[i])) {
				low = fmin(low, t->points[i].of[m]);
				high = fmax(high, t->points[i].of[m]);
			}
		least[m] = low;
		scale[m] = high > low ? high - low : 0;
	}
}

/* Fewer moved knobs are the better answer where nothing else differs. */
static bool is_better(const struct tune *t, const struct tune_wish *w, size_t i, size_t j, const double *scale)
{
	const struct tune_point *a = &t->points[i], *b = &t->points[j];

	if (tune_wish_better(w, a->of, b->of, scale))
		return true;
	return !tune_wish_better(w, b->of, a->of, scale) &&
	       tune_changed(&t->o.space, &a->at) < tune_changed(&t->o.space, &b->at);
}

long tune_answer(const struct tune *t, const struct tune_wish *w)
{
	double least[TUNE_MEASURES], scale[TUNE_MEASURES];
	long best = -1;

	tune_scales(t, least, scale);
	for (size_t i = 0; i < t->n_points; i++)
		if (tune_counts(&t->points[i]) && (best < 0 || is_better(t, w, i, (size_t)best, scale)))
			best = (long)i;
	return best;
}

size_t tune_front(const struct tune *t, bool *on)
{
	static struct front_point points[TUNE_TRIALS_MAX];
	static bool found[TUNE_TRIALS_MAX];
	static size_t at[TUNE_TRIALS_MAX];
	bool known[TUNE_MEASURES];
	size_t n = 0, front;

	tune_known(t, known);
	memset(on, 0, t->n_points * sizeof(*on));
	for (size_t i = 0; i < t->n_points; i++) {
		size_t d = 0;

		if (!tune_counts(&t->points[i]))
			continue;
		for (int m = 0; m < TUNE_MEASURES; m++)
			if (known[m])
				points[n].at[d++] = t->points[i].of[m];
		for (; d < FRONT_DIMENSIONS_MAX; d++)
			points[n].at[d] = 0;
		at[n++] = i;
	}
	front = front_find(points, n, FRONT_DIMENSIONS_MAX, found);
	for (size_t i = 0; i < n; i++)
		on[at[i]] = found[i];
	return front;
}

bool tune_refused(const struct tune *t, const struct tune_setting *at)
{
	for (size_t k = 0; k < t->o.space.n; k++) {
		bool failed = false, worked = false;

		for (size_t i = 0; i < t->n_points; i++)
			if (t->points[i].at.level[k] == at->level[k]) {
				failed = failed || t->points[i].refused;
				worked = worked || t->points[i].valid;
			}
		if (failed && !worked)
			return true;
	}
	return false;
}

bool tune_as_default(const struct tune *t, const struct tune_point *p)
{
	bool known[TUNE_MEASURES];

	tune_known(t, known);
	for (int m = 0; m < TUNE_MEASURES; m++)
		if (known[m] && p->all[0][m] != t->points[0].all[0][m])
			return false;
	return tune_counts(p);
}

double tune_volume(const struct tune *t, const double *least, const double *scale)
{
	static struct front_point points[TUNE_TRIALS_MAX];
	bool known[TUNE_MEASURES];
	size_t n = 0, dimensions = 0;

	tune_known(t, known);
	for (size_t v = 0; v < N_VOLUME; v++)
		dimensions += known[in_volume[v]] && scale[in_volume[v]] > 0;
	for (size_t i = 0; i < t->n_points; i++) {
		size_t d = 0;

		if (!tune_counts(&t->points[i]))
			continue;
		for (size_t v = 0; v < N_VOLUME; v++) {
			enum tune_measure m = in_volume[v];

			if (known[m] && scale[m] > 0)
				points[n].at[d++] = (t->points[i].of[m] - least[m]) / scale[m];
		}
		n++;
	}
	return dimensions && n ? front_volume(points, n, dimensions) : 0;
}
