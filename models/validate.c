// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/validate.h"

#define CURVE_STEPS 120
#define RIVAL_STEPS 4 /* every so many steps the slower models are computed too */

int validate_load(const char *dir, const struct calibrate_options *o, struct validation *v, struct err *e)
{
	int ret;

	memset(v, 0, sizeof(*v));
	ret = points_read(dir, &v->points, e);
	if (!ret)
		ret = calibrate(&v->points, o, &v->cals, e);
	if (!ret) {
		v->predictions = calloc(v->points.n, sizeof(*v->predictions));
		if (!v->predictions)
			ret = err_set(e, -ENOMEM, "out of memory");
	}
	if (ret) {
		validate_free(v);
		return ret;
	}
	for (size_t i = 0; i < v->points.n; i++) {
		const struct calibration *c = &v->cals.c[v->cals.of_point[i]];

		predict_point(&v->points.p[i], c, &v->predictions[i]);
		predict_rivals(&v->points.p[i], c, &v->predictions[i]);
	}
	return 0;
}

int validate_check(const char *dir, const struct calibrate_options *o, const struct validation *v, struct err *e)
{
	if (v->cals.costs->n_trials > 0)
		return 0;
	return err_set(e, -ENODATA,
		       "%s: no trial calibrates: none was asked for at most %g pps (--max-rate), lost nothing and kept "
		       "the DUT busy for at most %g of the time (--max-utilisation)",
		       dir, o->max_pps, o->max_utilisation);
}

void validate_free(struct validation *v)
{
	free(v->predictions);
	calibrations_free(&v->cals);
	points_free(&v->points);
	memset(v, 0, sizeof(*v));
}

/* A point, its parameters and its prediction. */
struct row {
	const struct point *p;
	const struct calibration *c;
	const struct prediction *r;
	const char *role;
};

static struct row row_of(const struct validation *v, size_t i)
{
	const struct calibration *c = &v->cals.c[v->cals.of_point[i]];
	const char *role = "predicted";

	if (!v->points.p[i].ok)
		role = "unmeasured";
	else if (v->cals.calibrates[i])
		role = "calibration";
	else if (c->rule == RULE_NONE)
		role = "uncalibrated";
	return (struct row) { &v->points.p[i], c, &v->predictions[i], role };
}

static double loss_measured(const struct row *w)
{
	return 100 * (1 - w->p->carried / w->p->sent);
}

static double pps_at_loss(const struct row *w, double loss)
{
	return w->p->achieved_pps * (1 - loss / 100);
}

static double interrupts_measured(const struct row *w)
{
	return w->p->interrupts / (w->p->duration_ns / 1e9);
}

static double cost_measured(const struct row *w)
{
	return w->p->carried > 0 ? (w->p->busy_ns - calibration_background(w->c, w->p)) / w->p->carried : NAN;
}

static double relative(double predicted, double measured)
{
	return measured > 0 ? 100 * (predicted - measured) / measured : NAN;
}

static void put_measured(const struct row *w, FILE *f)
{
	double loss = loss_measured(w);

	fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g", pps_at_loss(w, loss), loss, w->p->first_drop,
		interrupts_measured(w), cost_measured(w), w->p->latency_mean_ns, w->p->dut_share);
}

static void put_predicted(const struct row *w, FILE *f)
{
	const struct prediction *r = w->r;
	double loss = loss_measured(w), pps = pps_at_loss(w, loss);

	fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g", r->capacity, r->service_ns, r->rho, pps_at_loss(w, r->loss_dd1k),
		pps_at_loss(w, r->loss_mm1k));
	fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g", pps_at_loss(w, r->loss_null), r->loss_dd1k,
		r->loss_dd1k_high, r->loss_ring, r->loss_mm1k, r->loss_null);
	fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g", r->first_drop, r->interrupts, r->cost, r->latency);
	fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g", r->loss_dd1k - loss, r->loss_mm1k - loss, r->loss_null - loss,
		relative(pps_at_loss(w, r->loss_dd1k), pps));
	fprintf(f, "\t%.6g\t%.6g\t%.6g", relative(r->interrupts, interrupts_measured(w)),
		relative(r->cost, cost_measured(w)), relative(r->latency, w->p->latency_mean_ns));
	fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g", r->service_sd_ns, r->loss_dd1k_low, r->loss_md1k, r->loss_two_stage);
	fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g\n", r->interrupts_timer, r->interrupts_gap, r->latency_timer,
		r->latency_gap);
}

/* The ids of the records that the parameters come from, separated by commas. */
static void put_sources(const struct validation *v, const struct calibration *c, FILE *f)
{
	size_t k = (size_t)((c->from ? c->from : c) - v->cals.c);
	const char *comma = "";

	if (c->rule == RULE_NONE)
		fputs("-", f);
	for (size_t i = 0; i < v->points.n; i++) {
		if (v->cals.of_point[i] != k || !v->cals.calibrates[i])
			continue;
		fprintf(f, "%s%s", comma, v->points.p[i].id);
		comma = ",";
	}
}

void validate_write_table(const struct validation *v, FILE *f)
{
	fputs("id\tcapture\tvariant\tframe_bytes\tasked_pps\toffered_pps\trx_usecs\trole\trule\tcalibrated_from"
	      "\tcost_a\tcost_t_i\tconstant\tidle\tspeed\tspeed_measured"
	      "\tmeas_pps\tmeas_loss_pct\tmeas_first_drop\tmeas_irq_per_s\tmeas_cost\tmeas_latency_ns\tmeas_speed"
	      "\tcapacity\tservice_ns\trho\tdd1k_pps\tmm1k_pps\tnull_pps\tdd1k_loss_pct\tdd1k_loss_high_pct"
	      "\tring_loss_pct\tmm1k_loss_pct\tnull_loss_pct\tdd1k_first_drop\tirq_per_s\tcost\tlatency_ns"
	      "\terr_dd1k_loss_pp\terr_mm1k_loss_pp\terr_null_loss_pp\terr_dd1k_pps_pct\terr_irq_pct\terr_cost_pct"
	      "\terr_latency_pct\tservice_sd_ns\tdd1k_loss_low_pct\tmd1k_loss_pct\ttwo_stage_loss_pct"
	      "\tirq_timer_per_s\tirq_gap_per_s\tlatency_timer_ns\tlatency_gap_ns\n",
	      f);
	for (size_t i = 0; i < v->points.n; i++) {
		struct row w = row_of(v, i);

		fprintf(f, "%s\t%s\t%s\t%.6g\t%.9g\t%.9g\t%.6g\t%s\t%s\t", w.p->id, w.p->capture, w.p->variant,
			w.p->frame_bytes, w.p->asked_pps, w.p->achieved_pps, w.p->rx_usecs, w.role,
			calibration_rules[w.c->rule]);
		put_sources(v, w.c, f);
		fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%d", calibration_cost(w.c, 0), calibration_slope(w.c),
			w.c->constant, w.c->idle, w.c->share, w.c->share_measured);
		put_measured(&w, f);
		put_predicted(&w, f);
	}
}

/* The predicted point of this variant and frame size with the highest rate; the curve takes its ring and frames. */
static const struct point *highest_of(const struct validation *v, const struct point *of)
{
	const struct point *highest = NULL;

	for (size_t i = 0; i < v->points.n; i++) {
		const struct point *p = &v->points.p[i];

		if (p->frame_bytes == of->frame_bytes && strcmp(p->variant, of->variant) == 0 && p->ok &&
		    !v->cals.calibrates[i] && (!highest || p->achieved_pps > highest->achieved_pps))
			highest = p;
	}
	return highest;
}

static void put_curve(const struct validation *v, const struct point *highest, FILE *f)
{
	const struct calibration *c = &v->cals.c[v->cals.of_point[highest - v->points.p]];

	for (int i = 1; c->rule != RULE_NONE && i <= CURVE_STEPS; i++) {
		struct point p = *highest;
		struct prediction r;

		p.achieved_pps = highest->achieved_pps * i / CURVE_STEPS;
		predict_point(&p, c, &r);
		if (i % RIVAL_STEPS == 0)
			predict_rivals(&p, c, &r);
		fprintf(f, "%s\t%.6g\t%.9g\t%.6g\t%.6g\t%.6g\t%.6g\t%.6g\n", p.variant, p.frame_bytes, p.achieved_pps,
			r.loss_dd1k, r.loss_mm1k, r.loss_dd1k_low, r.loss_dd1k_high, r.loss_two_stage);
	}
}

/* Points are sorted by variant and frame size. */
void validate_write_curves(const struct validation *v, FILE *f)
{
	const struct point *p = v->points.p;

	fputs("variant\tframe_bytes\toffered_pps\tdd1k_loss_pct\tmm1k_loss_pct\tdd1k_loss_low_pct"
	      "\tdd1k_loss_high_pct\ttwo_stage_loss_pct\n",
	      f);
	for (size_t i = 0; i < v->points.n; i++) {
		bool first =
			i == 0 || p[i].frame_bytes != p[i - 1].frame_bytes || strcmp(p[i].variant, p[i - 1].variant);
		const struct point *highest = first ? highest_of(v, &p[i]) : NULL;

		if (highest)
			put_curve(v, highest, f);
	}
}

static void put_cost(const char *name, struct cost c, double scale, const char *unit, FILE *f)
{
	if (c.value == 0)
		fprintf(f, "  %-34s not seen\n", name);
	else if (isnan(c.sd))
		fprintf(f, "  %-34s %9.4g           %s\n", name, c.value * scale, unit);
	else
		fprintf(f, "  %-34s %9.4g +- %-6.2g %s\n", name, c.value * scale, c.sd * scale, unit);
}

static void put_machine(const struct costs *k, FILE *f)
{
	fputs("machine:\n", f);
	put_cost("interrupt, poll, out of idle", costs_common(k, COST_CYCLE), 1, "", f);
	put_cost(k->interrupt_measured ? "interrupt while NAPI polls" : "the same, not measured", k->interrupt, 1, "",
		 f);
	put_cost("switch from thread to thread", costs_common(k, COST_WAKE), 1, "", f);
	put_cost("trial without frames", costs_common(k, COST_CONSTANT), 1, "", f);
	put_cost("time without frames", costs_common(k, COST_IDLE), 1e6, "a ms", f);
	fputs("captures, a byte:\n", f);
	for (size_t h = 0; h < k->n_hearts; h++)
		put_cost(k->heart[h], costs_byte(k, k->heart[h]), 1, "", f);
	fprintf(f, "from %zu trials, which leave %.3g a frame unexplained\n\n", k->n_trials, k->fit.residual);
}

static void put_family(const struct calibration *c, FILE *f)
{
	struct cost frame = costs_frame(c->costs, c->costs_family), full = calibration_saturated(c, 0);

	fprintf(f, "%-40s %5.0f %6zu %-13s %8.0f +-%4.0f %8.0f +-%4.0f %7.4f%s\n", c->variant, c->frame_bytes, c->n,
		calibration_rules[c->rule], frame.value, frame.sd, full.value, full.sd, c->share,
		c->share_measured ? "" : " (default)");
}

void validate_write_calibration(const struct validation *v, FILE *f)
{
	fputs("costs in instructions (wall clock: ns), +- a standard deviation\n", f);
	put_machine(v->cals.costs, f);
	fprintf(f, "%-40s %5s %6s %-13s %14s %14s %7s\n", "family", "frame", "trials", "rule", "a frame",
		"at saturation", "speed");
	for (size_t k = 0; k < v->cals.n; k++) {
		const struct calibration *c = &v->cals.c[k];

		if (c->rule == RULE_NONE || c->costs_family < 0)
			fprintf(f, "%-40s %5.0f %6zu none\n", c->variant, c->frame_bytes, c->n);
		else
			put_family(c, f);
	}
	fputs("a frame: without its bytes; at saturation: with them, without interrupts; speed: instructions a ns\n",
	      f);
}
