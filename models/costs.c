// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/costs.h"
#include "models/interval.h"

#define UNIFORM_SD 0.28867513459481287 /* of 0 to 1: 1 / sqrt(12) */

const char *point_heart(const struct point *p)
{
	return *p->base ? p->base : p->capture;
}

static double ratio(const struct point *p)
{
	return p->interrupts / p->carried;
}

static size_t name_index(const char **names, size_t *n, const char *name)
{
	size_t k = 0;

	while (k < *n && strcmp(names[k], name))
		k++;
	if (k == *n)
		names[(*n)++] = name;
	return k;
}

static int find_name(const char *const *names, size_t n, const char *name)
{
	for (size_t k = 0; k < n; k++)
		if (strcmp(names[k], name) == 0)
			return (int)k;
	return -1;
}

static size_t common_column(const struct costs *k, int which)
{
	return k->n_families + k->n_hearts + (size_t)which;
}

/*
 * Up to how many interrupts a frame the trials of a family enter: COSTS_X_MOST, or its second least where it has less
 * than two below.
 */
static double family_limit(const struct points *points, const bool *teaches, const char *family)
{
	double least = INFINITY, second = INFINITY;

	for (size_t i = 0; i < points->n; i++) {
		double x = ratio(&points->p[i]);

		if (!teaches[i] || strcmp(points->p[i].family, family))
			continue;
		if (x < least)
			second = least, least = x;
		else if (x > least && x < second)
			second = x;
	}
	return fmax(COSTS_X_MOST, isfinite(second) ? second : least);
}

static void row_fill(const struct costs *k, const struct point *p, bool switches_known, double *row)
{
	row[costs_family(k, p->family)] = 1;
	row[k->n_families + (size_t)find_name(k->heart, k->n_hearts, point_heart(p))] = p->frame_bytes;
	row[common_column(k, COST_CYCLE)] = ratio(p);
	row[common_column(k, COST_CONSTANT)] = 1 / p->carried;
	row[common_column(k, COST_WAKE)] = switches_known ? p->switches / p->carried : 0;
	row[common_column(k, COST_IDLE)] = p->total_ns / p->carried;
}

/* The least certain of the columns whose cost is below 0 or not distinguishable from it; `columns` if there is none. */
static size_t worst_column(const struct costs *k)
{
	size_t worst = k->columns;
	double least = 1;

	for (size_t c = k->n_families; c < k->columns; c++) {
		double sd = sqrt(k->fit.cov[c * k->columns + c]), b = k->fit.b[c], sure = sd > 0 ? b / sd : INFINITY;

		if (k->use[c] && (b < 0 || sure < least))
			worst = c, least = b < 0 ? -INFINITY : sure;
	}
	return worst;
}

static int fit_what_shows(struct costs *k, const double *rows, const double *y, size_t n)
{
	for (;;) {
		int ret = leastsq_fit(rows, y, n, k->columns, k->use, &k->fit);
		size_t worst = ret ? k->columns : worst_column(k);

		if (worst == k->columns)
			return ret;
		leastsq_free(&k->fit);
		k->use[worst] = false;
	}
}

static int line_fit_all(const struct points *points, const bool *teaches, struct costs *k)
{
	double *rows = calloc(points->n * k->columns + 1, sizeof(*rows)), *y = calloc(points->n + 1, sizeof(*y));
	bool switches_known = true;
	int ret = -ENOMEM;

	for (size_t i = 0; i < points->n; i++)
		switches_known &= !teaches[i] || !isnan(points->p[i].switches);
	for (size_t i = 0; rows && y && i < points->n; i++) {
		const struct point *p = &points->p[i];

		if (!teaches[i] || ratio(p) > family_limit(points, teaches, p->family))
			continue;
		row_fill(k, p, switches_known, rows + k->n_trials * k->columns);
		y[k->n_trials++] = p->busy_ns / p->carried;
	}
	if (rows && y)
		ret = fit_what_shows(k, rows, y, k->n_trials);
	free(rows);
	free(y);
	return ret;
}

/* By a straight line where there are three dedicated trials or more. */
static void interrupt_find(const struct points *points, const bool *dedicated, struct costs *k)
{
	double *x = calloc(points->n + 1, sizeof(*x)), *y = calloc(points->n + 1, sizeof(*y));
	struct cost cycle = costs_common(k, COST_CYCLE);
	struct line_fit line;
	size_t n = 0;

	for (size_t i = 0; x && y && i < points->n; i++) {
		const struct point *p = &points->p[i];

		if (!dedicated[i])
			continue;
		x[n] = ratio(p);
		y[n++] = (p->busy_ns - costs_common(k, COST_CONSTANT).value -
			  costs_common(k, COST_IDLE).value * p->total_ns) /
			 p->carried;
	}
	k->interrupt_measured = n >= 3 && line_fit(x, y, n, &line) && line.b > 0;
	k->interrupt = k->interrupt_measured ? (struct cost) { line.b, line.se_b }
					     : (struct cost) { cycle.value / 2, cycle.value * UNIFORM_SD };
	free(x);
	free(y);
}

static int names_find(const struct points *points, const bool *teaches, struct costs *k)
{
	k->family = calloc(points->n + 1, sizeof(*k->family));
	k->heart = calloc(points->n + 1, sizeof(*k->heart));
	if (!k->family || !k->heart)
		return -ENOMEM;
	for (size_t i = 0; i < points->n; i++) {
		if (!teaches[i])
			continue;
		name_index(k->family, &k->n_families, points->p[i].family);
		name_index(k->heart, &k->n_hearts, point_heart(&points->p[i]));
	}
	k->columns = common_column(k, COST_COMMON);
	k->use = calloc(k->columns, sizeof(*k->use));
	for (size_t c = 0; k->use && c < k->columns; c++)
		k->use[c] = true;
	return k->use ? 0 : -ENOMEM;
}

int costs_fit(const struct points *points, const bool *teaches, const bool *dedicated, struct costs *k, struct err *e)
{
	int ret;

	memset(k, 0, sizeof(*k));
	ret = names_find(points, teaches, k);
	if (!ret)
		ret = line_fit_all(points, teaches, k);
	if (ret) {
		costs_free(k);
		return err_set(e, ret, "out of memory");
	}
	interrupt_find(points, dedicated, k);
	return 0;
}

void costs_free(struct costs *k)
{
	leastsq_free(&k->fit);
	free(k->family);
	free(k->heart);
	free(k->use);
	memset(k, 0, sizeof(*k));
}

static struct cost column_cost(const struct costs *k, size_t c)
{
	return (struct cost) { k->fit.b[c], sqrt(k->fit.cov[c * k->columns + c]) };
}

struct cost costs_common(const struct costs *k, int which)
{
	return column_cost(k, common_column(k, which));
}

int costs_family(const struct costs *k, const char *family)
{
	return find_name(k->family, k->n_families, family);
}

struct cost costs_frame(const struct costs *k, int family)
{
	return column_cost(k, (size_t)family);
}

struct cost costs_byte(const struct costs *k, const char *heart)
{
	int h = find_name(k->heart, k->n_hearts, heart);

	return h < 0 ? (struct cost) { 0, NAN } : column_cost(k, k->n_families + (size_t)h);
}

/* Variance of g b, with the covariances: errors of different costs partly cancel. */
static double variance(const struct costs *k, const double *g)
{
	double sum = 0;

	for (size_t i = 0; i < k->columns; i++)
		for (size_t j = 0; j < k->columns && g[i] != 0; j++)
			sum += g[i] * g[j] * k->fit.cov[i * k->columns + j];
	return sum;
}

static double square(double x)
{
	return x * x;
}

struct cost costs_saturated(const struct costs *k, int family, const char *heart, double bytes, double interrupts)
{
	double woken = strcmp(heart, COSTS_NO_READER) ? 1.0 / NAPI_WEIGHT : 0;
	double g[k->columns], value = 0, rest;
	struct cost poll = { fmax(costs_common(k, COST_CYCLE).value - k->interrupt.value, 0), 0 };
	int h = find_name(k->heart, k->n_hearts, heart);

	memset(g, 0, sizeof(g));
	g[family] = 1;
	if (h >= 0)
		g[k->n_families + (size_t)h] = bytes;
	g[common_column(k, COST_WAKE)] = woken / 2;
	for (size_t c = 0; c < k->columns; c++)
		value += g[c] * k->fit.b[c];
	value += interrupts * k->interrupt.value + poll.value / 2 / NAPI_WEIGHT;
	rest = square(poll.value * UNIFORM_SD / NAPI_WEIGHT) +
	       square(woken * UNIFORM_SD * costs_common(k, COST_WAKE).value) + square(interrupts * k->interrupt.sd);
	return (struct cost) { value, sqrt(variance(k, g) + rest) };
}
