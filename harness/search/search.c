// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/campaign/rate_prior.h"
#include "harness/search/search_phase.h"
#include "harness/record/trial_spec.h"

/* Uncertainty of the forwarding rate under overload as an estimate of the sought rate: this share of the loss, at least the second. */
#define OVERLOAD_SCALE 0.1
#define OVERLOAD_LEAST 0.001
#define UNPACED_PPS 2000000 /* how many frames make a timed trial whose rate is not known */
#define UNPACED_SPARE 1.25 /* where it is known: so much faster it may be the next time, or the trial is too short */

struct asks {
	struct search *s;
	struct search_ask *a;
	size_t n, most;
};

void search_init(struct search *s, const struct search_options *o)
{
	memset(s, 0, sizeof(*s));
	s->o = *o;
	s->unpaced = -1;
}

/* The trial with loss at the lowest rate: its forwarding rate is near the rate where loss begins. */
static const struct search_trial *least_overload(const struct search *s, double loss)
{
	const struct search_trial *found = NULL;

	for (size_t i = 0; i < s->n_trials; i++)
		if (s->trials[i].loss > loss && (!found || s->trials[i].rate < found->rate))
			found = &s->trials[i];
	return found;
}

/* If the bounds refute a prediction, its uncertainty is at least its error. */
static struct rate_prior widened(const struct search_phase *p, double rate, double scale)
{
	double off = 0;

	if (rate > 0 && p->lower)
		off = fmax(off, log((double)p->lower / rate));
	if (rate > 0 && p->upper)
		off = fmax(off, log(rate / (double)p->upper));
	return (struct rate_prior) { rate, fmax(scale, off) };
}

/* The prior over a goal's rate, and its description: the most certain of those available. */
static struct rate_prior prior_of(const struct search *s, const struct search_phase *p, char *text, size_t size)
{
	const struct rate_prior *hint = &s->o.hints[p->goal];
	const struct search_trial *over = least_overload(s, p->g.loss);
	struct rate_prior b = widened(p, hint->rate, hint->scale), f = { 0 };

	if (over)
		f = widened(p, (double)over->rate * (1 - over->loss) / (1 - p->g.loss),
			    fmax(OVERLOAD_LEAST, OVERLOAD_SCALE * over->loss));
	snprintf(text, size, "the model says to start at %.0f pps +- %.1f %%", hint->rate, 200 * hint->scale);
	if (p->before_lower && p->before_upper && !p->lower && !p->upper) {
		b.rate = sqrt((double)p->before_lower * (double)p->before_upper);
		b.scale = search_width(p->before_lower, p->before_upper);
		snprintf(text, size, "near what shorter trials found");
	} else if (f.rate > 0 && (b.rate <= 0 || f.scale < b.scale)) {
		b = f;
		snprintf(text, size, "%" PRIu64 " pps forwarded %.0f", over->rate,
			 (double)over->rate * (1 - over->loss));
	} else if (b.rate <= 0) {
		snprintf(text, size, "the middle");
	}
	return b;
}

static size_t load_of(struct search *s, uint64_t rate)
{
	size_t i = 0;

	if (rate == RATE_MAX && s->unpaced >= 0)
		return s->unpaced;
	while (i < s->n_loads && (s->loads[i].rate != rate || (int)i == s->unpaced))
		i++;
	if (i == s->n_loads) {
		s->loads[s->n_loads++].rate = rate;
		if (rate == RATE_MAX)
			s->unpaced = (int)i;
	}
	return i;
}

static uint64_t count_of(const struct search *s, uint64_t rate, double size)
{
	double unpaced = fmax(UNPACED_PPS, UNPACED_SPARE * (double)s->fastest);
	double frames = s->o.timed ? size * (rate == RATE_MAX ? unpaced : (double)rate) : size;

	return frames < 2 ? 2 : frames > COUNT_LIMIT ? COUNT_LIMIT : (uint64_t)llround(frames);
}

static __attribute__((format(printf, 4, 5))) void ask(struct asks *a, const struct search_phase *p, uint64_t rate,
						      const char *why, ...)
{
	struct search *s = a->s;
	struct search_ask *k = &a->a[a->n];
	char text[160];
	va_list ap;

	if (a->n == a->most || s->asked == SEARCH_TRIALS_MAX)
		return;
	*k = (struct search_ask) { .rate = rate, .size = p->g.final, .count = count_of(s, rate, p->g.final) };
	k->load = load_of(s, rate);
	k->repeat = s->loads[k->load].asked++;
	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	snprintf(k->reason, sizeof(k->reason), "goal %zu (loss %g %%): %s", p->goal + 1, 100 * p->g.loss, text);
	s->asked++;
	a->n++;
}

/* How many more trials at this load the goal's duration sum needs. */
static size_t missing(const struct search *s, const struct search_phase *p, uint64_t rate)
{
	double left = p->g.sum;

	for (size_t i = 0; i < s->n_trials; i++)
		if (s->trials[i].rate == rate && s->trials[i].size >= p->g.final * (1 - 1e-9))
			left -= s->trials[i].size;
	return left < p->g.final ? 1 : (size_t)ceil(left / p->g.final - 1e-9);
}

/* Was it started at this phase's trial size? Shorter trials of another phase need not be completed. */
static bool begun(const struct search *s, const struct search_phase *p, const struct search_load *l)
{
	if (l->asked && !l->valid)
		return true;
	for (size_t i = 0; i < s->n_trials; i++)
		if (s->trials[i].rate == l->rate && s->trials[i].size >= p->g.final * (1 - 1e-9))
			return true;
	return false;
}

/* Loads within the bracket that are still undecided. */
static void ask_again(struct asks *a, const struct search_phase *p)
{
	struct search *s = a->s;

	for (size_t i = 0; i < s->n_loads && !a->n; i++) {
		const struct search_load *l = &s->loads[i];
		bool inside =
			l->rate > p->lower && (!p->upper || l->rate < p->upper) && (!p->wall || l->rate < p->wall);

		if (!inside || search_unusable(l) || !begun(s, p, l) ||
		    search_class_of(s, &p->g, l->rate) != SEARCH_UNDECIDED)
			continue;
		for (size_t n = missing(s, p, l->rate); n && a->n < a->most; n--)
			ask(a, p, (int)i == s->unpaced ? RATE_MAX : l->rate, "again: %" PRIu64 " pps is undecided%s%s",
			    l->rate, l->invalid ? ", invalid: " : "", l->reason);
	}
}

/* Was a trial above all lower bounds invalid? Then the sender's own limit may be near. */
static bool in_doubt(const struct search *s, const struct search_phase *p)
{
	for (size_t i = 0; i < s->n_loads; i++)
		if (s->loads[i].rate > p->lower && s->loads[i].invalid && !s->loads[i].valid)
			return true;
	return false;
}

/* Is a met rate further above the prediction than twice its band? */
static bool refuted(const struct search *s, const struct search_phase *p)
{
	const struct rate_prior *hint = &s->o.hints[p->goal];

	return hint->rate > 0 && (double)p->lower > hint->rate * (1 + 4 * hint->scale);
}

/*
 * Asks for a trial at the highest rate: as the first one if nothing is known, if a prediction is refuted, and to find the
 * sender's limit when it shows.
 */
static void ask_overload(struct asks *a, const struct search_phase *p)
{
	struct search *s = a->s;
	const struct search_load *l = s->unpaced >= 0 ? &s->loads[s->unpaced] : NULL;
	bool start = !s->o.hints[p->goal].rate && !s->asked;
	uint64_t cap = search_cap(s, p);

	if (p->upper || (l && ((l->valid && (!l->cut || l->rate > cap)) || search_unusable(l))))
		return;
	if (s->o.max_rate) {
		if (start || (refuted(s, p) && !begun(s, p, &s->loads[load_of(s, cap)])))
			ask(a, p, cap, "overload: what is forwarded at the highest rate");
	} else if (start || l || refuted(s, p) || in_doubt(s, p)) {
		ask(a, p, RATE_MAX, "unpaced: the sender's limit, and what is forwarded there");
	}
}

/* First re-measure the bounds that shorter trials gave. */
static void ask_before(struct asks *a, const struct search_phase *p)
{
	if (!p->lower && p->before_lower && search_class_of(a->s, &p->g, p->before_lower) == SEARCH_UNDECIDED)
		ask(a, p, p->before_lower, "lower bound of shorter trials");
	if (!p->upper && p->before_upper && search_class_of(a->s, &p->g, p->before_upper) == SEARCH_UNDECIDED)
		ask(a, p, p->before_upper, "upper bound of shorter trials");
}

static uint64_t clamp(uint64_t x, uint64_t low, uint64_t high)
{
	return x < low ? low : x > high ? high : x;
}

/*
 * Rates where either answer is of use: not nearer to a bound than the width that ends the search. Within two widths
 * that turns round: between the two marks either answer ends it.
 */
static void range_find(const struct search_phase *p, uint64_t low, uint64_t high, uint64_t *from, uint64_t *to)
{
	double near_low = (double)low / (1 - p->g.width), near_high = (double)high * (1 - p->g.width);
	uint64_t first = low + (p->lower > 0), last = high - 1;
	bool cross = near_low > near_high;

	*from = first;
	*to = last;
	if (p->lower)
		*from = clamp((uint64_t)(cross ? ceil(near_high) : floor(near_low)), first, last);
	if (p->upper == high)
		*to = clamp((uint64_t)(cross ? floor(near_low) : ceil(near_high)), first, last);
	if (*from > *to)
		*from = *to = (*from + *to) / 2;
}

static void ask_inside(struct asks *a, const struct search_phase *p, uint64_t rate, const char *text, uint64_t low,
		       uint64_t high)
{
	if (!p->lower && !p->upper && !p->wall)
		ask(a, p, rate, "%s: least sure here", text);
	else
		ask(a, p, rate, "%s: least sure here, between %" PRIu64 "%s and %" PRIu64 "%s", text, low,
		    p->lower ? "" : " (not measured)", high, p->upper == high ? "" : " (no bound)");
}

static void ask_between(struct asks *a, const struct search_phase *p, uint64_t low, uint64_t high)
{
	struct search *s = a->s;
	uint64_t from, to, last = 0, cap = search_cap(s, p);
	char text[96];
	struct rate_prior b = prior_of(s, p, text, sizeof(text));

	if (high - low < 2)
		return;
	range_find(p, low, high, &from, &to);
	for (size_t i = 0; i < a->most; i++) {
		double q = (double)(i + 1) / (double)(a->most + 1);
		uint64_t rate = (uint64_t)llround(rate_prior_quantile(
			&b, (double)s->o.min_rate, fmax((double)cap, (double)high), (double)low, (double)high, q));

		rate = clamp(rate, from, to);
		if (rate != last && search_class_of(s, &p->g, rate) == SEARCH_UNDECIDED)
			ask_inside(a, p, rate, text, low, high);
		last = rate;
	}
}

/* The lowest or highest rate allowed, once nothing else is left to narrow. */
static void ask_end(struct asks *a, const struct search_phase *p, uint64_t rate, const char *which)
{
	const struct search *s = a->s;

	if (search_class_of(s, &p->g, rate) == SEARCH_UNDECIDED)
		ask(a, p, !s->o.max_rate && s->unpaced >= 0 && s->loads[s->unpaced].rate == rate ? RATE_MAX : rate,
		    "the %s rate", which);
}

/* Without an upper bound, the next rate is at most twice the highest rate that was met or predicted. */
static uint64_t reach(const struct search *s, const struct search_phase *p, uint64_t high)
{
	double most = 2 * fmax((double)p->lower, s->o.hints[p->goal].rate);

	return p->upper || most <= 0 || most >= (double)high ? high : (uint64_t)most;
}

static void ask_phase(struct asks *a, const struct search_phase *p)
{
	uint64_t cap = search_cap(a->s, p), low = p->lower ? p->lower : a->s->o.min_rate;
	uint64_t high = p->upper ? p->upper : cap;
	bool near;

	if (p->wall && p->wall < high)
		high = p->wall;
	near = low >= high || search_width(low, high) <= p->g.width;
	if (search_reached(p) || (!p->upper && p->lower >= cap))
		return;
	ask_overload(a, p);
	if (!a->n)
		ask_again(a, p);
	if (!a->n && !p->wall)
		ask_before(a, p);
	if (a->n)
		return;
	if (!near)
		ask_between(a, p, low, reach(a->s, p, high));
	else if (!p->lower && low < high)
		ask_end(a, p, low, "lowest");
	else if (!p->upper && !p->wall && p->lower < cap)
		ask_end(a, p, cap, "highest");
}

size_t search_next(struct search *s, size_t most, struct search_ask *asks)
{
	struct asks a = { .s = s, .a = asks, .most = most };

	assert(s->asked == s->added);
	for (size_t goal = 0; goal < s->o.n_goals && !a.n; goal++) {
		struct search_phase p = { 0 };

		for (unsigned int n = 0; n < search_phases(&s->o.goals[goal]) && !a.n; n++) {
			search_phase(s, goal, n, &p);
			ask_phase(&a, &p);
		}
	}
	return a.n;
}

/* All unpaced trials count as one load. Its rate is their lowest, since each of them offered at least that. */
static void unpaced_rate(struct search *s, struct search_load *l, uint64_t achieved)
{
	uint64_t before = l->valid ? l->rate : achieved;

	l->rate = before < achieved ? before : achieved;
	s->fastest = s->fastest > achieved ? s->fastest : achieved;
	for (size_t i = 0; i < s->n_trials; i++)
		if (s->trials[i].rate == before)
			s->trials[i].rate = l->rate;
}

static void add_valid(struct search *s, const struct search_ask *k, const struct search_result *r)
{
	struct search_load *l = &s->loads[k->load];
	double size = k->size;

	if (k->rate == RATE_MAX)
		unpaced_rate(s, l, r->achieved_pps);
	if (s->o.timed) /* of an unpaced trial, and of one cut short at COUNT_LIMIT; a frame is no matter */
		size = fmin(size, (double)(k->count + 1) / (double)(k->rate == RATE_MAX ? r->achieved_pps : k->rate));
	l->cut = size < k->size * (1 - 1e-9);
	l->valid++;
	s->trials[s->n_trials++] = (struct search_trial) { l->rate, size, r->loss };
}

void search_add(struct search *s, const struct search_ask *k, const struct search_result *r)
{
	struct search_load *l = &s->loads[k->load];

	s->added++;
	if (r->valid && r->achieved_pps) {
		add_valid(s, k, r);
		return;
	}
	l->invalid++;
	snprintf(l->reason, sizeof(l->reason), "%s", r->reason);
}
