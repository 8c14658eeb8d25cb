// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "harness/search/search_report.h"

static json_t *rate_or_null(uint64_t rate)
{
	return rate ? json_integer((json_int_t)rate) : json_null();
}

static json_t *goal_report(const struct search_run *r, size_t i)
{
	const struct search_goal *g = &r->options.goals[i];
	const struct rate_prior *h = &r->options.hints[i];
	struct search_outcome out;

	search_outcome(&r->search, i, &out);
	return json_pack("{s:{s:f,s:f,s:f,s:f,s:f,s:f},s:o,s:b,s:s?,s:o,s:o,s:o}", "goal", "loss", g->loss, "exceed",
			 g->exceed, "width", g->width, "initial", g->initial, "final", g->final, "sum", g->sum,
			 "predicted",
			 h->rate > 0 ? json_pack("{s:f,s:f,s:f}", "pps", r->predicted[i], "start_pps", h->rate, "band",
						 2 * h->scale)
				     : json_null(),
			 "regular", out.regular, "reason", out.regular ? NULL : out.reason, "lower_pps",
			 rate_or_null(out.lower), "upper_pps", rate_or_null(out.upper), "conditional_pps",
			 out.lower ? json_real(out.throughput) : json_null());
}

char *search_json(const struct search_run *r)
{
	const struct search *s = &r->search;
	char trial[TRIAL_TEXT_MAX], *text = NULL;
	json_t *goals = json_array(), *o;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	trial_format(&r->trial, trial, sizeof(trial));
	for (size_t i = 0; i < r->options.n_goals; i++)
		json_array_append_new(goals, goal_report(r, i));
	o = json_pack("{s:s,s:s,s:s,s:o,s:I,s:I,s:o}", "trial", trial, "clock", clock_names[r->testbed->clock], "unit",
		      r->options.timed ? "s" : "frames", "goals", goals, "trials", (json_int_t)s->added, "valid_trials",
		      (json_int_t)s->n_trials, "sender_pps",
		      s->unpaced >= 0 ? rate_or_null(s->loads[s->unpaced].rate) : json_null());
	if (f && o && json_dumpf(o, f, JSON_COMPACT | JSON_REAL_PRECISION(10)) == 0)
		fputc('\n', f);
	json_decref(o);
	if (f && fclose(f) == 0 && text[0])
		return text;
	free(text);
	return NULL;
}

static void print_rate(FILE *f, double rate)
{
	if (rate > 0)
		fprintf(f, "  %11.0f", rate);
	else
		fprintf(f, "  %11s", "none");
}

static void print_goal(FILE *f, const struct search_run *r, size_t i)
{
	const struct search_goal *g = &r->options.goals[i];
	struct search_outcome out;
	char goal[64];

	search_outcome(&r->search, i, &out);
	snprintf(goal, sizeof(goal), "loss %g %%, exceed %g %%, width %g %%", 100 * g->loss, 100 * g->exceed,
		 100 * g->width);
	fprintf(f, "%-40s", goal);
	print_rate(f, (double)out.lower);
	print_rate(f, (double)out.upper);
	print_rate(f, out.throughput);
	print_rate(f, r->predicted[i]);
	fprintf(f, "\n%s%s%s", out.regular ? "" : "  irregular: ", out.reason, out.regular ? "" : "\n");
}

void search_table(const struct search_run *r, FILE *f)
{
	fprintf(f, "%-40s  %11s  %11s  %11s  %11s\n", "goal; pps", "lower", "upper", "conditional", "predicted");
	for (size_t i = 0; i < r->options.n_goals; i++)
		print_goal(f, r, i);
	fprintf(f, "%zu trials, %zu valid; %s clock\n", r->search.added, r->search.n_trials,
		clock_names[r->testbed->clock]);
}

void search_print_first(struct search_run *r, FILE *f)
{
	struct search_ask asks[SEARCH_AT_ONCE_MAX];
	char text[TRIAL_TEXT_MAX];
	size_t n;

	search_init(&r->search, &r->options);
	n = search_next(&r->search, r->jobs, asks);
	for (size_t i = 0; i < n; i++) {
		struct trial t;

		search_trial_of(r, &asks[i], &t);
		trial_format(&t, text, sizeof(text));
		fprintf(f, "%s\n  %s\n", text, asks[i].reason);
	}
}
