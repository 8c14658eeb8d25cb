// SPDX-License-Identifier: GPL-2.0-or-later
/* What the measured settings say together. */
#include <math.h>
#include <string.h>

#include "harness/tune/front.h"
#include "harness/tune/tune.h"

/* The measures whose volume is the front's: p50 mostly says what p99 does. */
static const enum tune_measure in_volume[] = { TUNE_LOSS, TUNE_P99, TUNE_CPU, TUNE_IRQ };
#define AS_GOOD 0.005 /* of the measure that is to be least */
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

static long best_of(const struct tune *t, const struct tune_wish *w, size_t trials, const double *scale)
{
	long best = -1;

	for (size_t i = 0; i < t->n_points; i++)
		if (tune_counts(&t->points[i]) && t->points[i].valid >= trials &&
		    (best < 0 || tune_wish_better(w, t->points[i].of, t->points[best].of, scale)))
			best = (long)i;
	return best;
}

/* Is the point as good as the best one, but for what nobody would turn a knob for? */
static bool is_as_good(const struct tune_wish *w, const struct tune_point *p, const struct tune_point *best)
{
	double least = best->of[w->least];

	for (int m = 0; m < TUNE_MEASURES; m++)
		if (tune_wish_excess(w, p->of, m) > tune_wish_excess(w, best->of, m))
			return false;
	return p->of[w->least] <= least + AS_GOOD * fabs(least);
}

/* Of answers as good, first the one that more trials confirm, then the one that moves fewer knobs. */
static long answer_of(const struct tune *t, const struct tune_wish *w, size_t trials)
{
	double least[TUNE_MEASURES], scale[TUNE_MEASURES];
	long best, answer;

	tune_scales(t, least, scale);
	answer = best = best_of(t, w, trials, scale);
	for (size_t i = 0; best >= 0 && i < t->n_points; i++) {
		const struct tune_point *p = &t->points[i], *a = &t->points[answer];
		size_t moved = tune_changed(&t->o.space, &p->at), most = tune_changed(&t->o.space, &a->at);

		if (!tune_counts(p) || p->valid < trials || !is_as_good(w, p, &t->points[best]) || p->valid < a->valid)
			continue;
		if (p->valid > a->valid || moved < most || (moved == most && tune_wish_better(w, p->of, a->of, scale)))
			answer = (long)i;
	}
	return answer;
}

long tune_answer(const struct tune *t, const struct tune_wish *w)
{
	return answer_of(t, w, 1);
}

long tune_final(const struct tune *t)
{
	long confirmed = t->confirmed ? answer_of(t, &t->o.wish, t->o.confirm + 1) : -1;

	return confirmed >= 0 ? confirmed : tune_answer(t, &t->o.wish);
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
