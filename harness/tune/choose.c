// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tune/choose.h"
#include "harness/tune/front.h"
#include "harness/util/random.h"

#define ALL_MAX 4096 /* settings of which each is a candidate; of larger spaces some are */

#define DRAWS 32 /* outcomes of a candidate */
#define GRID 2500 /* places at which the volume beyond the front is looked at */
#define SQUEEZED_MOST 5 /* units: beyond it all are equally bad */
#define STREAM_DRAWS 1
#define STREAM_GRID 2
#define STREAM_CANDIDATES 3

static bool is_taken(const struct chooser *c, const struct tune_ask *asked, size_t n, const struct tune_setting *at)
{
	for (size_t i = 0; i < n; i++)
		if (tune_same(&c->t->o.space, &asked[i].at, at))
			return true;
	for (size_t i = 0; i < c->n_candidates; i++)
		if (c->n_candidates < ALL_MAX && tune_same(&c->t->o.space, &c->candidates[i], at))
			return true;
	return tune_find(c->t, at, false) >= 0 || tune_refused(c->t, at);
}

static void all_candidates(struct chooser *c, const struct tune_ask *asked, size_t n)
{
	size_t settings = tune_settings(&c->t->o.space);
	struct tune_setting at;
	size_t kept = 0;

	for (size_t i = 0; i < settings; i++) {
		tune_setting_at(&c->t->o.space, i, &at);
		c->n_candidates = 0;
		if (!is_taken(c, asked, n, &at))
			c->candidates[kept++] = at;
	}
	c->n_candidates = kept;
}

static void consider(struct chooser *c, const struct tune_ask *asked, size_t n, const struct tune_setting *at)
{
	if (c->n_candidates < ALL_MAX - 1 && !is_taken(c, asked, n, at))
		c->candidates[c->n_candidates++] = *at;
}

/* One knob moved, from each of the front's settings. */
static void neighbours(struct chooser *c, const struct tune_ask *asked, size_t n, const bool *on)
{
	const struct tune_space *s = &c->t->o.space;

	for (size_t i = 0; i < c->t->n_points; i++)
		for (size_t k = 0; on[i] && k < s->n; k++)
			for (size_t l = 0; l < s->knobs[k].n; l++) {
				struct tune_setting at = c->t->points[i].at;

				at.level[k] = (uint8_t)l;
				consider(c, asked, n, &at);
			}
}

/* Each knob as one of two settings of the front has it, and one more moved: what good settings have in common stays. */
static void crossed(struct chooser *c, const struct tune_ask *asked, size_t n, const bool *on)
{
	const struct tune_space *s = &c->t->o.space;
	struct random r;

	random_init(&r, c->t->asked, STREAM_CANDIDATES);
	for (size_t tries = 0; tries < 4000 && c->n_candidates < ALL_MAX / 2; tries++) {
		const struct tune_point *a = &c->t->points[random_next(&r) % c->t->n_points];
		const struct tune_point *b = &c->t->points[random_next(&r) % c->t->n_points];
		struct tune_setting at = a->at;
		size_t k = random_next(&r) % s->n;

		if (!on[a - c->t->points])
			continue;
		for (size_t i = 0; i < s->n; i++)
			if (random_next(&r) % 2)
				at.level[i] = b->at.level[i];
		at.level[k] = (uint8_t)(random_next(&r) % s->knobs[k].n);
		consider(c, asked, n, &at);
	}
}

static int candidates_find(struct chooser *c, const struct tune_ask *asked, size_t n)
{
	static bool on[TUNE_TRIALS_MAX];

	c->candidates = malloc((ALL_MAX + 1) * sizeof(*c->candidates));
	if (!c->candidates)
		return -ENOMEM;
	if (tune_settings(&c->t->o.space) <= ALL_MAX) {
		all_candidates(c, asked, n);
		return 0;
	}
	tune_front(c->t, on);
	neighbours(c, asked, n, on);
	crossed(c, asked, n, on);
	return 0;
}

/* What is far worse than most says little of what is best, and would bend all that lies around it: it is drawn nearer. */
static double squeeze(const struct chooser *c, enum tune_measure m, double bent)
{
	double over = bent - c->middle[m], unit = c->unit[m];

	return unit > 0 && over > 0 ? c->middle[m] + unit * log1p(over / unit) : bent;
}

static double unsqueeze(const struct chooser *c, enum tune_measure m, double y)
{
	double over = y - c->middle[m], unit = c->unit[m];

	return unit > 0 && over > 0 ? c->middle[m] + unit * expm1(fmin(over / unit, SQUEEZED_MOST)) : y;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The unit is what the better half of the settings spreads over. */
static void squeeze_find(struct chooser *c, enum tune_measure m)
{
	double y[TUNE_TRIALS_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < c->t->n_points; i++)
		if (tune_counts(&c->t->points[i]))
			y[n++] = tune_measure_bend(m, c->t->points[i].of[m]);
	qsort(y, n, sizeof(*y), by_value);
	c->middle[m] = y[n / 2];
	c->unit[m] = y[n / 2] - y[0];
}

/* What is on its way counts as if it had come as expected: else all of a round would ask for the same. */
static size_t learn_from(const struct chooser *c, enum tune_measure m, const struct tune_ask *asked, size_t n,
			 const struct surrogate *first, struct tune_setting *at, double *y)
{
	size_t known = 0;
	double sd;

	for (size_t i = 0; i < c->t->n_points; i++)
		if (tune_counts(&c->t->points[i])) {
			at[known] = c->t->points[i].at;
			y[known++] = squeeze(c, m, tune_measure_bend(m, c->t->points[i].of[m]));
		}
	for (size_t i = 0; first && i < n; i++) {
		at[known] = asked[i].at;
		surrogate_expect(first, &asked[i].at, &y[known++], &sd);
	}
	return known;
}

static int learn(struct chooser *c, enum tune_measure m, const struct tune_ask *asked, size_t n)
{
	static struct tune_setting at[TUNE_TRIALS_MAX + TUNE_AT_ONCE_MAX];
	static double y[TUNE_TRIALS_MAX + TUNE_AT_ONCE_MAX];
	struct surrogate first;
	size_t known = learn_from(c, m, asked, n, NULL, at, y);
	int ret = surrogate_learn(&first, &c->t->o.space, at, y, known, NULL, true);

	if (!ret && !n) {
		c->of[m] = first;
		return 0;
	}
	if (!ret) {
		known = learn_from(c, m, asked, n, &first, at, y);
		ret = surrogate_learn(&c->of[m], &c->t->o.space, at, y, known, &first, false);
	}
	surrogate_free(&first);
	return ret;
}

int chooser_begin(struct chooser *c, struct tune *t, const struct tune_ask *asked, size_t n)
{
	int ret;

	memset(c, 0, sizeof(*c));
	c->t = t;
	tune_known(t, c->known);
	tune_scales(t, c->least, c->scale);
	ret = candidates_find(c, asked, n);
	for (int m = 0; !ret && m < TUNE_MEASURES; m++)
		if (c->known[m]) {
			squeeze_find(c, m);
			ret = learn(c, m, asked, n);
		}
	return ret;
}

void chooser_end(struct chooser *c)
{
	for (int m = 0; m < TUNE_MEASURES; m++)
		surrogate_free(&c->of[m]);
	free(c->candidates);
	memset(c, 0, sizeof(*c));
}

double chooser_value(const struct chooser *c, enum tune_measure m, double y)
{
	return tune_measure_unbend(m, unsqueeze(c, m, y));
}

void chooser_expect(const struct chooser *c, const struct tune_setting *at, double *values)
{
	double mean, sd;

	for (int m = 0; m < TUNE_MEASURES; m++) {
		values[m] = NAN;
		if (!c->known[m])
			continue;
		surrogate_expect(&c->of[m], at, &mean, &sd);
		values[m] = chooser_value(c, m, mean);
	}
}

/* Standard normal numbers, the same for every candidate: what differs between two is theirs. */
static void draws_make(double draws[DRAWS][TUNE_MEASURES])
{
	struct random r;

	random_init(&r, 0, STREAM_DRAWS);
	for (int i = 0; i < DRAWS; i++)
		for (int m = 0; m < TUNE_MEASURES; m++)
			draws[i][m] = sqrt(2 * random_exponential(&r)) * cos(2 * M_PI * random_unit(&r));
}

struct outlook {
	double mean[TUNE_MEASURES], sd[TUNE_MEASURES];
};

static void outlook_make(const struct chooser *c, size_t i, struct outlook *o)
{
	for (int m = 0; m < TUNE_MEASURES; m++)
		if (c->known[m])
			surrogate_expect(&c->of[m], &c->candidates[i], &o->mean[m], &o->sd[m]);
}

static double drawn(const struct chooser *c, const struct outlook *o, const double *draw, enum tune_measure m)
{
	return c->known[m] ? chooser_value(c, m, o->mean[m] + o->sd[m] * draw[m]) : NAN;
}

/* The front's dimensions, scaled from least to most: places beyond it, each with the volume that it stands for. */
struct beyond {
	size_t dimensions, n;
	enum tune_measure of[TUNE_MEASURES];
	double at[GRID][TUNE_MEASURES], weight[GRID];
};

static bool reaches(const struct beyond *b, const double *scaled, const double *place)
{
	for (size_t d = 0; d < b->dimensions; d++)
		if (scaled[d] > place[d])
			return false;
	return true;
}

static void scale_to(const struct chooser *c, const struct beyond *b, const double *values, double *scaled)
{
	for (size_t d = 0; d < b->dimensions; d++)
		scaled[d] = (values[b->of[d]] - c->least[b->of[d]]) / c->scale[b->of[d]];
}

static bool front_reaches(const struct chooser *c, const struct beyond *b, const double *place)
{
	double scaled[TUNE_MEASURES];

	for (size_t i = 0; i < c->t->n_points; i++) {
		if (!tune_counts(&c->t->points[i]))
			continue;
		scale_to(c, b, c->t->points[i].of, scaled);
		if (reaches(b, scaled, place))
			return true;
	}
	return false;
}

/* Denser towards the least, where fronts are, and weighted by that. */
static void beyond_find(const struct chooser *c, struct beyond *b)
{
	struct random r;

	b->dimensions = b->n = 0;
	for (int m = 0; m < TUNE_MEASURES; m++)
		if (c->known[m] && m != TUNE_P50 && c->scale[m] > 0)
			b->of[b->dimensions++] = m;
	random_init(&r, 0, STREAM_GRID);
	for (int i = 0; i < GRID; i++) {
		b->weight[b->n] = 1.0 / GRID;
		for (size_t d = 0; d < b->dimensions; d++) {
			double u = random_unit(&r);

			/* From a little below the least that was seen: better ones are to count. */
			b->at[b->n][d] = -0.1 + (FRONT_REFERENCE + 0.1) * u * u;
			b->weight[b->n] *= 2 * u;
		}
		b->n += b->dimensions && !front_reaches(c, b, b->at[b->n]);
	}
}

static double volume_gained(const struct chooser *c, const struct beyond *b, const struct outlook *o,
			    const double draws[DRAWS][TUNE_MEASURES])
{
	double gain = 0, values[TUNE_MEASURES], scaled[TUNE_MEASURES];

	for (int i = 0; i < DRAWS; i++) {
		for (int m = 0; m < TUNE_MEASURES; m++)
			values[m] = drawn(c, o, draws[i], m);
		scale_to(c, b, values, scaled);
		for (size_t n = 0; n < b->n; n++)
			gain += reaches(b, scaled, b->at[n]) ? b->weight[n] : 0;
	}
	return gain / DRAWS;
}

long choose_front(const struct chooser *c, double *gain)
{
	static struct beyond beyond;
	double draws[DRAWS][TUNE_MEASURES];
	long best = -1;

	*gain = 0;
	draws_make(draws);
	beyond_find(c, &beyond);
	for (size_t i = 0; beyond.n && i < c->n_candidates; i++) {
		struct outlook o;
		double found;

		outlook_make(c, i, &o);
		found = volume_gained(c, &beyond, &o, draws);
		if (found > *gain) {
			*gain = found;
			best = (long)i;
		}
	}
	return best;
}

/* How much better than the best answer so far: first of what the limits are exceeded by, then of the least. */
static double wish_gained(const struct chooser *c, const double *values, const double *best)
{
	const struct tune_wish *w = &c->t->o.wish;
	double excess = 0, was = 0, scale = c->scale[w->least] > 0 ? c->scale[w->least] : 1;

	for (int m = 0; m < TUNE_MEASURES; m++)
		if (c->known[m] && c->scale[m] > 0) {
			excess += tune_wish_excess(w, values, m) / c->scale[m];
			was += tune_wish_excess(w, best, m) / c->scale[m];
		}
	if (was > 0)
		return fmax(0, was - excess);
	return excess > 0 ? 0 : fmax(0, (best[w->least] - values[w->least]) / scale);
}

/* The one knob in which they differ, or -1. */
static long moved_knob(const struct chooser *c, const struct tune_setting *a, const struct tune_setting *b)
{
	long moved = -1;

	for (size_t k = 0; k < c->t->o.space.n; k++)
		if (a->level[k] != b->level[k]) {
			if (moved >= 0)
				return -1;
			moved = (long)k;
		}
	return moved;
}

/* The knob of which the fewest levels were tried beside this setting, of those with any left; -1: all were. */
static long least_tried(const struct chooser *c, const struct tune_setting *at)
{
	size_t tried[TUNE_KNOBS_MAX] = { 0 };
	bool left[TUNE_KNOBS_MAX] = { 0 };
	long best = -1, k;

	for (size_t i = 0; i < c->t->n_points; i++)
		if ((k = moved_knob(c, &c->t->points[i].at, at)) >= 0)
			tried[k]++;
	for (size_t i = 0; i < c->n_candidates; i++)
		if ((k = moved_knob(c, &c->candidates[i], at)) >= 0)
			left[k] = true;
	for (size_t i = 0; i < c->t->o.space.n; i++)
		if (left[i] && (best < 0 || tried[i] < tried[best]))
			best = (long)i;
	return best;
}

long choose_wish(const struct chooser *c, bool near, double *gain)
{
	long answer = tune_answer(c->t, &c->t->o.wish), best = -1;
	long knob = near && answer >= 0 ? least_tried(c, &c->t->points[answer].at) : -1;
	double draws[DRAWS][TUNE_MEASURES];

	*gain = 0;
	draws_make(draws);
	for (size_t i = 0; answer >= 0 && i < c->n_candidates; i++) {
		struct outlook o;
		double sum = 0, values[TUNE_MEASURES];

		if (near && (knob < 0 || moved_knob(c, &c->candidates[i], &c->t->points[answer].at) != knob))
			continue;
		outlook_make(c, i, &o);
		for (int d = 0; d < DRAWS; d++) {
			for (int m = 0; m < TUNE_MEASURES; m++)
				values[m] = drawn(c, &o, draws[d], m);
			sum += wish_gained(c, values, c->t->points[answer].of) / DRAWS;
		}
		if (sum > *gain) {
			*gain = sum;
			best = (long)i;
		}
	}
	return best;
}
