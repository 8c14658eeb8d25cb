// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/runner/asked_trials.h"
#include "harness/tune/tune_run.h"

struct tuning {
	struct tune_run *r;
	struct asked_trials trials;
	struct tune *t; /* of this rate */
	uint64_t rate;
	size_t done; /* trials of all rates */
};

/* The request as text: equal texts lead to equal trials, as long as the records are equal. */
static char *source_text(const struct tune_run *r)
{
	char trial[TRIAL_TEXT_MAX], wish[TUNE_WISH_TEXT_MAX], *text = NULL;
	const struct tune_options *o = &r->options;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	trial_format(&r->trial, trial, sizeof(trial));
	fprintf(f, "trial %s\nseconds %g trials %zu confirm %zu jobs %u\nwish %s\nmodel %s %.0f\nrates", trial,
		r->seconds, o->trials, o->confirm, r->jobs, tune_wish_text(&o->wish, wish), o->guess, o->guess_pps);
	for (size_t i = 0; i < r->n_rates; i++)
		fprintf(f, " %" PRIu64, r->rates[i]);
	for (size_t k = 0; k < o->space.n; k++) {
		fprintf(f, "\nover %s=", o->space.knobs[k].name);
		for (size_t l = 0; l < o->space.knobs[k].n; l++)
			fprintf(f, "%s%s", l ? "," : "", o->space.knobs[k].values[l]);
	}
	fputc('\n', f);
	return fclose(f) ? NULL : text;
}

static void log_trial(struct tuning *s, const struct tune_ask *k, const struct tune_result *r)
{
	char text[300];
	FILE *f = s->r->log;

	s->done++;
	if (!f)
		return;
	fprintf(f, "%3zu  %s%s  ", s->done, tune_setting_text(&s->t->o.space, &k->at, text, sizeof(text)),
		k->twin ? " (twin)" : "");
	if (!r->valid)
		fprintf(f, "no result: %s", r->reason);
	for (int m = 0; r->valid && m < TUNE_MEASURES; m++)
		if (!isnan(r->of[m]))
			fprintf(f, " %s %.4g%s", tune_measure_names[m], m ? r->of[m] : 100 * r->of[m],
				!m				 ? " %"
				: m == TUNE_P50 || m == TUNE_P99 ? " us"
								 : "");
	fprintf(f, "\n     %s\n", k->reason);
	fflush(f);
}

/* The i-th of the last n records. */
static const char *record_of(const struct tuning *s, size_t n, size_t i)
{
	return s->trials.folder.lines[s->trials.asked - n + i];
}

static int ask(struct tuning *s, const struct trial *t, const char *reason, struct err *e)
{
	int ret = asked_ready(&s->trials, t, e);

	return ret ? ret : asked_ask(&s->trials, t, reason, e);
}

static int round_add(struct tuning *s, const struct tune_ask *asks, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct tune_result r;
		int ret = tune_result_read(record_of(s, n, i), &r, e);

		if (ret)
			return ret;
		log_trial(s, &asks[i], &r);
		tune_add(s->t, &asks[i], &r);
	}
	return 0;
}

static int rounds(struct tuning *s, struct err *e)
{
	struct tune_ask asks[TUNE_AT_ONCE_MAX];
	size_t n;
	int ret = 0;

	while (!ret && (n = tune_next(s->t, s->r->jobs, asks))) {
		for (size_t i = 0; !ret && i < n; i++) {
			struct trial t;

			ret = tune_trial_of(s->r, s->t, s->rate, &asks[i], &t, e);
			ret = ret ? ret : ask(s, &t, asks[i].reason, e);
		}
		ret = ret ? ret : asked_run(&s->trials, n, e);
		ret = ret ? ret : round_add(s, asks, n, e);
	}
	return ret;
}

static const char *knob_read(void *context, const char *name)
{
	return json_string_value(json_object_get(json_object_get(context, "knobs"), name));
}

/* The default is measured before there is anything to choose from: its record says what the machine has. */
static int begin(struct tuning *s, struct err *e)
{
	struct tune_options o = s->r->options;
	struct tune_ask k;
	struct trial t;
	json_t *record;
	int ret;

	tune_init(s->t, &o); /* the first trial is the default, whatever the levels are */
	tune_next(s->t, 1, &k);
	tune_trial_at(s->r, s->rate, &t);
	ret = ask(s, &t, k.reason, e);
	ret = ret ? ret : asked_run(&s->trials, 1, e);
	if (ret)
		return ret;
	record = json_loads(record_of(s, 1, 0), 0, NULL);
	levels_initial(&o.space, &s->r->trial, knob_read, record);
	json_decref(record);
	tune_init(s->t, &o);
	return tune_next(s->t, 1, &k) == 1 ? round_add(s, &k, 1, e) : err_set(e, -EINVAL, "nothing to explore");
}

/* What is never known cannot be wished for: null has no delay, a veth no interrupts. */
static int wish_known(const struct tuning *s, struct err *e)
{
	const struct tune_wish *w = &s->r->options.wish;
	const struct tune_point *p = &s->t->points[0];

	for (int m = 0; p->valid && m < TUNE_MEASURES; m++)
		if (isnan(p->of[m]) && (isfinite(w->most[m]) || w->least == (enum tune_measure)m))
			return err_set(e, -EINVAL,
				       "%s of capture %s is not known on testbed %s: it cannot be wished for",
				       tune_measure_names[m], s->r->trial.capture, s->r->trial.testbed);
	return 0;
}

static int no_result(const struct tuning *s, struct err *e)
{
	const struct tune_point *p = &s->t->points[0];

	return p->valid ? 0
			: err_set(e, -EIO, "the default has no result, so there is nothing to compare with: %s",
				  p->reason);
}

static int each_rate(struct tuning *s, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < s->r->n_rates; i++) {
		s->t = s->r->found[i] = calloc(1, sizeof(*s->t));
		s->rate = s->r->rates[i];
		ret = s->t ? begin(s, e) : err_set(e, -ENOMEM, "out of memory");
		ret = ret ? ret : wish_known(s, e);
		ret = ret ? ret : rounds(s, e);
		ret = ret ? ret : no_result(s, e);
	}
	return ret;
}

int tune_run(struct tune_run *r, struct err *e)
{
	struct tuning s = { .r = r, .trials = { .testbed = r->testbed, .jobs = r->jobs, .timeout_s = r->timeout_s } };
	const size_t most = r->n_rates * TUNE_TRIALS_MAX;
	char *text = source_text(r), *json = NULL;
	const struct folder_source source = { "tune.txt", "this exploration", text, text ? strlen(text) : 0 };
	int ret = text ? 0 : err_set(e, -ENOMEM, "out of memory");

	ret = ret ? ret : asked_open(&s.trials, r->out, most, &source, r->resume, e);
	ret = ret ? ret : each_rate(&s, e);
	if (!ret) {
		json = tune_json(r);
		ret = asked_finish(&s.trials, "tune.json", json, e);
	}
	asked_close(&s.trials);
	free(json);
	free(text);
	return ret;
}

void tune_run_free(struct tune_run *r)
{
	for (size_t i = 0; i < r->n_rates; i++) {
		free(r->found[i]);
		r->found[i] = NULL;
	}
}
