// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab tune: which settings of NIC and kernel. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generators/generator.h"
#include "harness/campaign/check_trial.h"
#include "harness/cli/cmd.h"
#include "harness/cli/cmd_fields.h"
#include "harness/runner/jobs.h"
#include "harness/search/predicted.h"
#include "harness/tune/tune_run.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

#define STORED "results/reference" /* calibrations, if none are named */
#define TRIALS 36
#define CONFIRM_VIRTUAL 5
#define CONFIRM_WALL 6 /* the least number of blocks whose median has an interval of 95 % */
#define SECONDS_WALL 0.5
#define TABLE "harness/analysis/tune.py"

static const char help[] =
	"usage: rxlab tune --capture NAME --frame BYTES|imix --rate PPS[,PPS...] [options]\n"
	"\n"
	"Explores settings of the NIC, the kernel and the capture's own timers, at each rate: the front of what\n"
	"can be had of loss, delay, CPU and interrupts, the setting to take for a wish, what each knob does, and the\n"
	"commands that make the setting. See docs/tune.md.\n"
	"\n"
	"  --over KNOB=V,V,... a knob to explore and its values; may be repeated. Without it: every knob that this\n"
	"                      testbed takes, over usual values; what is left out is said\n"
	"  --want LIMIT,...    loss<=0.1%, p50<=.., p99<=2ms, cpu<=.. (a frame), irq<=.. (a second)\n"
	"  --least WHAT        cpu (default), delay, irq or loss. Without --want and --least: loss<=0 and least cpu\n"
	"  --trials N          at each rate, besides those that confirm (36)\n"
	"  --confirm N         trials of default and answer with other seeds (5); wall clock: blocks (6); 0: none\n"
	"  --calibrated DIR    a results folder with low-load trials: the model says where to look (" STORED ")\n"
	"  --no-model          do not use it\n"
	"  --count N           frames of a trial (20000; wall clock: of half a second)\n"
	"  --out DIR           results folder (results/tune-CAPTURE-FRAME)\n"
	"  --resume            continue in a folder that has records of the same exploration\n"
	"  --jobs N            trials at once (2; wall clock 1); another N asks for other trials\n"
	"  --json              one object on stdout          --dry-run  print the knobs and their values\n"
	"  --seed S            seed of each setting's first trial (1)\n"
	"  --testbed, --generator, --senders, --reader-cpu, --set KEY=VALUE: as in rxlab trial\n"
	"\n"
	"Exit status: 0 the wish is met at every rate, 1 it is not (the nearest, and what it lacks), 2 usage,\n"
	"130 interrupted.\n";

enum {
	OPTION_SET = CMD_FIELDS,
	OPTION_OVER,
	OPTION_WANT,
	OPTION_LEAST,
	OPTION_TRIALS,
	OPTION_CONFIRM,
	OPTION_CALIBRATED,
	OPTION_NO_MODEL,
	OPTION_OUT,
	OPTION_RESUME,
	OPTION_JOBS,
	OPTION_JSON,
	OPTION_DRY_RUN,
};

static const struct option known[] = {
	{ "capture", required_argument, NULL, FIELD_CAPTURE },
	{ "frame", required_argument, NULL, FIELD_FRAME },
	{ "rate", required_argument, NULL, FIELD_RATE },
	{ "count", required_argument, NULL, FIELD_COUNT },
	{ "seed", required_argument, NULL, FIELD_SEED },
	{ "senders", required_argument, NULL, FIELD_SENDERS },
	{ "testbed", required_argument, NULL, FIELD_TESTBED },
	{ "generator", required_argument, NULL, FIELD_GENERATOR },
	{ "reader-cpu", required_argument, NULL, FIELD_READER_CPU },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "over", required_argument, NULL, OPTION_OVER },
	{ "want", required_argument, NULL, OPTION_WANT },
	{ "least", required_argument, NULL, OPTION_LEAST },
	{ "trials", required_argument, NULL, OPTION_TRIALS },
	{ "confirm", required_argument, NULL, OPTION_CONFIRM },
	{ "calibrated", required_argument, NULL, OPTION_CALIBRATED },
	{ "no-model", no_argument, NULL, OPTION_NO_MODEL },
	{ "out", required_argument, NULL, OPTION_OUT },
	{ "resume", no_argument, NULL, OPTION_RESUME },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ NULL, 0, NULL, 0 },
};

struct request {
	const char *command;
	struct tune_run run;
	bool given[CMD_FIELDS];
	const char *want, *least, *calibrated, *out;
	uint64_t trials, confirm;
	bool trials_given, confirm_given, no_model, json, dry_run;
};

static int read_rates(struct request *r, const char *text)
{
	char copy[200], *rest = copy, *one;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return cmd_usage(r->command, "--rate: too long");
	while ((one = strsep(&rest, ","))) {
		int status = cmd_field(r->command, &r->run.trial, FIELD_RATE, one);

		if (status)
			return status;
		if (r->run.n_rates == TUNE_RATES_MAX)
			return cmd_usage(r->command, "--rate: at most %d", TUNE_RATES_MAX);
		for (size_t i = 0; i < r->run.n_rates; i++)
			if (r->run.rates[i] == r->run.trial.rate_pps)
				return cmd_usage(r->command, "--rate %s stands twice", one);
		r->run.rates[r->run.n_rates++] = r->run.trial.rate_pps;
	}
	return 0;
}

static int read_number(struct request *r, const char *option, uint64_t least, uint64_t most, uint64_t *n, bool *given)
{
	*given = true;
	if (number_parse(optarg, n) || *n < least || *n > most)
		return cmd_usage(r->command, "--%s %s: must be %" PRIu64 " to %" PRIu64, option, optarg, least, most);
	return 0;
}

static int read_over(struct request *r)
{
	struct err e = { "" };

	if (levels_parse(&r->run.options.space, optarg, &e))
		return cmd_usage(r->command, "--over: %s", e.text);
	return 0;
}

static int read_flag(struct request *r, int which)
{
	switch (which) {
	case OPTION_NO_MODEL:
		r->no_model = true;
		return 0;
	case OPTION_RESUME:
		r->run.resume = true;
		return 0;
	case OPTION_JSON:
		r->json = true;
		return 0;
	case OPTION_DRY_RUN:
		r->dry_run = true;
		return 0;
	}
	return EXIT_USAGE; /* getopt_long() has said why */
}

static int read_option(struct request *r, int which)
{
	if (which < CMD_FIELDS)
		r->given[which] = true;
	if (which == FIELD_RATE)
		return read_rates(r, optarg);
	if (which < CMD_FIELDS)
		return cmd_field(r->command, &r->run.trial, which, optarg);
	switch (which) {
	case OPTION_SET:
		return cmd_knob(r->command, &r->run.trial, optarg);
	case OPTION_OVER:
		return read_over(r);
	case OPTION_WANT:
		r->want = optarg;
		return 0;
	case OPTION_LEAST:
		r->least = optarg;
		return 0;
	case OPTION_TRIALS:
		return read_number(r, "trials", 1, TUNE_TRIALS_MAX - 100, &r->trials, &r->trials_given);
	case OPTION_CONFIRM:
		return read_number(r, "confirm", 0, TUNE_REPEATS_MAX - 2, &r->confirm, &r->confirm_given);
	case OPTION_CALIBRATED:
		r->calibrated = optarg;
		return 0;
	case OPTION_OUT:
		r->out = optarg;
		return 0;
	case OPTION_JOBS:
		return cmd_jobs(r->command, optarg, &r->run.jobs);
	}
	return read_flag(r, which);
}

static int read_wish(struct request *r)
{
	struct tune_wish *w = &r->run.options.wish;
	struct err e = { "" };
	int ret = 0;

	tune_wish_init(w);
	if (r->want)
		ret = tune_wish_parse(w, r->want, &e);
	else if (r->least)
		w->most[TUNE_LOSS] = INFINITY;
	if (!ret && r->least)
		ret = tune_wish_least(w, r->least, &e);
	ret = ret ? ret : tune_wish_check(w, &e);
	return ret ? cmd_usage(r->command, "%s", e.text) : 0;
}

static int check_trials(struct request *r)
{
	struct tune_options *o = &r->run.options;
	size_t least = tune_trials_least(o->space.n);

	if (r->trials_given && r->trials < least)
		return cmd_usage(r->command, "--trials %" PRIu64 ": %zu knobs need at least %zu; name fewer by --over",
				 r->trials, o->space.n, least);
	o->trials = r->trials_given ? r->trials : least > TRIALS ? least : TRIALS;
	o->wall = r->run.testbed->clock == CLOCK_WALL;
	o->confirm = r->confirm_given ? r->confirm : o->wall ? CONFIRM_WALL : CONFIRM_VIRTUAL;
	r->run.seconds = o->wall && !r->given[FIELD_COUNT] ? SECONDS_WALL : 0;
	r->run.jobs = r->run.jobs ? r->run.jobs : o->wall ? 1 : 2;
	return cmd_jobs_check(r->command, r->run.jobs, r->run.testbed);
}

static int read_levels(struct request *r)
{
	struct tune_space *s = &r->run.options.space;
	struct err e = { "" };

	if (!s->n)
		levels_usual(s, &r->run.trial, &r->run.left);
	if (levels_check(s, &r->run.trial, &r->run.left, &e))
		return cmd_usage(r->command, "--over: %s", e.text);
	return 0;
}

static int check(struct request *r)
{
	static const int needed[] = { FIELD_CAPTURE, FIELD_FRAME, FIELD_RATE };
	struct trial *t = &r->run.trial;
	struct err e = { "" };
	int status;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!r->given[needed[i]])
			return cmd_usage(r->command, "option --%s is missing", cmd_fields[needed[i]].option);
	for (size_t i = 0; i < r->run.n_rates; i++) {
		t->rate_pps = r->run.rates[i];
		if (trial_check(t, &e) || check_trial(t, &e))
			return cmd_usage(r->command, "%s", e.text);
		r->run.rates[i] = t->rate_pps;
	}
	if (generator_find(t->generator)->caps & GENERATOR_SENDS_NOTHING)
		return cmd_usage(r->command, "--generator %s: sends nothing, so there is nothing to tune",
				 t->generator);
	if (r->no_model && r->calibrated)
		return cmd_usage(r->command, "--no-model and --calibrated exclude each other");
	if (t->seed + TUNE_REPEATS_MAX > UINT32_MAX)
		return cmd_usage(r->command, "--seed %" PRIu64 ": too high for more of them to follow", t->seed);
	r->run.testbed = testbed_find(t->testbed);
	status = read_wish(r);
	status = status ? status : read_levels(r);
	return status ? status : check_trials(r);
}

/* The rx_usecs at which the model loses nothing up to the highest rate. */
static int guess(struct request *r, const struct validation *v, struct err *e)
{
	struct tune_options *o = &r->run.options;
	int ret = 0;

	for (size_t k = 0; k < o->space.n; k++)
		for (size_t l = 0; !strcmp(o->space.knobs[k].name, "rx_usecs") && l < o->space.knobs[k].n; l++) {
			struct trial t = r->run.trial;
			struct rate_prior prior;
			double pps = 0;

			ret = trial_set(&t, "rx_usecs", o->space.knobs[k].values[l], e);
			ret = ret ? ret : predicted_rate(v, &t, 0, &pps, &prior, e);
			if (ret)
				return ret;
			if (pps > o->guess_pps) {
				o->guess_pps = pps;
				snprintf(o->guess, sizeof(o->guess), "%s", o->space.knobs[k].values[l]);
			}
		}
	return 0;
}

static int ask_model(struct request *r)
{
	char *home = cmd_home(), *stored = home ? file_join(home, STORED) : NULL;
	struct err e = { "" };
	struct validation v;
	int ret = -ENOMEM;

	if (stored && !r->no_model)
		ret = predicted_open(&v, r->calibrated ? r->calibrated : stored, &e);
	if (!ret) {
		ret = guess(r, &v, &e);
		validate_free(&v);
	}
	if (ret)
		r->run.options.guess[0] = 0;
	free(stored);
	free(home);
	if (!ret || r->no_model)
		return 0;
	if (r->calibrated)
		return cmd_failed(r->command, "%s", e.text);
	fprintf(stderr, "without the model: %s\n", e.text);
	return 0;
}

static int read_options(int argc, char **argv, struct request *r)
{
	int status = 0, c;

	r->command = argv[0];
	r->run.timeout_s = JOBS_TIMEOUT_S;
	trial_init(&r->run.trial);
	while (!status && (c = getopt_long(argc, argv, "", known, NULL)) != -1)
		status = read_option(r, c);
	if (status)
		return status;
	if (optind != argc)
		return cmd_usage(argv[0], "unexpected '%s'", argv[optind]);
	return check(r);
}

static void print_levels(const struct request *r, FILE *out)
{
	const struct tune_space *s = &r->run.options.space;

	for (size_t k = 0; k < s->n; k++) {
		fprintf(out, "%-22s", s->knobs[k].name);
		for (size_t l = 0; l < s->knobs[k].n; l++)
			fprintf(out, " %s", s->knobs[k].values[l]);
		fputc('\n', out);
	}
	for (size_t i = 0; i < r->run.left.n; i++)
		fprintf(out, "left out: %s: %s\n", r->run.left.rows[i].what, r->run.left.rows[i].why);
}

static int print_result(struct request *r)
{
	char *words[] = { (char *)r->command, (char *)r->run.out, (char *)"--json", NULL };
	bool met = true;
	int status;

	for (size_t i = 0; i < r->run.n_rates; i++) {
		const struct tune *t = r->run.found[i];
		long answer = tune_final(t);

		met = met && answer >= 0 && tune_wish_met(&t->o.wish, t->points[answer].of);
	}
	fflush(stdout);
	status = cmd_script(r->json ? 3 : 2, words, TABLE);
	return status ? status : met ? 0 : EXIT_FAILURE;
}

static int run(struct request *r)
{
	struct err e = { "" };
	char *out = NULL, frame[MIX_TEXT_MAX];
	int ret, status;

	if (asprintf(&out, "results/tune-%s-%s", r->run.trial.capture, cmd_frame_name(&r->run.trial, frame)) < 0)
		return cmd_failed(r->command, "out of memory");
	r->run.out = r->out ? r->out : out;
	r->run.log = stderr;
	print_levels(r, stderr);
	ret = tune_run(&r->run, &e);
	if (ret == -EINTR)
		fprintf(stderr, "interrupted: what was measured is in %s; the same command with --resume goes on\n",
			r->run.out);
	else if (ret)
		cmd_failed(r->command, "%s", e.text);
	status = !ret ? print_result(r) : ret == -EINTR ? EXIT_INTERRUPTED : EXIT_FAILURE;
	tune_run_free(&r->run);
	free(out);
	return status;
}

int cmd_tune(int argc, char **argv)
{
	static struct request r; /* static, because it is large for the stack */
	int status;

	if (cmd_help(argv[1], help))
		return 0;
	status = read_options(argc, argv, &r);
	if (!status)
		status = ask_model(&r);
	if (status)
		return status;
	if (!r.dry_run)
		return run(&r);
	print_levels(&r, stdout);
	return 0;
}
