// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/record/record.h"
#include "harness/runner/jobs.h"
#include "harness/runner/asked_trials.h"
#include "harness/util/file.h"

#define PLAN_BYTES_MAX (4 << 20)

static int planned_line(struct asked_trials *s, const char *line, struct err *e)
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
static int planned_lines(struct asked_trials *s, const char *path, char *text, struct err *e)
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
static int plan_open(struct asked_trials *s, struct err *e)
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
static int plan_write(struct asked_trials *s, struct err *e)
{
	char *line = plan_line(&s->plan, s->plan.n - 1);
	int ret = line ? record_append(s->plan_fd, line, e) : err_set(e, -ENOMEM, "out of memory");

	free(line);
	return ret;
}

int asked_ready(struct asked_trials *s, const struct trial *t, struct err *e)
{
	return identities_add(&s->identities, s->testbed, t, e);
}

int asked_ask(struct asked_trials *s, const struct trial *t, const char *reason, struct err *e)
{
	size_t at = s->asked++;
	char id[17];
	int ret;

	trial_id(t, id);
	if (at < s->plan.n && plan_find(&s->plan, id) != (long)at)
		return err_set(e, -EINVAL,
			       "%s/plan.jsonl:%zu: not the trial that this rxlab asks for there: use another --out",
			       s->folder.path, at + 1);
	if (at < s->plan.n)
		return 0;
	ret = plan_append(&s->plan, t, reason, e);
	return ret ? ret : plan_write(s, e);
}

static bool next_trial(void *context, size_t *index, struct trial *t)
{
	struct asked_trials *s = context;

	while (s->next < s->first + s->n && s->folder.lines[s->next])
		s->next++;
	if (s->next == s->first + s->n)
		return false;
	*index = s->next++;
	plan_trial(&s->plan, *index, t);
	t->instruments = s->instruments;
	return true;
}

static int trial_ended(void *context, size_t index, const struct trial *t, const struct outcome *o, struct err *e)
{
	struct asked_trials *s = context;
	char *line = record_line(t, o, s->testbed->clock, identities_find(&s->identities, t));

	if (!line)
		return err_set(e, -ENOMEM, "out of memory");
	return folder_add(&s->folder, index, line, o->status, e);
}

int asked_run(struct asked_trials *s, size_t n, struct err *e)
{
	const struct jobs jobs = {
		.testbed = s->testbed,
		.side = s->folder.side,
		.at_once = s->jobs,
		.timeout_s = s->timeout_s,
		.next = next_trial,
		.ended = trial_ended,
		.context = s,
	};
	int ret;

	s->first = s->asked - n;
	s->n = n;
	s->next = s->first;
	ret = jobs_run(&jobs, e);
	for (size_t i = s->first; !ret && i < s->first + s->n; i++)
		if (!s->folder.lines[i])
			ret = err_set(e, -EIO, "a trial ended without a record");
	return ret;
}

int asked_open(struct asked_trials *s, const char *out, size_t most, const struct folder_source *source, bool resume,
	       struct err *e)
{
	int ret = folder_open(&s->folder, out, most, e);

	s->plan_fd = -1;
	if (ret)
		return ret;
	ret = folder_check(&s->folder, source, resume, e);
	if (!ret)
		ret = plan_open(s, e);
	if (!ret)
		ret = identities_prepare(&s->identities, s->testbed, &s->plan, e);
	return ret ? ret : folder_load(&s->folder, &s->plan, &s->identities, e);
}

int asked_finish(struct asked_trials *s, const char *name, const char *text, struct err *e)
{
	char *path = file_join(s->folder.path, name);
	int ret = path && text ? folder_sort(&s->folder, e) : err_set(e, -ENOMEM, "out of memory");

	if (!ret)
		ret = file_replace(path, text, strlen(text), e);
	free(path);
	return ret;
}

void asked_close(struct asked_trials *s)
{
	if (s->plan_fd > 0)
		close(s->plan_fd);
	plan_free(&s->plan);
	identities_free(&s->identities);
	folder_close(&s->folder);
}
