// SPDX-License-Identifier: GPL-2.0-or-later
/* Highest loss-free rates: between the measured points, and by the models. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/errors.h"
#include "models/loss_limits.h"

#define BRACKET_MOST 1.2 /* above over below: a wider one says little of a rate */

/* One capture, frame size and setting of the NIC: points of equal key, by rate. */
struct curve {
	const struct point *key;
	const struct calibration *c;
	double below, above; /* highest rate without loss, first rate with one; 0, INFINITY = none */
	double predicted, sd, null; /* rates; sd NAN = unknown */
};

static bool same_curve(const struct point *a, const struct point *b)
{
	return strcmp(a->variant, b->variant) == 0 && strcmp(a->generator, b->generator) == 0 &&
	       a->frame_bytes == b->frame_bytes && a->rx_ring == b->rx_ring && a->sent == b->sent &&
	       (a->rx_usecs == b->rx_usecs || (isnan(a->rx_usecs) && isnan(b->rx_usecs)));
}

static bool is_first(const struct validation *v, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (point_is_predicted(v, k) && same_curve(&v->points.p[k], &v->points.p[i]))
			return false;
	return true;
}

static void curve_predict(struct curve *c, const struct point *p, const struct prediction *r)
{
	c->predicted = predict_loss_free(p, r);
	c->sd = c->predicted * r->service_sd_ns / r->service_ns;
	c->null = 1e9 / r->service_ns;
}

/* Collects the points of the first one's curve; returns how many. */
static size_t points_of_curve(const struct validation *v, size_t first, const struct point **p)
{
	size_t n = 0;

	for (size_t i = first; i < v->points.n; i++)
		if (point_is_predicted(v, i) && same_curve(&v->points.p[first], &v->points.p[i]))
			p[n++] = &v->points.p[i];
	return n;
}

/* Out of memory: everything stays unknown. */
static struct curve curve_of(const struct validation *v, size_t first)
{
	struct curve c = { .key = &v->points.p[first], .above = INFINITY };
	const struct point **p = calloc(v->points.n, sizeof(const struct point *));
	struct loss_limits limits;

	if (!p)
		return c;
	limits = loss_limits(p, points_of_curve(v, first, p));
	free(p);
	c.below = limits.free;
	c.above = limits.bad;
	if (limits.first_bad)
		curve_predict(&c, limits.first_bad, &v->predictions[limits.first_bad - v->points.p]);
	return c;
}

static bool has_ends(const struct curve *c)
{
	return c->below > 0 && isfinite(c->above) && c->above / c->below <= BRACKET_MOST;
}

/* How far a rate is outside the bracket, % of its nearer end. */
static double bracket_error(const struct curve *c, double rate)
{
	if (rate < c->below)
		return 100 * (rate / c->below - 1);
	return rate > c->above ? 100 * (rate / c->above - 1) : 0;
}

void loss_free_write(const struct validation *v, FILE *f)
{
	fprintf(f, "%-32s %5s %8s %8s %8s %16s %6s %8s %6s\n", "highest rate without loss", "frame", "rx-usecs",
		"above", "below", "D/D/1/K", "err %", "null", "err %");
	for (size_t i = 0; i < v->points.n; i++) {
		struct curve c;

		if (!point_is_predicted(v, i) || !is_first(v, i))
			continue;
		c = curve_of(v, i);
		if (!has_ends(&c))
			continue;
		fprintf(f, "%-32.32s %5.0f %8.0f %8.0f %8.0f %8.0f +-%5.0f %6.1f %8.0f %6.1f\n", c.key->variant,
			c.key->frame_bytes, c.key->rx_usecs, c.below, c.above, c.predicted, c.sd,
			bracket_error(&c, c.predicted), c.null, bracket_error(&c, c.null));
	}
	fputs("err: how far outside the measured bracket.\n\n", f);
}

double loss_free_error(const struct validation *v, const char *capture)
{
	double sum = 0, n = 0;

	for (size_t i = 0; i < v->points.n; i++) {
		struct curve c;

		if (strcmp(v->points.p[i].title, capture) || !point_is_predicted(v, i) || !is_first(v, i))
			continue;
		c = curve_of(v, i);
		if (has_ends(&c))
			sum += fabs(bracket_error(&c, c.predicted)), n++;
	}
	return n > 0 ? sum / n : NAN;
}
