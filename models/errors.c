// SPDX-License-Identifier: GPL-2.0-or-later
/* Summary of the residuals: by capture and by distance from the knee, the null model beside the queues. */
#include <math.h>
#include <string.h>

#include "models/validate.h"

#define KNEE_LOW 0.9
#define KNEE_HIGH 1.1

enum { DD1K, MM1K, NULL_MODEL, MODELS };

/* Sums of absolute errors; n_* count what each mean is over. */
struct errors {
	double n, pps_pct[MODELS], loss_pp[MODELS];
	double n_irq, irq_pct;
	double n_cost, cost_pct;
	double n_latency, latency_pct;
};

static void add_relative(double predicted, double measured, double *n, double *sum)
{
	if (!(measured > 0) || isnan(predicted))
		return;
	*sum += 100 * fabs(predicted - measured) / measured;
	(*n)++;
}

static void errors_add(struct errors *s, const struct point *p, const struct calibration *c, const struct prediction *r)
{
	const double loss[MODELS] = { r->loss_dd1k, r->loss_mm1k, r->loss_null };
	double got = 100 * (1 - p->carried / p->sent);

	if (p->carried <= 0)
		return;
	s->n++;
	for (int i = 0; i < MODELS; i++) {
		s->loss_pp[i] += fabs(loss[i] - got);
		s->pps_pct[i] += 100 * fabs(got - loss[i]) / (100 - got);
	}
	/* Where the model says none, there is no ratio to speak of. */
	if (r->interrupts > 0)
		add_relative(r->interrupts, p->interrupts / (p->duration_ns / 1e9), &s->n_irq, &s->irq_pct);
	add_relative(r->cost, (p->busy_ns - calibration_background(c, p)) / p->carried, &s->n_cost, &s->cost_pct);
	add_relative(r->latency, p->latency_mean_ns, &s->n_latency, &s->latency_pct);
}

static void put_mean(double sum, double n, FILE *f)
{
	if (n > 0)
		fprintf(f, " %8.2f", sum / n);
	else
		fprintf(f, " %8s", "-");
}

static void errors_put(const char *name, const struct errors *s, FILE *f)
{
	if (s->n == 0)
		return;
	fprintf(f, "%-22s %5.0f", name, s->n);
	for (int i = 0; i < MODELS; i++)
		put_mean(s->pps_pct[i], s->n, f);
	for (int i = 0; i < MODELS; i++)
		put_mean(s->loss_pp[i], s->n, f);
	put_mean(s->irq_pct, s->n_irq, f);
	put_mean(s->cost_pct, s->n_cost, f);
	put_mean(s->latency_pct, s->n_latency, f);
	fputc('\n', f);
}

static bool predicted(const struct validation *v, size_t i)
{
	return v->points.p[i].ok && !v->cals.calibrates[i] && v->cals.c[v->cals.of_point[i]].rule != RULE_NONE;
}

static double load(const struct validation *v, size_t i)
{
	return v->predictions[i].rho;
}

static bool at_knee(double rho)
{
	return rho >= KNEE_LOW && rho < KNEE_HIGH;
}

static void add_point(const struct validation *v, size_t i, struct errors *s)
{
	errors_add(s, &v->points.p[i], &v->cals.c[v->cals.of_point[i]], &v->predictions[i]);
}

static void put_by_capture(const struct validation *v, FILE *f)
{
	for (size_t i = 0; i < v->points.n; i++) {
		const char *name = v->points.p[i].capture;
		struct errors s = { 0 };
		size_t first = 0;

		while (strcmp(v->points.p[first].capture, name))
			first++;
		if (first < i)
			continue;
		for (size_t j = i; j < v->points.n; j++)
			if (predicted(v, j) && !at_knee(load(v, j)) && strcmp(v->points.p[j].capture, name) == 0)
				add_point(v, j, &s);
		errors_put(name, &s, f);
	}
}

static void put_by_load(const struct validation *v, FILE *f)
{
	static const struct {
		const char *name;
		double low, high;
	} zones[] = { { "load below 0.9", 0, KNEE_LOW },
		      { "knee, 0.9 to 1.1", KNEE_LOW, KNEE_HIGH },
		      { "load above 1.1", KNEE_HIGH, INFINITY },
		      { "all", 0, INFINITY } };

	for (size_t k = 0; k < sizeof(zones) / sizeof(zones[0]); k++) {
		struct errors s = { 0 };

		for (size_t i = 0; i < v->points.n; i++)
			if (predicted(v, i) && load(v, i) >= zones[k].low && load(v, i) < zones[k].high)
				add_point(v, i, &s);
		errors_put(zones[k].name, &s, f);
	}
}

void validate_write_errors(const struct validation *v, FILE *f)
{
	fprintf(f, "%-28s %26s %26s\n", "", "throughput, MAPE in %", "loss, mean error in pp");
	fprintf(f, "%-22s %5s %8s %8s %8s %8s %8s %8s %8s %8s %8s\n", "", "n", "D/D/1/K", "M/M/1/K", "null", "D/D/1/K",
		"M/M/1/K", "null", "irq %", "cost %", "delay %");
	put_by_capture(v, f);
	put_by_load(v, f);
	fputs("load: offered rate times service time at saturation; null: min(offered, capacity), no queue.\n"
	      "Rows of captures are without the knee. Calibration trials are not among the n.\n",
	      f);
}
