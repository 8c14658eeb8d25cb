// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "models/calibrate.h"
#include "models/nic.h"

#define SAME_X 0.02 /* trials closer than this in interrupts a packet form one knot */

const char *const calibration_rules[] = { "none", "fitted", "borrowed", "constant-cost", "relative", "law" };

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

/* Leaves out trials with empty interrupts or timer polls, whose costs differ. */
static bool teaches(const struct point *p, const struct calibrate_options *o)
{
	return low_load(p, o) && p->defer_ns == 0 && !nic_interrupts_idly(p);
}

/*
 * Under overload, as fast as the sender goes, at a gap that was set: the null capture has nothing but interrupts. The
 * lab's NIC has none then unless it is QEMU's as it is, which is what such trials ask for.
 */
static bool is_dedicated(const struct point *p)
{
	return p->ok && p->as_is == p->lab && *p->base && strcmp(p->base, COSTS_NO_READER) == 0 &&
	       isnan(p->asked_pps) && p->carried < p->sent && p->carried > 0 && p->busy_ns > 0 && p->total_ns > 0 &&
	       !isnan(p->interrupts) && p->defer_ns == 0;
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
		cals->teaches[i] = teaches(p, o);
		cals->dedicated[i] = is_dedicated(p);
		cals->calibrates[i] = cals->teaches[i] || cals->dedicated[i];
		if (k == cals->n)
			cals->c[cals->n++] = (struct calibration) { .family = p->family,
								    .variant = p->variant,
								    .heart = point_heart(p),
								    .frame_bytes = p->frame_bytes };
		cals->c[k].n += cals->teaches[i];
		if (strlen(p->variant) < strlen(cals->c[k].variant))
			cals->c[k].variant = p->variant;
	}
}

static size_t distance(const struct calibration *a, const struct calibration *b)
{
	return 2 * (strcmp(a->heart, b->heart) != 0) + (a->frame_bytes != b->frame_bytes);
}

/* The nearest group for which has() is true, at most `far` away; NULL if there is none. */
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

/* The machine's cost without frames is the same for all groups. */
static void backgrounds_set(struct calibrations *cals)
{
	struct cost constant = costs_common(cals->costs, COST_CONSTANT), idle = costs_common(cals->costs, COST_IDLE);

	for (size_t k = 0; k < cals->n; k++) {
		cals->c[k].constant = constant.value;
		cals->c[k].idle = idle.value;
		cals->c[k].costs = cals->costs;
		cals->c[k].costs_family = costs_family(cals->costs, cals->c[k].family);
	}
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

		if (cals->teaches[i])
			knot_add(c, &knot);
	}
}

static double line(double x, double x0, double y0, double x1, double y1)
{
	return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

/* The segment of x: between the knot at the returned index and the next one. */
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

/* Shifts another family's curve so that it passes through the one known point. */
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
}

/* The same family's group at the nearest other frame size. */
static const struct calibration *other_size(const struct calibrations *cals, const struct calibration *c)
{
	const struct calibration *found = NULL;

	for (size_t k = 0; k < cals->n; k++) {
		const struct calibration *other = &cals->c[k];

		if (other != c && strcmp(other->family, c->family) == 0 && has_knots(other) &&
		    (!found || fabs(other->frame_bytes - c->frame_bytes) < fabs(found->frame_bytes - c->frame_bytes)))
			found = other;
	}
	return found;
}

static void sources_find(struct calibrations *cals)
{
	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];

		if (has_knots(c))
			continue;
		c->from = other_size(cals, c);
		c->rule = c->from ? RULE_LAW : RULE_NONE;
		if (!c->from)
			c->from = nearest(cals, c, 0, has_knots);
		if (c->rule == RULE_NONE && c->from)
			c->rule = RULE_RELATIVE;
	}
}

static void shares_find(const struct points *points, struct calibrations *cals)
{
	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];
		double sum = 0, n = 0;

		for (size_t i = 0; i < points->n; i++) {
			const struct point *p = &points->p[i];

			if (cals->of_point[i] == k && cals->teaches[i] && (!p->virtual_clock || p->dut_share > 0))
				sum += speed(p), n++;
		}
		c->share_measured = n > 0;
		c->share = n ? sum / n : DUT_SHARE_DEFAULT;
	}
}

/* Copies the parameters of groups that take them from another: costs follow a + b bytes; delays are unchanged. */
static void copies_make(struct calibrations *cals)
{
	for (size_t k = 0; k < cals->n; k++) {
		struct calibration *c = &cals->c[k];
		const struct calibration own = *c;
		double more;

		if (!own.from)
			continue;
		*c = *own.from;
		c->family = own.family;
		c->variant = own.variant;
		c->frame_bytes = own.frame_bytes;
		c->n = own.n;
		c->rule = own.rule;
		c->from = own.from;
		more = costs_byte(cals->costs, c->heart).value * (own.frame_bytes - own.from->frame_bytes);
		for (size_t i = 0; i < c->n_knots; i++)
			c->knots[i].cost += more;
	}
}

static int calibrations_make(const struct points *points, const struct calibrate_options *o, struct calibrations *cals,
			     struct err *e)
{
	int ret;

	*cals = (struct calibrations) { .c = calloc(points->n, sizeof(*cals->c)),
					.of_point = calloc(points->n, sizeof(*cals->of_point)),
					.teaches = calloc(points->n, sizeof(*cals->teaches)),
					.dedicated = calloc(points->n, sizeof(*cals->dedicated)),
					.calibrates = calloc(points->n, sizeof(*cals->calibrates)),
					.costs = calloc(1, sizeof(*cals->costs)) };
	if (!cals->c || !cals->of_point || !cals->teaches || !cals->dedicated || !cals->calibrates || !cals->costs)
		return err_set(e, -ENOMEM, "out of memory");
	groups_make(points, o, cals);
	ret = costs_fit(points, cals->teaches, cals->dedicated, cals->costs, e);
	if (ret)
		return ret;
	backgrounds_set(cals);
	knots_find(points, cals);
	rules_find(cals);
	sources_find(cals);
	shares_find(points, cals);
	copies_make(cals);
	return 0;
}

int calibrate(const struct points *points, const struct calibrate_options *o, struct calibrations *cals, struct err *e)
{
	int ret = calibrations_make(points, o, cals, e);

	if (ret)
		calibrations_free(cals);
	return ret;
}

struct cost calibration_saturated(const struct calibration *c, double interrupts)
{
	if (c->rule == RULE_NONE || c->costs_family < 0)
		return (struct cost) { NAN, NAN };
	return costs_saturated(c->costs, c->costs_family, c->heart, c->frame_bytes, interrupts);
}

void calibrations_free(struct calibrations *cals)
{
	if (cals->costs)
		costs_free(cals->costs);
	free(cals->costs);
	free(cals->c);
	free(cals->of_point);
	free(cals->teaches);
	free(cals->dedicated);
	free(cals->calibrates);
	memset(cals, 0, sizeof(*cals));
}
