// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include "models/residuals.h"

const char *const model_titles[MODELS] = { "D/D/1/K", "M/D/1/K", "M/M/1/K", "2-stage", "null" };

double model_loss(const struct prediction *r, enum model m)
{
	const double loss[MODELS] = { r->loss_dd1k, r->loss_md1k, r->loss_mm1k, r->loss_two_stage, r->loss_null };

	return loss[m];
}

bool point_is_predicted(const struct validation *v, size_t i)
{
	return v->points.p[i].ok && !v->cals.calibrates[i] && !isnan(v->predictions[i].rho) &&
	       v->points.p[i].carried > 0;
}

enum zone point_zone(const struct validation *v, size_t i)
{
	double rho = v->predictions[i].rho;

	return rho < KNEE_LOW ? ZONE_BELOW : rho < KNEE_HIGH ? ZONE_KNEE : ZONE_ABOVE;
}

static void add_relative(double predicted, double measured, double *n, double *sum)
{
	if (!(measured > 0) || isnan(predicted))
		return;
	*sum += 100 * fabs(predicted - measured) / measured;
	(*n)++;
}

static void errors_add(struct errors *s, const struct point *p, const struct calibration *c, const struct prediction *r)
{
	double got = 100 * (1 - p->carried / p->sent);

	s->n++;
	s->n_over += r->rho >= 1;
	for (int m = 0; m < MODELS; m++) {
		s->loss_pp[m] += fabs(model_loss(r, m) - got);
		s->pps_pct[m] += 100 * fabs(got - model_loss(r, m)) / (100 - got);
	}
	if (!isnan(r->service_sd_ns)) {
		s->n_band++;
		s->in_band += got >= r->loss_dd1k_low && got <= r->loss_dd1k_high;
	}
	/* If the model predicts no interrupts, there is no ratio. */
	if (r->interrupts > 0)
		add_relative(r->interrupts, p->interrupts / (p->duration_ns / 1e9), &s->n_irq, &s->irq_pct);
	add_relative(r->cost, (p->busy_ns - calibration_background(c, p)) / p->carried, &s->n_cost, &s->cost_pct);
	add_relative(r->latency, p->latency_mean_ns, &s->n_latency, &s->latency_pct);
}

struct errors errors_sum(const struct validation *v, const char *capture, unsigned int zones)
{
	struct errors s = { 0 };

	for (size_t i = 0; i < v->points.n; i++)
		if (point_is_predicted(v, i) && (zones & ZONE(point_zone(v, i))) &&
		    (!capture || strcmp(v->points.p[i].title, capture) == 0))
			errors_add(&s, &v->points.p[i], &v->cals.c[v->cals.of_point[i]], &v->predictions[i]);
	return s;
}

static bool has_predicted(const struct validation *v, const char *capture)
{
	return errors_sum(v, capture, EVERYWHERE).n > 0;
}

static bool is_first_title(const struct validation *v, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(v->points.p[k].title, v->points.p[i].title) == 0)
			return false;
	return true;
}

void each_capture(const struct validation *v, void (*call)(const struct validation *v, const char *capture, FILE *f),
		  FILE *f)
{
	for (size_t i = 0; i < v->points.n; i++)
		if (is_first_title(v, i) && has_predicted(v, v->points.p[i].title))
			call(v, v->points.p[i].title, f);
}
