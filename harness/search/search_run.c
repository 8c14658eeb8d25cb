// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/runner/interference.h"
#include "harness/runner/folder.h"
#include "harness/runner/identities.h"
#include "harness/runner/jobs.h"
#include "harness/campaign/plan.h"
#include "harness/record/record.h"
#include "harness/record/settings.h"
#include "harness/search/search_report.h"
#include "harness/util/file.h"

#define PLAN_BYTES_MAX (4 << 20)

struct searching {
	struct search_run *r;
	struct folder folder;
	struct plan plan; /* in the order of asking */
	struct identities identities;
	int plan_fd;
	size_t asked; /* trials of the plan that this run has come to */
	size_t first, n, next; /* those of this round, by index in the plan */
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

static int planned_line(struct searching *s, const char *line, struct err *e)
{
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(o, "trial"));
	const char *reason = json_string_value(json_object_get(o, "reason"));
	struct trial t;
	int ret = text ? trial_parse(&t, text, e) : err_set(e, -EINVAL, "not a planned trial");

	if (!ret)
		ret = plan_append(&s->plan, &t, reason ? reason : "", e);
	json_decref(o);
	return ret;
}

/* Splits into lines. A torn last line belongs to a trial that has not begun. */
static int planned_lines(struct searching *s, const char *path, char *text, struct err *e)
{
	char *end;
	int ret = 0;

	for (size_t line = 1; !ret && (end = strchr(text, '\n')); text = end + 1, line++) {
		struct err why = { "" };

		*end = 0;
		ret = planned_line(s, text, &why);
		*end = '\n';
		if (ret)
			err_set(e, ret, "%s:%zu: %s", path, line, why.text);
	}
	*text = 0;
	return ret;
}

/* Reads the plan.jsonl of an earlier run and opens it for appending. */
static int plan_open(struct searching *s, struct err *e)
{
	char *path = file_join(s->folder.path, "plan.jsonl"), *text = NULL;
	int ret = path ? 0 : err_set(e, -ENOMEM, "out of memory");

	if (!ret && s->folder.has_records) {
		ret = file_read(path, PLAN_BYTES_MAX, &text, NULL, e);
		if (!ret)
			ret = planned_lines(s, path, text, e);
	}
	if (!ret)
		ret = file_replace(path, text ? text : "", text ? strlen(text) : 0, e);
	if (!ret) {
		s->plan_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		if (s->plan_fd < 0)
			ret = err_sys(e, "%s", path);
	}
	free(text);
	free(path);
	return ret;
}

/* Appends the plan's last trial to plan.jsonl. */
static int plan_write(struct searching *s, struct err *e)
{
	char *line = plan_line(&s->plan, s->plan.n - 1);
	int ret = line ? record_append(s->plan_fd, line, e) : err_set(e, -ENOMEM, "out of memory");

	free(line);
	return ret;
}

/* A trial is planned before it is run; one that an earlier run has planned must be the same. */
static int plan_ask(struct searching *s, const struct search_ask *k, struct err *e)
{
	size_t at = s->asked++;
	struct trial t;
	char id[17];
	int ret;

	search_trial_of(s->r, k, &t);
	trial_id(&t, id);
	if (at < s->plan.n && plan_find(&s->plan, id) != (long)at)
		return err_set(e, -EINVAL,
			       "%s/plan.jsonl:%zu: not the trial that this rxlab asks for there: use another --out",
			       s->folder.path, at + 1);
	if (at < s->plan.n)
		return 0;
	ret = plan_append(&s->plan, &t, k->reason, e);
	return ret ? ret : plan_write(s, e);
}

static bool next_trial(void *context, size_t *index, struct trial *t)
{
	struct searching *s = context;

	while (s->next < s->first + s->n && s->folder.lines[s->next])
		s->next++;
	if (s->next == s->first + s->n)
		return false;
	*index = s->next++;
	plan_trial(&s->plan, *index, t);
	return true;
}

static int trial_ended(void *context, size_t index, const struct trial *t, const struct outcome *o, struct err *e)
{
	struct searching *s = context;
	char *line = record_line(t, o, s->r->testbed->clock, identities_find(&s->identities, t));

	if (!line)
		return err_set(e, -ENOMEM, "out of memory");
	return folder_add(&s->folder, index, line, o->status, e);
}

static int run_round(struct searching *s, struct err *e)
{
	const struct jobs jobs = {
		.testbed = s->r->testbed,
		.side = s->folder.side,
		.at_once = s->r->jobs,
		.timeout_s = s->r->timeout_s,
		.next = next_trial,
		.ended = trial_ended,
		.context = s,
	};
	int ret;

	s->next = s->first;
	ret = jobs_run(&jobs, e);
	for (size_t i = s->first; !ret && i < s->first + s->n; i++)
		if (!s->folder.lines[i])
			ret = err_set(e, -EIO, "a trial ended without a record");
	return ret;
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

static int round_add(struct searching *s, const struct search_ask *asks, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		struct search_result r;
		int ret = result_read(s->folder.lines[s->first + i], &r, e);

		if (ret)
			return ret;
		log_trial(s, &asks[i], &r);
		search_add(&s->r->search, &asks[i], &r);
	}
	return 0;
}

static int search_rounds(struct searching *s, struct err *e)
{
	struct search_ask asks[SEARCH_AT_ONCE_MAX];
	int ret = 0;

	while (!ret && (s->n = search_next(&s->r->search, s->r->jobs, asks))) {
		s->first = s->asked;
		for (size_t i = 0; !ret && i < s->n; i++)
			ret = plan_ask(s, &asks[i], e);
		ret = ret ? ret : run_round(s, e);
		ret = ret ? ret : round_add(s, asks, e);
	}
	return ret;
}

static int finish(struct searching *s, struct err *e)
{
	char *path = file_join(s->folder.path, "search.json"), *text = search_json(s->r);
	int ret = path && text ? folder_sort(&s->folder, e) : err_set(e, -ENOMEM, "out of memory");

	if (!ret)
		ret = file_replace(path, text, strlen(text), e);
	free(path);
	free(text);
	return ret;
}

static int in_folder(struct searching *s, struct err *e)
{
	char *text = source_text(s->r);
	const struct folder_source source = { "search.txt", "this search", text, text ? strlen(text) : 0 };
	int ret = text ? folder_check(&s->folder, &source, s->r->resume, e) : err_set(e, -ENOMEM, "out of memory");

	free(text);
	if (!ret)
		ret = plan_open(s, e);
	if (!ret)
		ret = identities_prepare_one(&s->identities, s->r->testbed, &s->r->trial, e);
	if (!ret)
		ret = folder_load(&s->folder, &s->plan, &s->identities, e);
	if (!ret)
		ret = search_rounds(s, e);
	return ret ? ret : finish(s, e);
}

int search_run(struct search_run *r, struct err *e)
{
	struct searching s = { .r = r, .plan_fd = -1 };
	int ret = folder_open(&s.folder, r->out, SEARCH_TRIALS_MAX, e);

	if (ret)
		return ret;
	search_init(&r->search, &r->options);
	ret = in_folder(&s, e);
	if (s.plan_fd >= 0)
		close(s.plan_fd);
	plan_free(&s.plan);
	identities_free(&s.identities);
	folder_close(&s.folder);
	return ret;
}
