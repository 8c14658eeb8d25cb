// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "models/calibrate.h"
#include "models/coalesce.h"

enum kinship { KIN_STEM, KIN_FRAME, KIN_ANY };

#define RATIO_SPREAD_MIN 0.1 /* of interrupts a packet, for a slope to mean anything */

const char *const calibration_rules[] = { "none", "fitted", "borrowed-t_i", "constant-cost", "relative" };

double calibrate_gap(const struct point *p)
{
	return p->rx_usecs >= 1 && p->rx_usecs <= 3 ? NAN : p->rx_usecs / 1e6;
}

bool calibrate_fit(const double *x, const double *y, size_t n, double *a, double *b)
{
	double mx = 0, my = 0, sxx = 0, sxy = 0, low = INFINITY, high = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		mx += x[i] / (double)n;
		my += y[i] / (double)n;
		low = fmin(low, x[i]);
		high = fmax(high, x[i]);
	}
	if (n < 2 || high - low < RATIO_SPREAD_MIN)
		return false;
	for (size_t i = 0; i < n; i++) {
		sxx += (x[i] - mx) * (x[i] - mx);
		sxy += (x[i] - mx) * (y[i] - my);
	}
	*b = sxy / sxx;
	*a = my - *b * mx;
	return true;
}

static double speed(const struct point *p)
{
	if (!p->virtual_clock)
		return 1;
	return p->dut_share > 0 ? p->dut_share : DUT_SHARE_DEFAULT;
}

static bool loss_free(const struct point *p)
{
	return p->ok && p->carried == p->sent && p->busy_ns > 0 && !isnan(p->interrupts);
}

static bool low_load(const struct point *p, const struct calibrate_options *o)
{
	return loss_free(p) && p->asked_pps <= o->max_pps &&
	       p->busy_ns / speed(p) <= o->max_utilisation * p->duration_ns;
}

static bool same_group(const struct calibration *c, const struct point *p)
{
	return c->frame_bytes == p->frame_bytes && strcmp(c->variant, p->variant) == 0;
}

static void groups_make(const struct points *points, struct calibrations *cals)
{
	for (size_t i = 0; i < points->n; i++) {
		const struct point *p = &points->p[i];
		size_t k = 0;

		while (k < cals->n && !same_group(&cals->c[k], p))
			k++;
		cals->of_point[i] = k;
		if (k < cals->n)
			continue;
		cals->c[cals->n++] = (struct calibration) { .variant = p->variant,
							    .capture = p->capture,
							    .base = p->base,
							    .frame_bytes = p->frame_bytes,
							    .latency_base_ns = NAN,
							    .a = NAN,
							    .t_i = NAN,
							    .share = NAN };
	}
}

static double ratio(const struct point *p)
{
	return p->interrupts / p->carried;
}

/* The two trials of group k that span the most, at its lowest loss-free rate. */
static void extremes_mark(const struct points *points, struct calibrations *cals, size_t k)
{
	double lowest = INFINITY;
	size_t most = SIZE_MAX, fewest = SIZE_MAX;

	for (size_t i = 0; i < points->n; i++)
		if (cals->of_point[i] == k && loss_free(&points->p[i]))
			lowest = fmin(lowest, points->p[i].asked_pps);
	for (size_t i = 0; i < points->n; i++) {
		const struct point *p = &points->p[i];

		if (cals->of_point[i] != k || !loss_free(p) || p->asked_pps != lowest)
			continue;
		if (most == SIZE_MAX || ratio(p) > ratio(&points->p[most]))
			most = i;
		if (fewest == SIZE_MAX || ratio(p) < ratio(&points->p[fewest]))
			fewest = i;
	}
	if (most == SIZE_MAX)
		return;
	cals->calibrates[most] = true;
	cals->calibrates[fewest] = true;
	cals->c[k].n = most == fewest ? 1 : 2;
}

/* What a capture is at heart: the one under its knobs. */
static const char *stem(const struct calibration *c)
{
	return *c->base ? c->base : c->capture;
}

/* A group whose own parameters can stand for those of c; the plain base before the others. */
static const struct calibration *relative_of(const struct calibrations *cals, const struct calibration *c)
{
	const struct calibration *found = NULL;

	for (size_t k = 0; k < cals->n; k++) {
		const struct calibration *r = &cals->c[k];

		if (r == c || r->n == 0 || r->from || r->frame_bytes != c->frame_bytes || strcmp(stem(r), stem(c)))
			continue;
		if (*r->base && r->rule != RULE_FITTED)
			continue;
		if (strcmp(r->variant, c->base) == 0)
			return r;
		if (!found)
			found = r;
	}
	return found;
}

static void members_mark(const struct points *points, const struct calibrate_options *o, struct calibrations *cals)
{
	for (size_t i = 0; i < points->n; i++) {
		cals->calibrates[i] = low_load(&points->p[i], o);
		cals->c[cals->of_point[i]].n += cals->calibrates[i];
	}
}

static void members_unmark(const struct points *points, struct calibrations *cals, size_t k)
{
	for (size_t i = 0; i < points->n; i++)
		if (cals->of_point[i] == k)
			cals->calibrates[i] = false;
	cals->c[k].n = 0;
}

static int cost_fit(const struct points *points, struct calibrations *cals, size_t k)
{
	struct calibration *c = &cals->c[k];
	double *x = calloc(c->n + 1, sizeof(*x)), *y = calloc(c->n + 1, sizeof(*y));
	size_t n = 0;

	for (size_t i = 0; x && y && i < points->n; i++) {
		if (cals->of_point[i] != k || !cals->calibrates[i])
			continue;
		x[n] = ratio(&points->p[i]);
		y[n++] = points->p[i].busy_ns / points->p[i].carried;
	}
	/* A slope below 0 says that something else than interrupts made the difference. */
	if (n && calibrate_fit(x, y, n, &c->a, &c->t_i) && c->t_i >= 0 && c->a > 0)
		c->rule = RULE_FITTED;
	free(x);
	free(y);
	return x && y ? 0 : -ENOMEM;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool is_kin(const struct calibration *a, const struct calibration *b, enum kinship kin)
{
	if (kin == KIN_ANY)
		return true;
	return a->frame_bytes == b->frame_bytes && (kin == KIN_FRAME || strcmp(stem(a), stem(b)) == 0);
}

/* Median t_i of the fitted variants that are nearest to c; NAN when none is fitted. */
static double median_t_i(const struct calibrations *cals, const struct calibration *c, double *room)
{
	size_t n = 0;

	for (enum kinship kin = KIN_STEM; kin <= KIN_ANY && n == 0; kin++)
		for (size_t k = 0; k < cals->n; k++)
			if (cals->c[k].rule == RULE_FITTED && is_kin(&cals->c[k], c, kin))
				room[n++] = cals->c[k].t_i;
	qsort(room, n, sizeof(*room), compare_doubles);
	return n ? (room[(n - 1) / 2] + room[n / 2]) / 2 : NAN;
}

static void cost_borrow(const struct points *points, struct calibrations *cals, size_t k, double *room)
{
	struct calibration *c = &cals->c[k];
	double y = 0, x = 0;

	for (size_t i = 0; i < points->n; i++) {
		if (cals->of_point[i] != k || !cals->calibrates[i])
			continue;
		y += points->p[i].busy_ns / points->p[i].carried / (double)c->n;
		x += ratio(&points->p[i]) / (double)c->n;
	}
	c->t_i = median_t_i(cals, c, room);
	c->rule = RULE_BORROWED;
	if (isnan(c->t_i) || y - c->t_i * x <= 0) {
		c->rule = RULE_CONSTANT;
		c->t_i = 0;
	}
	c->a = y - c->t_i * x;
}

static void share_find(const struct points *points, struct calibrations *cals, size_t k)
{
	struct calibration *c = &cals->c[k];
	double sum = 0, n = 0;

	c->share = DUT_SHARE_DEFAULT;
	for (size_t i = 0; i < points->n; i++) {
		const struct point *p = &points->p[i];

		if (cals->of_point[i] != k || !cals->calibrates[i])
			continue;
		if (!p->virtual_clock)
			c->share = 1;
		else if (p->asked_pps > PKTGEN_SPINS_PPS && p->dut_share >= DUT_SHARE_LOW &&
			 p->dut_share <= DUT_SHARE_HIGH)
			sum += p->dut_share, n++;
	}
	c->share_measured = n > 0;
	if (n)
		c->share = sum / n;
}

/* Mean latency less the wait for the interrupt, over the calibrating trials; of those that wait, or of those that do
 * not. */
static double latency_rest(const struct points *points, const struct calibrations *cals, size_t k, bool waiting)
{
	double sum = 0, n = 0;

	for (size_t i = 0; i < points->n; i++) {
		const struct point *p = &points->p[i];
		struct coalesce r;

		if (cals->of_point[i] != k || !cals->calibrates[i] || isnan(p->latency_mean_ns))
			continue;
		if (coalesce_gap(ARRIVALS_CONSTANT, p->achieved_pps, calibrate_gap(p), &r, NULL) ||
		    (r.delay > 0) != waiting)
			continue;
		sum += p->latency_mean_ns - r.delay * 1e9;
		n++;
	}
	return n ? sum / n : NAN;
}

/* What every packet takes from its interrupt to the reader; best seen where none waits for an interrupt. */
static void latency_find(const struct points *points, struct calibrations *cals, size_t k)
{
	struct calibration *c = &cals->c[k];

	c->latency_base_ns = latency_rest(points, cals, k, false);
	if (isnan(c->latency_base_ns))
		c->latency_base_ns = latency_rest(points, cals, k, true);
}

/* A variant that cannot be fitted takes a relative's parameters, or else the extremes of its own trials. */
static int relatives_find(const struct points *points, struct calibrations *cals)
{
	int ret = 0;

	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];

		if (c->rule == RULE_FITTED || (c->n && !*c->base))
			continue;
		c->from = relative_of(cals, c);
		if (c->from)
			members_unmark(points, cals, k);
	}
	for (size_t k = 0; k < cals->n && !ret; k++) {
		if (cals->c[k].n || cals->c[k].from)
			continue;
		extremes_mark(points, cals, k);
		ret = cost_fit(points, cals, k);
	}
	return ret;
}

static int groups_fit(const struct points *points, struct calibrations *cals, double *room)
{
	int ret = 0;

	for (size_t k = 0; k < cals->n && !ret; k++)
		ret = cost_fit(points, cals, k);
	if (!ret)
		ret = relatives_find(points, cals);
	for (size_t k = 0; k < cals->n && !ret; k++) {
		if (cals->c[k].n == 0)
			continue;
		if (cals->c[k].rule == RULE_NONE)
			cost_borrow(points, cals, k, room);
		share_find(points, cals, k);
		latency_find(points, cals, k);
	}
	return ret;
}

static void relatives_copy(struct calibrations *cals)
{
	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];

		if (!c->from)
			continue;
		c->rule = RULE_RELATIVE;
		c->a = c->from->a;
		c->t_i = c->from->t_i;
		c->share = c->from->share;
		c->share_measured = c->from->share_measured;
		c->latency_base_ns = c->from->latency_base_ns;
	}
}

int calibrate(const struct points *points, const struct calibrate_options *o, struct calibrations *cals, struct err *e)
{
	double *room = calloc(points->n, sizeof(*room));
	int ret = -ENOMEM;

	*cals = (struct calibrations) { .c = calloc(points->n, sizeof(*cals->c)),
					.of_point = calloc(points->n, sizeof(*cals->of_point)),
					.calibrates = calloc(points->n, sizeof(*cals->calibrates)) };
	if (room && cals->c && cals->of_point && cals->calibrates) {
		groups_make(points, cals);
		members_mark(points, o, cals);
		ret = groups_fit(points, cals, room);
		relatives_copy(cals);
	}
	free(room);
	if (!ret)
		return 0;
	calibrations_free(cals);
	return err_set(e, ret, "out of memory");
}

void calibrations_free(struct calibrations *cals)
{
	free(cals->c);
	free(cals->of_point);
	free(cals->calibrates);
	memset(cals, 0, sizeof(*cals));
}
