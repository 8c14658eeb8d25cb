// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/mlfrr.h"

#define RATE_LEAST 100.0
#define HALVINGS 50

/* A trial's variant, as point_variant() gives it for the record; NULL: no memory. */
static char *variant_of(const struct trial *t, const char *base)
{
	json_t *set = json_object(), *spec;
	char *variant, frame[MIX_TEXT_MAX];

	for (uint32_t i = 0; i < t->n_settings; i++)
		json_object_set_new(set, t->settings[i].key, json_string(t->settings[i].value));
	spec = json_pack("{s:i,s:i,s:o}", "senders", (int)t->senders, "reader_cpu", (int)t->reader_cpu, "set", set);
	if (spec && t->mix.n) {
		trial_frame(t, frame);
		json_object_set_new(spec, "frame", json_string(frame));
	}
	variant = spec ? point_variant(t->capture, base ? base : "", spec) : NULL;
	json_decref(spec);
	return variant;
}

static bool is_like(const struct point *p, const struct trial *t, const char *variant)
{
	return p->ok && p->frame_bytes == trial_frame_mean(t) && p->lab == !strcmp(t->testbed, "lab") &&
	       strcmp(p->variant, variant) == 0;
}

static bool same_nic(const struct point *a, const struct point *b)
{
	return a->rx_ring == b->rx_ring && (a->rx_usecs == b->rx_usecs || (isnan(a->rx_usecs) && isnan(b->rx_usecs)));
}

/* The index of a trial like t with the most common NIC settings; v->points.n if there is none. */
static size_t most_usual(const struct validation *v, const struct trial *t, const char *variant)
{
	size_t found = v->points.n, most = 0;

	for (size_t i = 0; i < v->points.n; i++) {
		const struct point *p = &v->points.p[i];
		size_t n = 0;

		if (!is_like(p, t, variant) || v->cals.c[v->cals.of_point[i]].rule == RULE_NONE)
			continue;
		for (size_t k = 0; k < v->points.n; k++)
			n += is_like(&v->points.p[k], t, variant) && same_nic(p, &v->points.p[k]);
		if (n > most)
			found = i, most = n;
	}
	return found;
}

/* Share lost; NAN where it is not predicted. */
static double loss_at(struct point p, const struct calibration *c, double rate, double count)
{
	struct prediction r;

	p.asked_pps = p.achieved_pps = rate;
	p.sent = count;
	predict_point(&p, c, &r);
	return r.loss_dd1k / 100;
}

static double rate_of(const struct point *p, const struct calibration *c, double loss, double count)
{
	double low = log(RATE_LEAST), high = log((double)RATE_PPS_LIMIT);

	if (!(loss_at(*p, c, exp(low), count) <= loss) || !(loss_at(*p, c, exp(high), count) > loss))
		return NAN;
	for (int i = 0; i < HALVINGS; i++) {
		double x = (low + high) / 2;

		*(loss_at(*p, c, exp(x), count) <= loss ? &low : &high) = x;
	}
	return exp(low);
}

/* The error of predictions for trials with these costs whose limit is the CPU: its mean, and the furthest from it. */
static void offset_find(const struct validation *v, size_t group, struct mlfrr *m)
{
	double sum = 0, least = INFINITY, most = -INFINITY;
	size_t n = 0;

	for (size_t i = 0; i < v->points.n; i++) {
		const struct point *p = &v->points.p[i];
		const struct prediction *r = &v->predictions[i];
		double off = p->carried / (p->sent * (1 - r->loss_dd1k / 100)) - 1;

		if (v->cals.of_point[i] != group || !p->ok || v->cals.calibrates[i] || !(r->rho >= 1) || isnan(off))
			continue;
		sum += off, n++;
		least = fmin(least, off), most = fmax(most, off);
	}
	if (!n)
		return;
	m->offset = sum / (double)n;
	m->band = fmax(MLFRR_BAND_KNOWN, fmax(most - m->offset, m->offset - least));
}

static int predict_like(const struct validation *v, const struct trial *t, const char *variant, double loss,
			struct mlfrr *m, struct err *e)
{
	const char *rx_usecs = trial_get(t, "rx_usecs");
	const struct calibration *c;
	struct point p;
	size_t i = most_usual(v, t, variant);

	if (i == v->points.n)
		return err_set(e, -ENOENT, "no calibration for '%s' at %g bytes on testbed %s", variant,
			       trial_frame_mean(t), t->testbed);
	p = v->points.p[i];
	c = &v->cals.c[v->cals.of_point[i]];
	if (rx_usecs)
		p.rx_usecs = strtod(rx_usecs, NULL);
	m->rate = rate_of(&p, c, loss, (double)t->count);
	m->offset = 0;
	m->band = c->rule == RULE_FITTED ? MLFRR_BAND : 2 * MLFRR_BAND;
	offset_find(v, v->cals.of_point[i], m);
	if (!(m->rate > 0))
		return err_set(e, -ENOENT, "the model has no rate with %g %% loss for '%s'", 100 * loss, variant);
	return 0;
}

int model_mlfrr(const struct validation *v, const struct trial *t, const char *base, double loss, struct mlfrr *m,
		struct err *e)
{
	char *variant = variant_of(t, base);
	int ret = variant ? predict_like(v, t, variant, loss, m, e) : err_set(e, -ENOMEM, "out of memory");

	free(variant);
	return ret;
}
