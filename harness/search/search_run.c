// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/runner/interference.h"
#include "harness/record/record.h"
#include "harness/record/settings.h"
#include "harness/runner/asked_trials.h"
#include "harness/search/search_report.h"

struct searching {
	struct search_run *r;
	struct asked_trials trials;
};

/* The request as text: equal texts lead to equal trials, as long as the records are equal. */
static char *source_text(const struct search_run *r)
{
	const struct search_options *o = &r->options;
	char trial[TRIAL_TEXT_MAX], goal[200], *text = NULL;
	struct trial t = r->trial;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	t.rate_pps = RATE_MAX;
	trial_format(&t, trial, sizeof(trial));
	fprintf(f, "trial %s\nrates %" PRIu64 " %" PRIu64 "\njobs %u\n", trial, o->min_rate, o->max_rate, r->jobs);
	for (size_t i = 0; i < o->n_goals; i++) {
		search_goal_format(&o->goals[i], o->timed, goal, sizeof(goal));
		fprintf(f, "goal %s hint %.10g %.10g\n", goal, o->hints[i].rate, o->hints[i].scale);
	}
	return fclose(f) ? NULL : text;
}

/* What the trial's own filter rejects was wanted so: it is no loss. */
static json_int_t rejected(const json_t *o)
{
	const json_t *set = json_object_get(json_object_get(o, "spec"), "set");

	return json_object_get(set, FILTER_KEY)
		       ? json_integer_value(json_object_get(json_object_get(o, "drops"), "filter"))
		       : 0;
}

static int numbers_read(json_t *o, struct search_result *r)
{
	json_t *delivered, *unaccounted; /* null: unknown */
	json_int_t offered, achieved;

	if (json_unpack(o, "{s:{s:I},s:{s:I,s:o,s:o}}", "generator", "achieved_pps", &achieved, "ledger", "offered",
			&offered, "delivered", &delivered, "unaccounted", &unaccounted) ||
	    offered < 1)
		return -EPROTO;
	r->achieved_pps = (uint64_t)achieved;
	r->valid = json_is_integer(delivered) && json_is_integer(unaccounted) && json_integer_value(unaccounted) == 0;
	r->loss = r->valid ? 1 - (double)(json_integer_value(delivered) + rejected(o)) / (double)offered : 0;
	return 0;
}

/* Loss is taken only from a trial that is ok, undisturbed, and has every frame accounted for. */
static int result_read(const char *line, struct search_result *r, struct err *e)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *reason = json_string_value(json_object_get(o, "reason"));
	const char *status = json_string_value(json_object_get(o, "status"));
	int ret = status ? 0 : -EPROTO;

	memset(r, 0, sizeof(*r));
	snprintf(r->reason, sizeof(r->reason), "%s", reason ? reason : "frames are unaccounted for");
	if (!ret && !strcmp(status, "ok"))
		ret = numbers_read(o, r);
	if (r->valid && record_disturbed(o, r->reason, sizeof(r->reason)))
		r->valid = false;
	json_decref(o);
	return ret ? err_set(e, ret, "not a record: %.80s", line) : 0;
}

static void log_trial(const struct searching *s, const struct search_ask *k, const struct search_result *r)
{
	char rate[24] = "unpaced", loss[24] = "invalid";

	if (!s->r->log)
		return;
	if (k->rate != RATE_MAX)
		snprintf(rate, sizeof(rate), "%" PRIu64 " pps", k->rate);
	if (r->valid)
		snprintf(loss, sizeof(loss), "%.4g %% lost", 100 * r->loss);
	fprintf(s->r->log, "%3zu  %14s  %14s  %s\n", s->r->search.added + 1, rate, loss, k->reason);
	fflush(s->r->log);
}

static int round_add(struct searching *s, const struct search_ask *asks, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct search_result r;
		int ret = result_read(s->trials.folder.lines[s->trials.asked - n + i], &r, e);

		if (ret)
			return ret;
		log_trial(s, &asks[i], &r);
		search_add(&s->r->search, &asks[i], &r);
	}
	return 0;
}

static int round_ask(struct searching *s, const struct search_ask *asks, size_t n, struct err *e)
{
	int ret = asked_ready(&s->trials, &s->r->trial, e);

	for (size_t i = 0; !ret && i < n; i++) {
		struct trial t;

		search_trial_of(s->r, &asks[i], &t);
		ret = asked_ask(&s->trials, &t, asks[i].reason, e);
	}
	return ret ? ret : asked_run(&s->trials, n, e);
}

static int search_rounds(struct searching *s, struct err *e)
{
	struct search_ask asks[SEARCH_AT_ONCE_MAX];
	size_t n;
	int ret = 0;

	while (!ret && (n = search_next(&s->r->search, s->r->jobs, asks))) {
		ret = round_ask(s, asks, n, e);
		ret = ret ? ret : round_add(s, asks, n, e);
	}
	return ret;
}

static int finish(struct searching *s, struct err *e)
{
	char *text = search_json(s->r);
	int ret = asked_finish(&s->trials, "search.json", text, e);

	free(text);
	return ret;
}

int search_run(struct search_run *r, struct err *e)
{
	struct searching s = {
		.r = r,
		.trials = { .testbed = r->testbed, .jobs = r->jobs, .timeout_s = r->timeout_s },
	};
	char *text = source_text(r);
	const struct folder_source source = { "search.txt", "this search", text, text ? strlen(text) : 0 };
	int ret = text ? 0 : err_set(e, -ENOMEM, "out of memory");

	search_init(&r->search, &r->options);
	if (!ret)
		ret = asked_open(&s.trials, r->out, SEARCH_TRIALS_MAX, &source, r->resume, e);
	if (!ret)
		ret = search_rounds(&s, e);
	if (!ret)
		ret = finish(&s, e);
	asked_close(&s.trials);
	free(text);
	return ret;
}
