// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/record/record.h"
#include "harness/runner/asking.h"
#include "harness/runner/jobs.h"
#include "harness/testbeds/sender_check.h"
#include "harness/util/file.h"

#define PLAN_BYTES_MAX (4 << 20)

static int planned_line(struct asking *a, const char *line, struct err *e)
{
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(o, "trial"));
	const char *reason = json_string_value(json_object_get(o, "reason"));
	struct trial t;
	int ret = text ? trial_parse(&t, text, e) : err_set(e, -EINVAL, "not a planned trial");

	if (!ret)
		ret = plan_append(&a->plan, &t, reason ? reason : "", e);
	json_decref(o);
	return ret;
}

/* Splits into lines. A torn last line belongs to a trial that has not begun. */
static int planned_lines(struct asking *a, const char *path, char *text, struct err *e)
{
	char *end;
	int ret = 0;

	for (size_t line = 1; !ret && (end = strchr(text, '\n')); text = end + 1, line++) {
		struct err why = { "" };

		*end = 0;
		ret = planned_line(a, text, &why);
		*end = '\n';
		if (ret)
			err_set(e, ret, "%s:%zu: %s", path, line, why.text);
	}
	*text = 0;
	return ret;
}

/* Reads the plan.jsonl of an earlier run and opens it for appending. */
static int plan_open(struct asking *a, struct err *e)
{
	char *path = file_join(a->folder.path, "plan.jsonl"), *text = NULL;
	int ret = path ? 0 : err_set(e, -ENOMEM, "out of memory");

	if (!ret && a->folder.has_records) {
		ret = file_read(path, PLAN_BYTES_MAX, &text, NULL, e);
		if (!ret)
			ret = planned_lines(a, path, text, e);
	}
	if (!ret)
		ret = file_replace(path, text ? text : "", text ? strlen(text) : 0, e);
	if (!ret) {
		a->plan_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		if (a->plan_fd < 0)
			ret = err_sys(e, "%s", path);
	}
	free(text);
	free(path);
	return ret;
}

/* Appends the plan's last trial to plan.jsonl. */
static int plan_write(struct asking *a, struct err *e)
{
	char *line = plan_line(&a->plan, a->plan.n - 1);
	int ret = line ? record_append(a->plan_fd, line, e) : err_set(e, -ENOMEM, "out of memory");

	free(line);
	return ret;
}

int asking_plan(struct asking *a, const struct trial *t, const char *reason, struct err *e)
{
	size_t at = a->asked++;
	char id[17];
	int ret;

	a->n++;
	trial_id(t, id);
	if (at < a->plan.n && plan_find(&a->plan, id) != (long)at)
		return err_set(e, -EINVAL,
			       "%s/plan.jsonl:%zu: not the trial that this rxlab asks for there: use another --out",
			       a->folder.path, at + 1);
	if (at < a->plan.n)
		return 0;
	ret = plan_append(&a->plan, t, reason, e);
	return ret ? ret : plan_write(a, e);
}

static bool next_trial(void *context, size_t *index, struct trial *t)
{
	struct asking *a = context;

	while (a->next < a->first + a->n && a->folder.lines[a->next])
		a->next++;
	if (a->next == a->first + a->n)
		return false;
	*index = a->next++;
	plan_trial(&a->plan, *index, t);
	return true;
}

static int trial_ended(void *context, size_t index, const struct trial *t, const struct outcome *o, struct err *e)
{
	struct asking *a = context;
	char *line = record_line(t, o, a->testbed->clock, a->identity);

	if (!line)
		return err_set(e, -ENOMEM, "out of memory");
	return folder_add(&a->folder, index, line, o->status, e);
}

int asking_round(struct asking *a, struct err *e)
{
	const struct jobs jobs = {
		.testbed = a->testbed,
		.side = a->folder.side,
		.at_once = a->jobs,
		.timeout_s = a->timeout_s,
		.next = next_trial,
		.ended = trial_ended,
		.context = a,
	};
	int ret;

	a->first = a->next = a->asked - a->n;
	ret = jobs_run(&jobs, e);
	for (size_t i = a->first; !ret && i < a->first + a->n; i++)
		if (!a->folder.lines[i])
			ret = err_set(e, -EIO, "a trial ended without a record");
	a->n = 0;
	return ret;
}

const char *asking_record(const struct asking *a, size_t i)
{
	return a->folder.lines[a->first + i];
}

int asking_finish(struct asking *a, const char *name, const char *text, struct err *e)
{
	char *path = file_join(a->folder.path, name);
	int ret = path && text ? folder_sort(&a->folder, e) : err_set(e, -ENOMEM, "out of memory");

	if (!ret)
		ret = file_replace(path, text, strlen(text), e);
	free(path);
	return ret;
}

int asking_open(struct asking *a, const char *out, size_t most, const struct folder_source *source, bool resume,
		struct err *e)
{
	int ret;

	a->plan_fd = -1;
	ret = folder_open(&a->folder, out, most, e);
	if (!ret)
		ret = source->text ? folder_check(&a->folder, source, resume, e) : err_set(e, -ENOMEM, "out of memory");
	if (!ret)
		ret = plan_open(a, e);
	if (!ret)
		ret = testbed_ready(a->testbed, a->identity, e);
	return ret ? ret : folder_load(&a->folder, &a->plan, a->identity, e);
}

void asking_close(struct asking *a)
{
	if (a->plan_fd > 0)
		close(a->plan_fd);
	plan_free(&a->plan);
	folder_close(&a->folder);
}
