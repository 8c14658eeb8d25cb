// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include "models/errors.h"

const char *const model_titles[MODELS] = { "D/D/1/K", "M/D/1/K", "M/M/1/K", "2-stage", "null" };
static const char *const zone_titles[ZONES] = { "load below 0.9", "knee, 0.9 to 1.1", "load above 1.1" };

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
	/* Where the model says none, there is no ratio to speak of. */
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

static void put_mean(double sum, double n, FILE *f)
{
	if (n > 0 && !isnan(sum))
		fprintf(f, " %8.2f", sum / n);
	else
		fprintf(f, " %8s", "-");
}

enum table { TABLE_PPS, TABLE_LOSS, TABLE_REST };

static void line_put(const char *name, const char *zone, const struct errors *s, enum table table, FILE *f)
{
	fprintf(f, "%-23s %-16s %5.0f", name, zone, s->n);
	for (int m = 0; m < MODELS && table != TABLE_REST; m++)
		put_mean(table == TABLE_PPS ? s->pps_pct[m] : s->loss_pp[m], s->n, f);
	if (table == TABLE_REST) {
		put_mean(s->irq_pct, s->n_irq, f);
		put_mean(s->cost_pct, s->n_cost, f);
		put_mean(s->latency_pct, s->n_latency, f);
		put_mean(100 * s->in_band, s->n_band, f);
	}
	fputc('\n', f);
}

static void put_zones(const struct validation *v, const char *capture, enum table table, FILE *f)
{
	const char *name = capture ? capture : "all captures";

	for (int z = 0; z < ZONES; z++) {
		struct errors s = errors_sum(v, capture, ZONE(z));

		if (s.n > 0)
			line_put(name, zone_titles[z], &s, table, f);
		if (s.n > 0)
			name = "";
	}
}

static void put_pps(const struct validation *v, const char *capture, FILE *f)
{
	put_zones(v, capture, TABLE_PPS, f);
}

static void put_loss(const struct validation *v, const char *capture, FILE *f)
{
	put_zones(v, capture, TABLE_LOSS, f);
}

static void put_rest(const struct validation *v, const char *capture, FILE *f)
{
	put_zones(v, capture, TABLE_REST, f);
}

static void table_put(const struct validation *v, const char *title, enum table table, FILE *f)
{
	static void (*const put[])(const struct validation *, const char *, FILE *) = { put_pps, put_loss, put_rest };
	struct errors all = errors_sum(v, NULL, EVERYWHERE);

	fprintf(f, "%-40s %5s", title, "n");
	for (int m = 0; m < MODELS && table != TABLE_REST; m++)
		fprintf(f, " %8s", model_titles[m]);
	fputs(table == TABLE_REST ? "    irq %   cost %  delay %   band %\n" : "\n", f);
	each_capture(v, put[table], f);
	put_zones(v, NULL, table, f);
	line_put("", "everywhere", &all, table, f);
	fputc('\n', f);
}

void validate_write_errors(const struct validation *v, FILE *f)
{
	table_put(v, "throughput, mean error in %", TABLE_PPS, f);
	table_put(v, "loss, mean error in percentage points", TABLE_LOSS, f);
	table_put(v, "the rest, mean error in %", TABLE_REST, f);
	fputs("load: offered rate times service time at saturation. Calibration trials are not among the n.\n"
	      "2-stage: an interrupt a packet, then the packet, as before NAPI; null: min(offered, capacity), no "
	      "queue.\n"
	      "band: points whose loss is within two standard deviations of D/D/1/K's.\n\n",
	      f);
	loss_free_write(v, f);
	verdicts_write(v, f);
}
