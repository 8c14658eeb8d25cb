// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "models/calibrate.h"
#include "models/leastsq.h"
#include "models/nic.h"

#define SAME_X 0.02 /* interrupts a packet: one knot */
#define LINEAR_X_MOST 0.3 /* interrupts a packet, up to which cost(x) is near enough a straight line */
#define SPREAD_X_LEAST 0.1 /* of interrupts a packet, for a slope to mean anything */
#define SPREAD_PACKETS_LEAST 2 /* most packets over fewest, for the constant to show */

const char *const calibration_rules[] = { "none", "fitted", "borrowed", "constant-cost", "relative" };

static double ratio(const struct point *p)
{
	return p->interrupts / p->carried;
}

static double speed(const struct point *p)
{
	if (!p->virtual_clock)
		return 1;
	return p->dut_share > 0 ? p->dut_share : DUT_SHARE_DEFAULT;
}

static bool low_load(const struct point *p, const struct calibrate_options *o)
{
	return p->ok && p->carried == p->sent && p->busy_ns > 0 && !isnan(p->interrupts) &&
	       p->asked_pps <= o->max_pps && p->busy_ns / speed(p) <= o->max_utilisation * p->total_ns;
}

/* What an empty interrupt or a timer's poll costs is not what the others cost. */
static bool teaches(const struct point *p, const struct calibrate_options *o)
{
	return low_load(p, o) && p->defer_ns == 0 && !nic_interrupts_idly(p);
}

static void groups_make(const struct points *points, const struct calibrate_options *o, struct calibrations *cals)
{
	for (size_t i = 0; i < points->n; i++) {
		const struct point *p = &points->p[i];
		size_t k = 0;

		while (k < cals->n &&
		       (cals->c[k].frame_bytes != p->frame_bytes || strcmp(cals->c[k].family, p->family)))
			k++;
		cals->of_point[i] = k;
		cals->calibrates[i] = teaches(p, o);
		if (k == cals->n)
			cals->c[cals->n++] = (struct calibration) { .family = p->family,
								    .variant = p->variant,
								    .heart = *p->base ? p->base : p->capture,
								    .frame_bytes = p->frame_bytes };
		cals->c[k].n += cals->calibrates[i];
		if (strlen(p->variant) < strlen(cals->c[k].variant))
			cals->c[k].variant = p->variant;
	}
}

static size_t distance(const struct calibration *a, const struct calibration *b)
{
	return 2 * (strcmp(a->heart, b->heart) != 0) + (a->frame_bytes != b->frame_bytes);
}

/* The nearest group that has what is wanted, at most so far away; NULL when there is none. */
static const struct calibration *nearest(const struct calibrations *cals, const struct calibration *c, size_t far,
					 bool (*has)(const struct calibration *))
{
	const struct calibration *found = NULL;

	for (size_t k = 0; k < cals->n; k++) {
		const struct calibration *other = &cals->c[k];

		if (other != c && has(other) && distance(c, other) <= far &&
		    (!found || distance(c, other) < distance(c, found)))
			found = other;
	}
	return found;
}

/* Members of group k that the straight line is laid through. */
static size_t line_members(const struct points *points, const struct calibrations *cals, size_t k,
			   const struct point **members)
{
	size_t n = 0;

	for (size_t i = 0; i < points->n; i++)
		if (cals->of_point[i] == k && cals->calibrates[i] && ratio(&points->p[i]) <= LINEAR_X_MOST)
			members[n++] = &points->p[i];
	return n;
}

static void spreads(const struct point **m, size_t n, double *x_spread, double *packets_spread, size_t *sizes)
{
	double x_low = INFINITY, x_high = 0, low = INFINITY, high = 0;

	*sizes = 0;
	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < i && m[j]->carried != m[i]->carried)
			j++;
		*sizes += j == i;
		x_low = fmin(x_low, ratio(m[i])), x_high = fmax(x_high, ratio(m[i]));
		low = fmin(low, m[i]->carried), high = fmax(high, m[i]->carried);
	}
	*x_spread = x_high - x_low;
	*packets_spread = high / low;
}

/*
 * busy / packets = a + constant / packets + idle total / packets + t x. The slope enters when the x differ, idle when
 * there are three numbers of packets; without idle where it comes out below 0.
 */
static bool background_fit(const struct point **m, size_t n, bool with_idle, struct calibration *c)
{
	double rows[n + 1][LEASTSQ_COLUMNS], y[n + 1], b[LEASTSQ_COLUMNS], x_spread, packets_spread;
	size_t columns = 2, sizes;

	spreads(m, n, &x_spread, &packets_spread, &sizes);
	if (n < 2 || packets_spread < SPREAD_PACKETS_LEAST || (with_idle && sizes < 3))
		return false;
	for (size_t i = 0; i < n; i++) {
		columns = 0;
		rows[i][columns++] = 1;
		rows[i][columns++] = 1 / m[i]->carried;
		if (with_idle)
			rows[i][columns++] = m[i]->total_ns / m[i]->carried;
		if (x_spread >= SPREAD_X_LEAST)
			rows[i][columns++] = ratio(m[i]);
		y[i] = m[i]->busy_ns / m[i]->carried;
	}
	if (!leastsq(rows, y, n, columns, b) || b[1] < 0 || (with_idle && b[2] < 0))
		return false;
	c->constant = b[1];
	c->idle = with_idle ? b[2] : 0;
	return true;
}

static bool has_background(const struct calibration *c)
{
	return c->background_measured;
}

static int backgrounds_find(const struct points *points, struct calibrations *cals)
{
	const struct point **members = calloc(points->n, sizeof(*members));

	for (size_t k = 0; members && k < cals->n; k++) {
		size_t n = line_members(points, cals, k, members);

		cals->c[k].background_measured =
			background_fit(members, n, true, &cals->c[k]) || background_fit(members, n, false, &cals->c[k]);
	}
	for (size_t k = 0; members && k < cals->n; k++) {
		struct calibration *c = &cals->c[k];
		const struct calibration *from = has_background(c) ? c : nearest(cals, c, SIZE_MAX, has_background);

		c->constant = from ? from->constant : 0;
		c->idle = from ? from->idle : 0;
	}
	free(members);
	return members ? 0 : -ENOMEM;
}

double calibration_background(const struct calibration *c, const struct point *p)
{
	return c->constant + c->idle * p->total_ns;
}

static double rest_of_delay(const struct point *p)
{
	struct coalesce r;

	return nic_coalesce(p, &r) ? NAN : p->latency_mean_ns - r.delay * 1e9;
}

static void knot_add(struct calibration *c, const struct knot *new)
{
	size_t k = 0, at;
	struct knot *old;

	while (k < c->n_knots && fabs(c->knots[k].x - new->x) >= SAME_X)
		k++;
	old = &c->knots[k];
	if (k < c->n_knots) {
		double n = old->n + 1;

		*old = (struct knot) { (old->x * old->n + new->x) / n, (old->cost * old->n + new->cost) / n,
				       isnan(old->delay) ? new->delay : (old->delay * old->n + new->delay) / n, n };
		return;
	}
	if (c->n_knots == KNOTS_MAX)
		return;
	for (at = c->n_knots++; at > 0 && c->knots[at - 1].x > new->x; at--)
		c->knots[at] = c->knots[at - 1];
	c->knots[at] = *new;
}

static void knots_find(const struct points *points, struct calibrations *cals)
{
	for (size_t i = 0; i < points->n; i++) {
		const struct point *p = &points->p[i];
		struct calibration *c = &cals->c[cals->of_point[i]];
		struct knot knot = { ratio(p), (p->busy_ns - calibration_background(c, p)) / p->carried,
				     rest_of_delay(p), 1 };

		if (cals->calibrates[i])
			knot_add(c, &knot);
	}
}

static double line(double x, double x0, double y0, double x1, double y1)
{
	return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

/* Segment of x: the knots at and after the index that comes back. */
static size_t segment(const struct calibration *c, double x)
{
	size_t k = 0;

	while (k + 2 < c->n_knots && x > c->knots[k + 1].x)
		k++;
	return k;
}

double calibration_cost(const struct calibration *c, double x)
{
	const struct knot *k = &c->knots[segment(c, x)];

	if (c->n_knots == 0)
		return NAN;
	return c->n_knots == 1 ? k->cost : line(x, k[0].x, k[0].cost, k[1].x, k[1].cost);
}

double calibration_slope(const struct calibration *c)
{
	return calibration_cost(c, 1e-3) / 1e-3 - calibration_cost(c, 0) / 1e-3;
}

double calibration_delay(const struct calibration *c, double x)
{
	const struct knot *k = &c->knots[segment(c, x)];

	if (c->n_knots == 0)
		return NAN;
	if (c->n_knots == 1 || x <= k[0].x)
		return k->delay;
	return x >= k[1].x ? k[1].delay : line(x, k[0].x, k[0].delay, k[1].x, k[1].delay);
}

static bool is_fitted(const struct calibration *c)
{
	return c->rule == RULE_FITTED;
}

static bool has_knots(const struct calibration *c)
{
	return c->n_knots > 0;
}

/* The shape of another family through the one point that is known. */
static void shape_borrow(struct calibration *c, const struct calibration *from)
{
	struct knot own = c->knots[0];
	double cost = own.cost - calibration_cost(from, own.x), delay = own.delay - calibration_delay(from, own.x);

	c->n_knots = from->n_knots;
	for (size_t k = 0; k < c->n_knots; k++) {
		c->knots[k] = from->knots[k];
		c->knots[k].cost += cost;
		c->knots[k].delay += delay;
	}
}

static void rules_find(struct calibrations *cals)
{
	for (size_t k = 0; k < cals->n; k++)
		if (cals->c[k].n_knots > 1)
			cals->c[k].rule = RULE_FITTED;
	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];
		const struct calibration *from = nearest(cals, c, SIZE_MAX, is_fitted);

		if (c->rule == RULE_FITTED || !has_knots(c))
			continue;
		c->rule = from ? RULE_BORROWED : RULE_CONSTANT;
		if (from)
			shape_borrow(c, from);
	}
	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];

		if (!has_knots(c))
			c->from = nearest(cals, c, 0, has_knots);
	}
}

static void shares_find(const struct points *points, struct calibrations *cals)
{
	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];
		double sum = 0, n = 0;

		for (size_t i = 0; i < points->n; i++) {
			const struct point *p = &points->p[i];

			if (cals->of_point[i] == k && cals->calibrates[i] && (!p->virtual_clock || p->dut_share > 0))
				sum += speed(p), n++;
		}
		c->share_measured = n > 0;
		c->share = n ? sum / n : DUT_SHARE_DEFAULT;
	}
}

static void relatives_copy(struct calibrations *cals)
{
	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];
		const struct calibration own = *c;

		if (!own.from)
			continue;
		*c = *own.from;
		c->family = own.family;
		c->variant = own.variant;
		c->rule = RULE_RELATIVE;
		c->from = own.from;
	}
}

int calibrate(const struct points *points, const struct calibrate_options *o, struct calibrations *cals, struct err *e)
{
	int ret = -ENOMEM;

	*cals = (struct calibrations) { .c = calloc(points->n, sizeof(*cals->c)),
					.of_point = calloc(points->n, sizeof(*cals->of_point)),
					.calibrates = calloc(points->n, sizeof(*cals->calibrates)) };
	if (cals->c && cals->of_point && cals->calibrates) {
		groups_make(points, o, cals);
		ret = backgrounds_find(points, cals);
	}
	if (ret) {
		calibrations_free(cals);
		return err_set(e, ret, "out of memory");
	}
	knots_find(points, cals);
	rules_find(cals);
	shares_find(points, cals);
	relatives_copy(cals);
	return 0;
}

void calibrations_free(struct calibrations *cals)
{
	free(cals->c);
	free(cals->of_point);
	free(cals->calibrates);
	memset(cals, 0, sizeof(*cals));
}
