// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/runner/folder.h"
#include "harness/runner/identities.h"
#include "harness/runner/jobs.h"
#include "harness/runner/manifest.h"
#include "harness/runner/progress.h"
#include "harness/record/record.h"
#include "harness/record/settings.h"
#include "harness/runner/run.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

struct campaign_run {
	struct run *r;
	struct folder folder;
	struct progress progress;
	struct identities identities;
	size_t next; /* index in the plan */
};

static bool next_trial(void *context, size_t *index, struct trial *t)
{
	struct campaign_run *c = context;

	while (c->next < c->r->plan->n && c->folder.lines[c->next])
		c->next++;
	if (c->next == c->r->plan->n)
		return false;
	*index = c->next++;
	plan_trial(c->r->plan, *index, t);
	return true;
}

static int trial_ended(void *context, size_t index, const struct trial *t, const struct outcome *o, struct err *e)
{
	struct campaign_run *c = context;
	char *line;
	int ret;

	line = record_line(t, o, c->r->testbed->clock, identities_find(&c->identities, t));
	if (!line)
		return err_set(e, -ENOMEM, "out of memory");
	ret = folder_add(&c->folder, index, line, o->status, e);
	if (!ret)
		progress_add(&c->progress, o->status == TRIAL_FAILED);
	return ret;
}

/* A record for each trial whose kernel could not be made ready: failed, with the reason, on no identity. */
static int record_unready(struct campaign_run *c, struct err *e)
{
	struct outcome o;
	struct trial t;
	int ret = 0;

	for (size_t i = 0; i < c->r->plan->n && !ret; i++) {
		const char *why;

		plan_trial(c->r->plan, i, &t);
		why = c->folder.lines[i] ? NULL : identities_failure(&c->identities, &t);
		if (!why)
			continue;
		outcome_init(&o);
		outcome_fail(&o, TRIAL_FAILED, "kernel %s: %s", trial_get(&t, KERNEL_KEY), why);
		ret = trial_ended(c, i, &t, &o, e);
	}
	return ret;
}

static void tick(void *context)
{
	struct campaign_run *c = context;

	progress_show(&c->progress);
}

static int run_trials(struct campaign_run *c, struct err *e)
{
	const struct jobs jobs = {
		.testbed = c->r->testbed,
		.side = c->folder.side,
		.at_once = c->r->jobs,
		.timeout_s = c->r->timeout_s,
		.next = next_trial,
		.ended = trial_ended,
		.tick = tick,
		.context = c,
	};
	int ret;

	progress_start(&c->progress, c->r->log, c->r->terminal, c->r->plan->n, c->folder.done);
	ret = record_unready(c, e);
	ret = ret ? ret : jobs_run(&jobs, e);
	progress_end(&c->progress);
	/* A signal after the end of the last trial has nothing left to interrupt. */
	return ret == -EINTR && c->folder.done == c->r->plan->n ? 0 : ret;
}

/* If a model chose rates: writes plan.jsonl, every trial with its reason. */
static int write_plan(const struct campaign_run *c, struct err *e)
{
	char *path = file_join(c->folder.path, "plan.jsonl"), *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int ret = -ENOMEM;

	for (size_t i = 0; f && i < c->r->plan->n; i++) {
		char *line = plan_line(c->r->plan, i);

		fprintf(f, "%s\n", line ? line : "");
		free(line);
	}
	if (f && fclose(f) == 0 && path)
		ret = file_replace(path, text, size, e);
	free(text);
	free(path);
	return ret == -ENOMEM ? err_set(e, ret, "out of memory") : ret;
}

static int write_csv(const struct run *r, struct err *e)
{
	char *script = file_join(r->home, "harness/analysis/csv_export.py");
	const char *const argv[] = { "python3", script, r->out, NULL };
	int status;

	if (!script)
		return err_set(e, -ENOMEM, "out of memory");
	status = spawn_wait(argv, e);
	if (status > 0)
		err_set(e, -EIO, "%s ended with status %d", script, status);
	free(script);
	return status > 0 ? -EIO : status;
}

/* The records are complete: makes the files that are derived from all of them. */
static int complete(struct campaign_run *c, double seconds, struct err *e)
{
	int ret;

	ret = folder_sort(&c->folder, e);
	if (!ret)
		ret = write_csv(c->r, e);
	if (!ret)
		ret = manifest_write_host(&c->folder, c->r->jobs, seconds, e);
	if (!ret)
		ret = manifest_write(&c->folder, c->r->campaign, c->r->plan, c->r->testbed, &c->identities, e);
	return ret;
}

/* The tools and the testbed; may take minutes when the testbed has to be built. */
static int prepare(struct campaign_run *c, struct err *e)
{
	const struct testbed_ops *testbed = c->r->testbed;
	struct err why = { "" };
	int ret;

	if (spawn_find("python3", &why))
		return err_set(e, -ENOENT, "%s (it writes trials.csv): install python3", why.text);
	ret = identities_prepare(&c->identities, testbed, c->r->plan, e);
	return ret ? err_set(e, ret, "testbed %s could not be prepared", testbed->name) : 0;
}

static void say_what_was_found(const struct campaign_run *c)
{
	const struct folder *f = &c->folder;

	if (!c->r->log || !c->r->resume)
		return;
	if (f->torn)
		fprintf(c->r->log, "%s: dropped a last line without an end\n", f->records_path);
	fprintf(c->r->log, "%s: %zu of %zu trials are done", f->path, f->done, f->n);
	if (f->failed_dropped)
		fprintf(c->r->log, ", %zu that failed run again", f->failed_dropped);
	fputc('\n', c->r->log);
}

static void count(struct campaign_run *c)
{
	c->r->done = c->folder.done;
	c->r->ok = folder_count(&c->folder, TRIAL_OK);
	c->r->invalid = folder_count(&c->folder, TRIAL_INVALID);
	c->r->failed = folder_count(&c->folder, TRIAL_FAILED);
}

int run_campaign(struct run *r, struct err *e)
{
	const struct folder_source source = { "campaign.yaml", r->campaign->path, r->campaign->text,
					      r->campaign->length };
	struct campaign_run c = { .r = r };
	time_t start = time(NULL);
	int ret;

	ret = folder_open(&c.folder, r->out, r->plan->n, e);
	if (ret)
		return ret;
	ret = folder_check(&c.folder, &source, r->resume, e);
	if (!ret)
		ret = prepare(&c, e);
	if (!ret)
		ret = folder_load(&c.folder, r->plan, &c.identities, e);
	if (!ret && r->campaign->adaptive_rates)
		ret = write_plan(&c, e);
	if (!ret) {
		say_what_was_found(&c);
		ret = run_trials(&c, e);
		count(&c);
	}
	if (!ret)
		ret = complete(&c, difftime(time(NULL), start), e);
	identities_free(&c.identities);
	folder_close(&c.folder);
	return ret;
}
