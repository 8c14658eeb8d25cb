// SPDX-License-Identifier: GPL-2.0-or-later
/* A verdict on each model for each capture, from the residuals, and its worst point. */
#include <math.h>
#include <string.h>

#include "models/errors.h"
#include "models/nic.h"

#define PPS_OUTSIDE 3.0 /* %: throughput, outside the knee */
#define PPS_KNEE 8.0 /* %: in it */
#define LOSS_POINTS 1.5 /* percentage points, in either */
#define IRQ_PCT 10.0
#define LOSS_FREE_PCT 5.0
#define TIE 0.005 /* points: no difference */

static double mean(double sum, double n)
{
	return n > 0 ? sum / n : 0;
}

static bool within(const struct errors *s, enum model m, double pps_most)
{
	return mean(s->pps_pct[m], s->n) <= pps_most && mean(s->loss_pp[m], s->n) <= LOSS_POINTS;
}

/* A queueing model that is no better than the null model has not been validated. */
static bool beats_null(const struct errors *s, enum model m)
{
	double null = mean(s->loss_pp[MODEL_NULL], s->n);

	return m == MODEL_NULL || null <= TIE || mean(s->loss_pp[m], s->n) < null - TIE;
}

static const char *verdict_of(const struct errors *outside, const struct errors *knee, const struct errors *all,
			      enum model m)
{
	if (knee->n == 0 && outside->n_over == 0)
		return "untried";
	if (!within(outside, m, PPS_OUTSIDE) || !beats_null(all, m))
		return "refuted";
	return within(knee, m, PPS_KNEE) ? "holds" : "holds outside the knee";
}

static double loss_measured(const struct point *p)
{
	return 100 * (1 - p->carried / p->sent);
}

/* The point whose loss is furthest from the model's; v->points.n if there is none. */
static size_t worst_point(const struct validation *v, const char *capture, enum model m)
{
	size_t worst = v->points.n;
	double most = 0;

	for (size_t i = 0; i < v->points.n; i++) {
		double error;

		if (strcmp(v->points.p[i].title, capture) || !point_is_predicted(v, i))
			continue;
		error = fabs(model_loss(&v->predictions[i], m) - loss_measured(&v->points.p[i]));
		if (error > most)
			worst = i, most = error;
	}
	return worst;
}

static bool is_long_run(enum model m)
{
	return m != MODEL_DD1K;
}

static bool takes_random(enum model m)
{
	return m == MODEL_MD1K || m == MODEL_MM1K || m == MODEL_TWO_STAGE;
}

/* What the model gets wrong there, as far as the record shows it. */
static const char *reason_of(const struct point *p, const struct prediction *r, enum model m)
{
	double got = loss_measured(p), said = model_loss(r, m);

	if (p->sent - p->carried > 2 * p->lost_at_nic && got > said)
		return "           lost behind the NIC, where the model has no buffer to fill\n";
	if (m == MODEL_TWO_STAGE && said > got)
		return "           it livelocks, and NAPI does not: interrupts are off while it polls\n";
	if (r->loss_ring > r->loss_null && got > said && m != MODEL_DD1K)
		return "           the ring is too small for a gap between interrupts, which the model does not have\n";
	if (takes_random(m) && r->rho < 1 && said > got && !strcmp(p->title, p->capture))
		return "           it takes arrivals as random; these are even\n";
	if (m == MODEL_DD1K && got > said && strcmp(p->title, p->capture))
		return "           it takes arrivals as even; these are not\n";
	if (r->loss_ring > r->loss_null && said > got && m == MODEL_DD1K)
		return "           the ring is too small for a gap between interrupts, but less so than the NIC's rule "
		       "says\n";
	if (is_long_run(m) && said > got)
		return "           a long run; of this burst the ring holds the first frames\n";
	return said > got ? "           the service is faster than at low load\n"
			  : "           the service is slower than at low load\n";
}

static void put_worst(const struct validation *v, const char *capture, enum model m, FILE *f)
{
	size_t i = worst_point(v, capture, m);
	const struct point *p;

	if (i == v->points.n)
		return;
	p = &v->points.p[i];
	fprintf(f, "    worst: %.0f bytes, %.0f pps, rx-usecs %.0f: lost %.2f %%, predicted %.2f\n%s", p->frame_bytes,
		p->achieved_pps, p->rx_usecs, loss_measured(p), model_loss(&v->predictions[i], m),
		reason_of(p, &v->predictions[i], m));
}

/* Throughput in %, loss in points, and the null model's loss. */
static void put_zone(const struct errors *s, enum model m, FILE *f)
{
	if (s->n > 0)
		fprintf(f, " %7.2f %7.2f %7.2f", mean(s->pps_pct[m], s->n), mean(s->loss_pp[m], s->n),
			mean(s->loss_pp[MODEL_NULL], s->n));
	else
		fprintf(f, " %7s %7s %7s", "-", "-", "-");
}

static void put_model(const struct validation *v, const char *capture, enum model m, FILE *f)
{
	struct errors outside = errors_sum(v, capture, OUTSIDE), knee = errors_sum(v, capture, ZONE(ZONE_KNEE)),
		      all = errors_sum(v, capture, EVERYWHERE);
	const char *verdict = verdict_of(&outside, &knee, &all, m);

	fprintf(f, "%-23s %-10s %-22s", capture, model_titles[m], verdict);
	put_zone(&outside, m, f);
	put_zone(&knee, m, f);
	fputc('\n', f);
	if (strcmp(verdict, "holds") && strcmp(verdict, "untried"))
		put_worst(v, capture, m, f);
}

static double irq_error(const struct validation *v, size_t i)
{
	const struct point *p = &v->points.p[i];
	double measured = p->interrupts / (p->duration_ns / 1e9), predicted = v->predictions[i].interrupts;

	return measured > 0 && predicted > 0 ? 100 * (predicted - measured) / measured : NAN;
}

/* The driver's own moderation checks the load only when a poll ends. */
static const char *irq_reason(const struct point *p, const struct prediction *r)
{
	if (r->rho >= 1 && p->rx_usecs > 0 && p->rx_usecs <= NIC_ADAPTIVE_USECS_MOST)
		return "           the driver chooses the gap when a poll ends, and under overload none does\n";
	return r->rho >= KNEE_LOW ? "           a gap as short as a group of frames takes\n" : "";
}

static void put_worst_irq(const struct validation *v, const char *capture, FILE *f)
{
	size_t worst = v->points.n;
	double most = 0;

	for (size_t i = 0; i < v->points.n; i++)
		if (strcmp(v->points.p[i].title, capture) == 0 && point_is_predicted(v, i) &&
		    fabs(irq_error(v, i)) > most)
			worst = i, most = fabs(irq_error(v, i));
	if (worst < v->points.n)
		fprintf(f, "    worst: %.0f bytes, %.0f pps, rx-usecs %.0f: %.0f %% off\n%s",
			v->points.p[worst].frame_bytes, v->points.p[worst].achieved_pps, v->points.p[worst].rx_usecs,
			irq_error(v, worst), irq_reason(&v->points.p[worst], &v->predictions[worst]));
}

static void put_rest(const struct validation *v, const char *capture, FILE *f)
{
	struct errors outside = errors_sum(v, capture, OUTSIDE), knee = errors_sum(v, capture, ZONE(ZONE_KNEE));
	double rate = loss_free_error(v, capture), out = mean(outside.irq_pct, outside.n_irq),
	       in = mean(knee.irq_pct, knee.n_irq);

	if (outside.n_irq + knee.n_irq > 0)
		fprintf(f, "%-23s %-10s %-22s %7.2f %15s %7.2f\n", capture, "NIC's rule",
			out > IRQ_PCT  ? "refuted"
			: in > IRQ_PCT ? "holds outside the knee"
				       : "holds",
			out, "", in);
	if (out > IRQ_PCT || in > IRQ_PCT)
		put_worst_irq(v, capture, f);
	if (!isnan(rate))
		fprintf(f, "%-23s %-10s %-22s %7.2f\n", capture, "loss-free",
			rate > LOSS_FREE_PCT ? "refuted" : "holds", rate);
}

static void put_capture(const struct validation *v, const char *capture, FILE *f)
{
	for (int m = 0; m < MODELS; m++)
		put_model(v, capture, m, f);
	put_rest(v, capture, f);
}

void verdicts_write(const struct validation *v, FILE *f)
{
	fprintf(f, "%57s %-23s %s\n%-57s %7s %7s %7s %7s %7s %7s\n", "", "outside the knee", "in the knee", "verdicts",
		"pps %", "loss pp", "null pp", "pps %", "loss pp", "null pp");
	each_capture(v, put_capture, f);
	fprintf(f,
		"holds: throughput within %g %% outside the knee and %g %% in it, loss within %g points, better than "
		"null;\n"
		"NIC's rule: interrupts/s within %g %%; loss-free: that rate within %g %% of the measured bracket.\n",
		PPS_OUTSIDE, PPS_KNEE, LOSS_POINTS, IRQ_PCT, LOSS_FREE_PCT);
}
