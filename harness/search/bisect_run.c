// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/runner/asked_trials.h"
#include "harness/search/bisect_functions.h"
#include "harness/search/bisect_run.h"
#include "harness/search/search_run.h"
#include "harness/util/file.h"

#define LOSS_FREE_WIDTH 0.005
#define MIN_RATE 10000 /* at lower rates pktgen sleeps between frames */

struct bisecting {
	struct bisect_run *r;
	struct asked_trials trials;
	const char *lines[BISECT_VERSIONS_MAX]; /* records of what was tried; the folder's */
	double good, bad; /* values of the ends */
};

/* The request as text: equal texts lead to equal trials, as long as the records are equal. */
static char *source_text(const struct bisect_run *r)
{
	char trial[TRIAL_TEXT_MAX], *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "metric %s bar %d %.15g\n", bisect_metric_names[r->metric], r->bar.kind, r->bar.value);
	for (size_t i = 0; i < r->n; i++) {
		trial_format(&r->versions[i].trial, trial, sizeof(trial));
		fprintf(f, "version %s trial %s\n", r->versions[i].name, trial);
	}
	return fclose(f) ? NULL : text;
}

static int loss_free_search(const struct bisecting *b, const struct bisect_version *v, struct search_run *s,
			    struct err *e)
{
	char out[PATH_MAX];
	double count = (double)v->trial.count;

	memset(s, 0, sizeof(*s));
	snprintf(out, sizeof(out), "%s/searches/%s", b->trials.folder.path, v->name);
	s->options.n_goals = 1;
	s->options.goals[0] =
		(struct search_goal) { .width = LOSS_FREE_WIDTH, .initial = count, .final = count, .sum = count };
	s->options.min_rate = MIN_RATE;
	s->trial = v->trial;
	s->testbed = b->r->testbed;
	s->out = out;
	s->jobs = 1;
	s->timeout_s = b->r->timeout_s;
	s->resume = true;
	return file_mkdirs(out, e) ? -EIO : search_run(s, e);
}

/* The lower bound; 0 where each rate that was tried lost frames. */
static int loss_free_read(const struct bisecting *b, struct bisect_version *v, struct err *e)
{
	static struct search_run s; /* static, because it is large for the stack */
	struct search_outcome out;
	int ret = loss_free_search(b, v, &s, e);

	if (ret)
		return ret;
	search_outcome(&s.search, 0, &out);
	v->value = (double)out.lower;
	return out.lower || out.upper ? 0 : err_set(e, -ENODATA, "%s", out.reason);
}

static int value_read(struct bisecting *b, size_t i, struct err *e)
{
	struct bisect_version *v = &b->r->versions[i];
	int ret = bisect_metric_read(b->r->metric == METRIC_LOSS_FREE ? METRIC_INSN : b->r->metric, b->lines[i],
				     &v->value, e);

	if (!ret && b->r->own)
		ret = bisect_functions_sum(b->trials.folder.path, b->lines[i], b->r->own, &v->value, e);
	if (!ret && b->r->metric == METRIC_LOSS_FREE)
		ret = loss_free_read(b, v, e);
	return ret;
}

/* Tries a version: -ENODATA when it cannot run, which is no error of the bisection. */
static int version_try(struct bisecting *b, size_t i, const char *reason, struct err *e)
{
	struct bisect_version *v = &b->r->versions[i];
	struct err why = { "" };
	int ret;

	if (asked_ready(&b->trials, &v->trial, &why)) {
		snprintf(v->why, sizeof(v->why), "%s", why.text);
		return -ENODATA;
	}
	trial_id(&v->trial, v->id);
	ret = asked_ask(&b->trials, &v->trial, reason, e);
	ret = ret ? ret : asked_run(&b->trials, 1, e);
	if (ret)
		return ret;
	b->lines[i] = b->trials.folder.lines[b->trials.asked - 1];
	ret = value_read(b, i, &why);
	v->known = ret == 0;
	snprintf(v->why, sizeof(v->why), "%s", ret ? why.text : reason);
	if (ret && ret != -ENODATA)
		err_set(e, ret, "%s: %s", v->name, why.text);
	return ret;
}

/* Counts only the functions whose own code changed, where all together changed by no more than layout can make. */
static int count_own_functions(struct bisecting *b, struct err *e)
{
	struct bisect_version *good = &b->r->versions[0], *bad = &b->r->versions[b->r->n - 1];
	int ret = bisect_functions(b->r->home, b->trials.folder.path, good->id, bad->id, &b->r->functions, e);
	json_t *own = ret ? NULL : bisect_functions_own(b->r->functions);

	json_decref(b->r->functions);
	b->r->functions = NULL;
	if (!json_array_size(own)) {
		json_decref(own);
		return ret;
	}
	b->r->own = own;
	if (b->r->log)
		fprintf(b->r->log,
			"the ends differ by no more than another layout makes: from here on the %zu functions count "
			"whose own code changed\n",
			json_array_size(own));
	ret = value_read(b, 0, e);
	ret = ret ? ret : value_read(b, b->r->n - 1, e);
	b->good = good->value;
	b->bad = bad->value;
	return ret;
}

/* Both ends are measured: where is the bar? */
static int bar_set(struct bisecting *b, struct err *e)
{
	struct bisect_run *r = b->r;
	int ret = 0;

	b->good = r->versions[0].value;
	b->bad = r->versions[r->n - 1].value;
	if (r->metric == METRIC_INSN && r->bar.kind == BAR_NONE &&
	    bisect_worse(r->metric, b->bad, b->good) <= BISECT_LAYOUT)
		ret = count_own_functions(b, e);
	if (!ret && r->own && bisect_worse(r->metric, b->bad, b->good) > 0) {
		r->bar = (struct bisect_bar) { BAR_VALUE, (b->good + b->bad) / 2 };
		return 0;
	}
	return ret ? ret : bisect_bar_set(r->metric, &r->bar, b->good, b->bad, e);
}

static enum bisect_verdict verdict_of(const struct bisecting *b, size_t i)
{
	const struct bisect_run *r = b->r;

	if (!r->versions[i].known)
		return BISECT_SKIP;
	if (r->bar.kind == BAR_VALUE)
		return bisect_judge(r->metric, &r->bar, r->versions[i].value);
	return BISECT_GOOD; /* the good end, by which the bar will be set */
}

static const char *verdict_name(enum bisect_verdict v)
{
	static const char *const names[] = { "untried", "good", "bad", "skipped" };

	return names[v];
}

static void log_version(const struct bisecting *b, size_t i, enum bisect_verdict verdict)
{
	const struct bisect_version *v = &b->r->versions[i];

	if (!b->r->log)
		return;
	if (v->known)
		fprintf(b->r->log, "%3zu  %-24s %14.10g  %-7s  %s\n", b->trials.asked, v->name, v->value,
			verdict_name(verdict), v->why);
	else
		fprintf(b->r->log, "%3zu  %-24s %14s  %-7s  %s\n", b->trials.asked, v->name, "-", verdict_name(verdict),
			v->why);
	fflush(b->r->log);
}

/* What bisect_add() says of an end, with the version's name and its number. */
static int end_wrong(const struct bisecting *b, size_t i, const struct err *why, struct err *e)
{
	const struct bisect_version *v = &b->r->versions[i];

	if (!v->known)
		return err_set(e, -ERANGE, "%s: %s: %s", v->name, why->text, v->why);
	return err_set(e, -ERANGE, "%s: %s: %.10g %s, and the bar is %.10g", v->name, why->text, v->value,
		       bisect_metric_units[b->r->metric], b->r->bar.value);
}

static int step(struct bisecting *b, size_t i, const char *reason, struct err *e)
{
	struct bisect *state = &b->r->bisect;
	struct err why = { "" };
	enum bisect_verdict verdict;
	int ret = version_try(b, i, reason, e);

	if (ret && ret != -ENODATA)
		return ret;
	if (!ret && i == b->r->n - 1)
		ret = bar_set(b, e);
	if (ret && ret != -ENODATA)
		return ret;
	verdict = verdict_of(b, i);
	log_version(b, i, verdict);
	return bisect_add(state, i, verdict, &why) ? end_wrong(b, i, &why, e) : 0;
}

static int steps(struct bisecting *b, struct err *e)
{
	char reason[BISECT_REASON];
	size_t i;
	int ret = 0;

	while (!ret && bisect_next(&b->r->bisect, &i, reason))
		ret = step(b, i, reason, e);
	return ret;
}

static int finish(struct bisecting *b, struct err *e)
{
	struct bisect_run *r = b->r;
	const struct bisect *s = &r->bisect;
	struct err why = { "" };
	char *text;
	int ret;

	if (bisect_functions(r->home, b->trials.folder.path, r->versions[s->good].id, r->versions[s->bad].id,
			     &r->functions, &why) &&
	    r->log)
		fprintf(r->log, "which functions it was is not known: %s\n", why.text);
	text = bisect_json(r);
	ret = asked_finish(&b->trials, "bisect.json", text, e);
	free(text);
	return ret;
}

int bisect_run(struct bisect_run *r, struct err *e)
{
	struct bisecting b = {
		.r = r,
		.trials = { .testbed = r->testbed,
			    .jobs = 1,
			    .timeout_s = r->timeout_s,
			    .instruments = INSTRUMENTS_CPU },
	};
	char *text = source_text(r);
	const struct folder_source source = { "bisect.txt", "this bisection", text, text ? strlen(text) : 0 };
	int ret = text ? bisect_init(&r->bisect, r->n, e) : err_set(e, -ENOMEM, "out of memory");

	if (!ret)
		ret = asked_open(&b.trials, r->out, r->n, &source, r->resume, e);
	if (!ret)
		ret = steps(&b, e);
	if (!ret)
		ret = finish(&b, e);
	asked_close(&b.trials);
	free(text);
	return ret;
}

int bisect_step(struct bisect_run *r, enum bisect_verdict *verdict, struct err *e)
{
	struct bisecting b = {
		.r = r,
		.trials = { .testbed = r->testbed, .jobs = 1, .timeout_s = r->timeout_s },
	};
	const struct folder_source source = { "bisect.txt", "this step", "step\n", 5 };
	int ret = asked_open(&b.trials, r->out, 1, &source, r->resume, e);

	if (!ret)
		ret = version_try(&b, 0, "a step of somebody else's bisection", e);
	if (!ret || ret == -ENODATA)
		*verdict = verdict_of(&b, 0);
	if (!ret || ret == -ENODATA)
		log_version(&b, 0, *verdict);
	asked_close(&b.trials);
	return ret == -ENODATA ? 0 : ret;
}

void bisect_run_free(struct bisect_run *r)
{
	json_decref(r->own);
	json_decref(r->functions);
	r->own = r->functions = NULL;
}
