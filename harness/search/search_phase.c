// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/search/search_phase.h"
#include "harness/record/trial_spec.h"

#define PHASES 3 /* from initial to final size, each with half the width of the one before */

double search_width(uint64_t lower, uint64_t upper)
{
	return 1 - (double)lower / (double)upper;
}

enum search_class search_class_of(const struct search *s, const struct search_goal *g, uint64_t rate)
{
	return search_classify(g, s->trials, s->n_trials, rate);
}

bool search_unusable(const struct search_load *l)
{
	return l->invalid >= SEARCH_INVALID_TRIES * (l->valid + 1);
}

/* RFC 9971: the lowest upper bound, and the highest lower bound below it. */
static void bounds_find(const struct search *s, const struct search_goal *g, uint64_t *lower, uint64_t *upper)
{
	*lower = *upper = 0;
	for (size_t i = 0; i < s->n_loads; i++) {
		uint64_t rate = s->loads[i].rate;

		if ((!*upper || rate < *upper) && search_class_of(s, g, rate) == SEARCH_UPPER)
			*upper = rate;
	}
	for (size_t i = 0; i < s->n_loads; i++) {
		uint64_t rate = s->loads[i].rate;

		if (rate > *lower && (!*upper || rate < *upper) && search_class_of(s, g, rate) == SEARCH_LOWER)
			*lower = rate;
	}
}

static void wall_find(const struct search *s, struct search_phase *p)
{
	p->wall = 0;
	for (size_t i = 0; i < s->n_loads; i++) {
		const struct search_load *l = &s->loads[i];

		if (l->rate > p->lower && (!p->upper || l->rate < p->upper) && (!p->wall || l->rate < p->wall) &&
		    search_unusable(l) && search_class_of(s, &p->g, l->rate) == SEARCH_UNDECIDED)
			p->wall = l->rate;
	}
}

bool search_reached(const struct search_phase *p)
{
	return p->lower && p->upper && search_width(p->lower, p->upper) <= p->g.width;
}

unsigned int search_phases(const struct search_goal *g)
{
	return g->initial < g->final ? PHASES : 1;
}

void search_phase(const struct search *s, size_t goal, unsigned int number, struct search_phase *p)
{
	const struct search_goal *g = &s->o.goals[goal];
	unsigned int last = search_phases(g) - 1;

	p->before_lower = number ? p->lower : 0;
	p->before_upper = number ? p->upper : 0;
	p->goal = goal;
	p->number = number;
	p->g = *g;
	if (number < last) {
		p->g.final = g->initial * pow(g->final / g->initial, (double)number / last);
		p->g.final = s->o.timed ? p->g.final : round(p->g.final);
		p->g.sum = p->g.final;
		p->g.width = fmin(0.5, g->width * (double)(1u << (last - number)));
	}
	bounds_find(s, &p->g, &p->lower, &p->upper);
	wall_find(s, p);
}

/* At a higher rate a trial of this duration would exceed the limit on frames. */
static uint64_t most_rate(const struct search *s, const struct search_phase *p)
{
	double most = s->o.timed ? COUNT_LIMIT / p->g.final : RATE_PPS_LIMIT;

	return most < RATE_PPS_LIMIT ? (uint64_t)most : RATE_PPS_LIMIT;
}

uint64_t search_cap(const struct search *s, const struct search_phase *p)
{
	uint64_t most = most_rate(s, p), asked = s->o.max_rate;

	if (!asked && s->unpaced >= 0)
		asked = s->loads[s->unpaced].rate;
	return asked && asked < most ? asked : most;
}

static const char *cap_reason(const struct search *s, const struct search_phase *p)
{
	if (search_cap(s, p) == s->o.max_rate)
		return "the highest rate asked for";
	return search_cap(s, p) == most_rate(s, p) ? "as many frames as a trial may have"
						   : "as fast as the sender goes";
}

static const char *wall_reason(const struct search *s, uint64_t wall)
{
	for (size_t i = 0; i < s->n_loads; i++)
		if (s->loads[i].rate == wall && s->loads[i].invalid)
			return s->loads[i].reason;
	return "";
}

static void say_why(const struct search *s, const struct search_phase *p, struct search_outcome *out)
{
	uint64_t cap = search_cap(s, p);

	if (s->asked == SEARCH_TRIALS_MAX)
		snprintf(out->reason, sizeof(out->reason), "not found in %d trials", SEARCH_TRIALS_MAX);
	else if (!p->upper && p->lower >= cap)
		snprintf(out->reason, sizeof(out->reason), "no upper bound: %" PRIu64 " pps, %s, is met", cap,
			 cap_reason(s, p));
	else if (p->wall)
		snprintf(out->reason, sizeof(out->reason), "trials at %" PRIu64 " pps are invalid: %.*s", p->wall, 160,
			 wall_reason(s, p->wall));
	else if (!p->lower && p->upper)
		snprintf(out->reason, sizeof(out->reason),
			 "no lower bound: the lowest rate, %" PRIu64 " pps, is not met", s->o.min_rate);
	else
		snprintf(out->reason, sizeof(out->reason), "no whole rate is left between the bounds");
}

void search_outcome(const struct search *s, size_t goal, struct search_outcome *out)
{
	const struct search_goal *g = &s->o.goals[goal];
	struct search_phase p = { 0 };

	memset(out, 0, sizeof(*out));
	search_phase(s, goal, search_phases(g) - 1, &p);
	out->lower = p.lower;
	out->upper = p.upper;
	if (p.lower)
		out->throughput = search_throughput(g, s->trials, s->n_trials, p.lower);
	out->regular = search_reached(&p);
	if (!out->regular)
		say_why(s, &p, out);
}
