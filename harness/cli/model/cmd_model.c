// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab model calibrate DIR, rxlab model validate DIR; predict and simulate are in files of their own */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/cli/cmd_option.h"
#include "harness/util/file.h"
#include "harness/cli/model/cmd_model.h"
#include "models/validate.h"

#define EXIT_NO_GNUPLOT 77 /* of plots/draw.py */

static int usage(FILE *f)
{
	fputs("usage: rxlab model predict MODEL --OPTION VALUE ... [--json]\n"
	      "       rxlab model simulate SPEC.yaml [--seed N] [--json]   the whole path, event by event\n"
	      "       rxlab model calibrate DIR     parameters, from the low-load trials of a results folder\n"
	      "       rxlab model validate DIR      predictions beside measurements, errors and verdicts; draws "
	      "DIR/plots\n"
	      "calibrate and validate take --max-rate PPS (15000) and --max-utilisation SHARE (0.5): what is low "
	      "load;\n"
	      "validate also --no-plots\n"
	      "models and their options, in 1/s and s (any other unit will do, if it is one for all of a model):\n",
	      f);
	model_predict_help(f);
	return f == stderr ? EXIT_USAGE : 0;
}

struct folder_options {
	char *dir;
	struct calibrate_options low;
	bool plots;
};

static int folder_options_read(char **words, struct folder_options *o, struct err *e)
{
	static const char *const known[] = { "--max-rate", "--max-utilisation", "--no-plots", NULL };

	for (; *words; words++) {
		double *value = NULL;

		if (strcmp(*words, "--max-rate") == 0)
			value = &o->low.max_pps;
		else if (strcmp(*words, "--max-utilisation") == 0)
			value = &o->low.max_utilisation;
		if (value) {
			if (model_number(words[0] + 2, words[1], value, e))
				return -EINVAL;
			if (*value <= 0)
				return err_set(e, -EINVAL, "%s must be above 0, not %s", words[0], words[1]);
			words++;
		} else if (strcmp(*words, "--no-plots") == 0) {
			o->plots = false;
		} else if (**words == '-' || o->dir) {
			return err_set(e, -EINVAL, "unexpected '%s'%s", *words, cmd_meant(*words, known));
		} else {
			o->dir = *words;
		}
	}
	return o->dir ? 0 : err_set(e, -EINVAL, "which results folder?");
}

/* The text that write() makes, into DIR/name. */
static int write_file(const struct validation *v, void (*write)(const struct validation *, FILE *), const char *dir,
		      const char *name, struct err *e)
{
	char *path = file_join(dir, name), *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int ret = -ENOMEM;

	if (f) {
		write(v, f);
		if (fclose(f) == 0 && path)
			ret = file_replace(path, text, size, e);
	}
	free(text);
	free(path);
	return ret == -ENOMEM ? err_set(e, ret, "out of memory") : ret;
}

static int validate_dir(const char *dir, const struct validation *v, struct err *e)
{
	int ret = write_file(v, validate_write_table, dir, "predictions.tsv", e);

	if (!ret)
		ret = write_file(v, validate_write_curves, dir, "prediction-curves.tsv", e);
	if (!ret)
		ret = write_file(v, validate_write_errors, dir, "prediction-errors.txt", e);
	if (!ret)
		validate_write_errors(v, stdout);
	return ret;
}

/* Without gnuplot there are the data. */
static int plots_draw(char *dir)
{
	char *argv[] = { "plot", dir, NULL };
	int status = cmd_plot(2, argv);

	return status == EXIT_NO_GNUPLOT ? 0 : status;
}

static int folder_do(const char *verb, const struct folder_options *o, struct err *e)
{
	struct validation v;
	int ret = validate_load(o->dir, &o->low, &v, e);

	if (ret)
		return ret;
	ret = validate_check(o->dir, &o->low, &v, e);
	if (!ret && strcmp(verb, "calibrate") == 0)
		validate_write_calibration(&v, stdout);
	else if (!ret)
		ret = validate_dir(o->dir, &v, e);
	validate_free(&v);
	return ret;
}

static int cmd_folder(const char *verb, char **words)
{
	struct folder_options o = { NULL, { CALIBRATE_PPS, CALIBRATE_UTILISATION }, strcmp(verb, "validate") == 0 };
	struct err e = { 0 };
	int ret;

	if (folder_options_read(words, &o, &e))
		return model_complain(verb, e.text);
	ret = folder_do(verb, &o, &e);
	if (ret)
		fprintf(stderr, "rxlab model %s: %s\n", verb, e.text);
	if (ret)
		return ret == -ENODATA ? EXIT_USAGE : EXIT_FAILURE;
	fflush(stdout);
	return o.plots ? plots_draw(o.dir) : 0;
}

static bool asks_for_help(char **args)
{
	for (; *args; args++)
		if (strcmp(*args, "--help") == 0 || strcmp(*args, "-h") == 0)
			return true;
	return false;
}

int cmd_model(int argc, char **argv)
{
	static const char *const verbs[] = { "predict", "simulate", "calibrate", "validate", NULL };
	const char *verb = argc > 1 ? argv[1] : "";

	if (asks_for_help(argv + 1))
		return usage(stdout);

	if (strcmp(verb, "predict") == 0)
		return model_predict(argv + 2);
	if (strcmp(verb, "simulate") == 0)
		return model_simulate(argv + 2);
	if (strcmp(verb, "calibrate") == 0 || strcmp(verb, "validate") == 0)
		return cmd_folder(verb, argv + 2);
	if (*verb && *cmd_meant(verb, verbs))
		return cmd_usage("rxlab model", "unknown verb '%s'%s", verb, cmd_meant(verb, verbs));
	return usage(stderr);
}
