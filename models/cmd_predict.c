// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab model predict mm1k --arrival-rate 5 --service-rate 5.714 --capacity 15 [--json] */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/cmd.h"
#include "models/coalesce.h"
#include "models/dd1k.h"
#include "models/mm1k.h"
#include "models/model.h"

enum { OPTIONS_MAX = 4, ANSWERS_MAX = 6 };

struct answer {
	const char *name;
	double value; /* NAN = none */
};

struct predictor {
	const char *name; /* in models[] too */
	const char *options[OPTIONS_MAX + 1];
	int (*predict)(const double *in, enum coalesce_arrivals law, struct answer *out, struct err *e);
	bool has_law; /* takes --arrivals */
};

static int predict_mm1k(const double *in, enum coalesce_arrivals law, struct answer *out, struct err *e)
{
	struct queue r;
	int ret = mm1k_solve(in[0], in[1], in[2], &r, e);

	(void)law;
	if (ret)
		return ret;
	out[0] = (struct answer) { "loss", r.loss };
	out[1] = (struct answer) { "L", r.L };
	out[2] = (struct answer) { "W", r.W };
	out[3] = (struct answer) { "X", r.X };
	out[4] = (struct answer) { "p0", r.p0 };
	return 0;
}

/* Whole thousandths, so that a gap of 3333.333 ns can be given. */
static int thousandths(const char *name, double value, uint64_t *n, struct err *e)
{
	if (!(value > 0 && value < 1e12))
		return err_set(e, -EINVAL, "%s must be a number above 0 and below 1e12, not %g", name, value);
	*n = (uint64_t)llround(value * 1000);
	return 0;
}

static int whole(const char *name, double value, uint64_t *n, struct err *e)
{
	if (!(value >= 1 && value < 1e15) || value != floor(value))
		return err_set(e, -EINVAL, "%s must be a whole number from 1, not %g", name, value);
	*n = (uint64_t)value;
	return 0;
}

static int predict_dd1k(const double *in, enum coalesce_arrivals law, struct answer *out, struct err *e)
{
	uint64_t gap = 0, service = 0, capacity = 0, count = 0;
	struct dd1k r;

	(void)law;
	if (thousandths("gap", in[0], &gap, e) || thousandths("service-time", in[1], &service, e) ||
	    whole("capacity", in[2], &capacity, e) || whole("count", in[3], &count, e) ||
	    dd1k_solve(gap, service, capacity, count, &r, e))
		return -EINVAL;
	out[0] = (struct answer) { "first_drop", r.drops ? (double)r.first_drop : NAN };
	out[1] = (struct answer) { "accepted", (double)r.accepted };
	out[2] = (struct answer) { "loss", r.loss };
	return 0;
}

static void coalesce_answer(const struct coalesce *r, struct answer *out)
{
	out[0] = (struct answer) { "f", r->f };
	out[1] = (struct answer) { "delay", r->delay };
	out[2] = (struct answer) { "packets_per_interrupt", r->packets };
}

static int predict_gap(const double *in, enum coalesce_arrivals law, struct answer *out, struct err *e)
{
	struct coalesce r;
	int ret = coalesce_gap(law, in[0], in[1], &r, e);

	if (!ret)
		coalesce_answer(&r, out);
	return ret;
}

static int predict_timer(const double *in, enum coalesce_arrivals law, struct answer *out, struct err *e)
{
	struct coalesce r;
	int ret = coalesce_timer(law, in[0], in[1], &r, e);

	if (!ret)
		coalesce_answer(&r, out);
	return ret;
}

static int predict_refire(const double *in, enum coalesce_arrivals law, struct answer *out, struct err *e)
{
	struct coalesce r;
	int ret = coalesce_refire(law, in[0], in[1], &r, e);

	if (!ret)
		coalesce_answer(&r, out);
	return ret;
}

/* The units are the caller's, but the same for all options of a model: 1/s and s, or 1/us and us. */
static const struct predictor predictors[] = {
	{ "mm1k", { "arrival-rate", "service-rate", "capacity" }, predict_mm1k, false },
	{ "dd1k", { "gap", "service-time", "capacity", "count" }, predict_dd1k, false },
	{ "coalesce-gap", { "arrival-rate", "gap" }, predict_gap, true },
	{ "coalesce-timer", { "arrival-rate", "timer" }, predict_timer, true },
	{ "coalesce-refire", { "arrival-rate", "gap" }, predict_refire, true },
};
#define N_PREDICTORS (sizeof(predictors) / sizeof(predictors[0]))

const struct model_row models[] = {
	{ "mm1k", "M/M/1/K: Poisson arrivals, exponential service, K places" },
	{ "dd1k", "D/D/1/K: constant gap and service time, K places, a burst of N" },
	{ "coalesce-gap", "interrupts at least T apart (EITR of the 82574 and 82576)" },
	{ "coalesce-timer", "an interrupt T after the first packet that waits" },
	{ "coalesce-refire", "a gap whose end interrupts too (igb as QEMU models it)" },
	{ NULL, NULL },
};

void model_predict_help(FILE *f)
{
	for (size_t i = 0; i < N_PREDICTORS; i++) {
		fprintf(f, "  %-15s", predictors[i].name);
		for (const char *const *o = predictors[i].options; *o; o++)
			fprintf(f, " --%s X", *o);
		fprintf(f, "%s\n", predictors[i].has_law ? " [--arrivals poisson|constant]" : "");
	}
}

int model_complain(const char *where, const char *what)
{
	fprintf(stderr, "rxlab model %s: %s\n", where, what);
	return EXIT_USAGE;
}

int model_number(const char *option, const char *text, double *value, struct err *e)
{
	char *end;

	if (!text)
		return err_set(e, -EINVAL, "--%s needs a value", option);
	*value = strtod(text, &end);
	if (end == text || *end || !isfinite(*value))
		return err_set(e, -EINVAL, "--%s must be a number, not '%s'", option, text);
	return 0;
}

static int law_of(const char *text, enum coalesce_arrivals *law, struct err *e)
{
	if (text && strcmp(text, "poisson") == 0)
		*law = ARRIVALS_POISSON;
	else if (text && strcmp(text, "constant") == 0)
		*law = ARRIVALS_CONSTANT;
	else
		return err_set(e, -EINVAL, "--arrivals must be poisson or constant, not '%s'", text ? text : "");
	return 0;
}

/* One word pair of the command line into in[]; the option's index is looked up in the model's list. */
static int option_read(const struct predictor *m, const char *word, const char *value, double *in,
		       enum coalesce_arrivals *law, struct err *e)
{
	if (strncmp(word, "--", 2))
		return err_set(e, -EINVAL, "unexpected '%s'", word);
	if (m->has_law && strcmp(word, "--arrivals") == 0)
		return law_of(value, law, e);
	for (int i = 0; m->options[i]; i++)
		if (strcmp(word + 2, m->options[i]) == 0)
			return model_number(m->options[i], value, &in[i], e);
	return err_set(e, -EINVAL, "%s has no option %s", m->name, word);
}

static int options_read(const struct predictor *m, char **words, double *in, enum coalesce_arrivals *law, bool *json,
			struct err *e)
{
	for (int i = 0; i < OPTIONS_MAX; i++)
		in[i] = NAN;
	for (; *words; words++) {
		if (strcmp(*words, "--json") == 0 || strcmp(*words, "-j") == 0) {
			*json = true;
			continue;
		}
		if (option_read(m, words[0], words[1], in, law, e))
			return -EINVAL;
		words++;
	}
	for (int i = 0; m->options[i]; i++)
		if (isnan(in[i]))
			return err_set(e, -EINVAL, "--%s is missing", m->options[i]);
	return 0;
}

static int answers_print(const struct answer *a, bool json)
{
	json_t *object = json_object();
	int ret = 0;

	for (; a->name; a++) {
		if (!json)
			isnan(a->value) ? printf("%s none\n", a->name) : printf("%s %.9g\n", a->name, a->value);
		else
			json_object_set_new(object, a->name, isnan(a->value) ? json_null() : json_real(a->value));
	}
	if (json)
		ret = json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12)) || putchar('\n') == EOF;
	json_decref(object);
	return ret;
}

int model_predict(char **words)
{
	enum coalesce_arrivals law = ARRIVALS_POISSON;
	struct answer out[ANSWERS_MAX] = { 0 };
	double in[OPTIONS_MAX];
	struct err e = { 0 };
	bool json = false;
	size_t i = 0;

	if (!words[0])
		return model_complain("predict", "which model? See `rxlab model --help`");
	while (i < N_PREDICTORS && strcmp(predictors[i].name, words[0]))
		i++;
	if (i == N_PREDICTORS) {
		err_set(&e, 0, "no model '%s'; see `rxlab list models`", words[0]);
		return model_complain("predict", e.text);
	}
	if (options_read(&predictors[i], words + 1, in, &law, &json, &e) || predictors[i].predict(in, law, out, &e)) {
		fprintf(stderr, "rxlab model predict %s: %s\n", words[0], e.text);
		return EXIT_USAGE;
	}
	return answers_print(out, json) ? EXIT_FAILURE : 0;
}
