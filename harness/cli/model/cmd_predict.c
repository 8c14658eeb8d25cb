// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab model predict mm1k --arrival-rate 5 --service-rate 5.714 --capacity 15 [--json] */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/model/cmd_model.h"
#include "harness/util/nearest.h"
#include "models/predictors.h"

void model_predict_help(FILE *f)
{
	for (const struct predictor *m = predictors; m->name; m++) {
		fprintf(f, "  %-16s", m->name);
		for (const struct model_option *o = m->options; o->name; o++)
			fprintf(f, o->optional ? " [--%s X]" : " --%s X", o->name);
		fputc('\n', f);
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

static const char *option_meant(const struct predictor *m, const char *word, char text[96])
{
	struct nearest n;

	nearest_begin(&n, word);
	for (int i = 0; m->options[i].name; i++)
		nearest_try(&n, m->options[i].name);
	nearest_try(&n, "json");
	return nearest_text(&n, text);
}

static const char *model_meant(const char *word, char text[96])
{
	struct nearest n;

	nearest_begin(&n, word);
	for (const struct predictor *m = predictors; m->name; m++)
		nearest_try(&n, m->name);
	return nearest_text(&n, text);
}

/* One word pair of the command line into in; the option's index is looked up in the model's list. */
static int option_read(const struct predictor *m, const char *word, const char *value, struct inputs *in, struct err *e)
{
	char text[96];

	if (strncmp(word, "--", 2))
		return err_set(e, -EINVAL, "unexpected '%s'", word);
	for (int i = 0; m->options[i].name; i++) {
		if (strcmp(word + 2, m->options[i].name))
			continue;
		if (!m->options[i].is_text)
			return model_number(word + 2, value, &in->x[i], e);
		in->text[i] = value;
		return value ? 0 : err_set(e, -EINVAL, "%s needs a value", word);
	}
	return err_set(e, -EINVAL, "%s has no option %s%s", m->name, word, option_meant(m, word + 2, text));
}

static int options_read(const struct predictor *m, char **words, struct inputs *in, bool *json, struct err *e)
{
	for (int i = 0; i < OPTIONS_MAX; i++)
		in->x[i] = NAN;
	for (; *words; words++) {
		if (strcmp(*words, "--json") == 0 || strcmp(*words, "-j") == 0) {
			*json = true;
			continue;
		}
		if (option_read(m, words[0], words[1], in, e))
			return -EINVAL;
		words++;
	}
	for (int i = 0; m->options[i].name; i++)
		if (!m->options[i].optional && (m->options[i].is_text ? !in->text[i] : isnan(in->x[i])))
			return err_set(e, -EINVAL, "--%s is missing", m->options[i].name);
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
	struct answer out[ANSWERS_MAX + 1] = { 0 };
	const struct predictor *m = predictors;
	struct inputs in = { 0 };
	struct err e = { 0 };
	bool json = false;
	char text[96];

	if (!words[0])
		return model_complain("predict", "which model? See `rxlab model --help`");
	while (m->name && strcmp(m->name, words[0]))
		m++;
	if (!m->name) {
		err_set(&e, 0, "no model '%s'%s (see: rxlab list models)", words[0], model_meant(words[0], text));
		return model_complain("predict", e.text);
	}
	if (options_read(m, words + 1, &in, &json, &e) || m->predict(&in, out, &e)) {
		fprintf(stderr, "rxlab model predict %s: %s\n", words[0], e.text);
		return EXIT_USAGE;
	}
	return answers_print(out, json) ? EXIT_FAILURE : 0;
}
