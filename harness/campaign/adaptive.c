// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/campaign/adaptive.h"

#define GRAIN 10 /* pps: rates that can be read */

/* A trial without its rate and seed. */
struct curve {
	char *text;
	uint64_t rate, seed;
};

static int by_text(const void *a, const void *b)
{
	const struct curve *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	if (!order)
		order = (x->rate > y->rate) - (x->rate < y->rate);
	return order ? order : (x->seed > y->seed) - (x->seed < y->seed);
}

static int curves_make(const struct plan *p, struct curve *c)
{
	char text[TRIAL_TEXT_MAX];

	for (size_t i = 0; i < p->n; i++) {
		struct trial t;

		plan_trial(p, i, &t);
		c[i].rate = t.rate_pps;
		c[i].seed = t.seed;
		t.rate_pps = RATE_MAX;
		t.seed = 0;
		trial_format(&t, text, sizeof(text));
		c[i].text = strdup(text);
		if (!c[i].text)
			return -ENOMEM;
	}
	qsort(c, p->n, sizeof(*c), by_text);
	return 0;
}

static uint64_t rate_at(const struct rate_prior *b, double low, double high, double q)
{
	double rate = rate_prior_quantile(b, low, high, low, high, q);

	return (uint64_t)fmin(RATE_PPS_LIMIT, fmax(GRAIN, round(rate / GRAIN) * GRAIN));
}

/* Adds n rates between the ends of the band. -EEXIST only means that the campaign has the trial already. */
static int refine(struct plan *p, struct trial *t, uint64_t n, const struct rate_prior *b, struct err *e)
{
	double band = 2 * b->scale, low = b->rate / (1 + band), high = b->rate * (1 + band);
	char reason[160];

	for (uint64_t i = 0; i < n; i++) {
		struct err why = { "" };
		int ret;

		t->rate_pps = rate_at(b, low, high, ((double)i + 0.5) / (double)n);
		snprintf(reason, sizeof(reason),
			 "the model says no loss up to %.0f pps +- %.1f %%: %" PRIu64 " of %" PRIu64 " rates there",
			 b->rate, 100 * band, i + 1, n);
		ret = plan_append(p, t, reason, &why);
		if (ret && ret != -EEXIST)
			return err_set(e, ret, "%s", why.text);
	}
	return 0;
}

/* c[0] to c[n - 1] have the same text, so they are one curve. */
static int curve_extend(struct plan *p, const struct curve *c, size_t n, uint64_t rates, adaptive_predict predict,
			void *context, bool *predicted, struct err *e)
{
	struct err why = { "" };
	struct rate_prior b;
	struct trial t;

	if (c[0].rate == c[n - 1].rate || trial_parse(&t, c[0].text, e))
		return 0;
	t.seed = c[0].seed;
	for (size_t i = 0; i < n; i++)
		t.seed = c[i].seed < t.seed ? c[i].seed : t.seed;
	if (predict(context, &t, &b, &why))
		return 0;
	*predicted = true;
	if (p->n + rates > PLAN_TRIALS_MAX)
		return err_set(e, -EINVAL, "adaptive_rates bring the plan above %d trials", PLAN_TRIALS_MAX);
	return refine(p, &t, rates, &b, e);
}

int adaptive_extend(struct plan *p, const struct campaign *c, adaptive_predict predict, void *context, struct err *e)
{
	size_t n = p->n, first, next;
	struct curve *curves = calloc(n + 1, sizeof(*curves));
	bool predicted = false;
	int ret = curves ? curves_make(p, curves) : -ENOMEM;

	if (ret)
		err_set(e, ret, "out of memory");
	for (first = 0; !ret && first < n; first = next) {
		for (next = first + 1; next < n && strcmp(curves[next].text, curves[first].text) == 0;)
			next++;
		ret = curve_extend(p, curves + first, next - first, c->adaptive_rates, predict, context, &predicted, e);
	}
	if (!ret && !predicted)
		ret = err_set(e, -ENOENT, "%s: the model predicts no curve of it", c->path);
	for (size_t i = 0; curves && i < n; i++)
		free(curves[i].text);
	free(curves);
	return ret ? ret : plan_order(p, c->order_seed, e);
}
