// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab search: the highest rate that meets a goal. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cmd.h"
#include "harness/cli/cmd_fields.h"
#include "harness/cli/cmd_option.h"
#include "harness/runner/jobs.h"
#include "generators/generator.h"
#include "harness/campaign/check_trial.h"
#include "harness/search/predicted.h"
#include "harness/search/search_report.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

#define STORED "results/reference" /* calibrations, if none are named */
#define FINAL_FRAMES 20000
#define FINAL_SECONDS 1
#define WIDTH 0.005

static const char help[] =
	"usage: rxlab search --capture NAME --frame BYTES|imix [options]\n"
	"\n"
	"Finds the highest rate that meets each goal (RFC 9971): its relevant lower and upper bound and\n"
	"its conditional throughput. See docs/search.md.\n"
	"\n"
	"  --goal KEY=VALUE,...  loss, exceed, width: shares, as 0.005 or 0.5%; initial, final, sum: sizes,\n"
	"                      as 20000 frames or 0.2s. May be repeated. Without it, two goals:\n"
	"                      loss=0,exceed=0,width=0.5% (RFC 2544) and loss=0.5%,exceed=50%,width=0.5%\n"
	"  --count N           size of a trial: frames (20000 on the virtual clock)\n"
	"  --duration S        size of a trial: seconds (1 on the wall clock)\n"
	"  --seeds N           a goal's sum, in trials: so many of a rate decide, each with another seed (1; wall "
	"clock 2)\n"
	"  --min-rate PPS      (10000)          --max-rate PPS  (as fast as the sender can)\n"
	"  --calibrated DIR    a results folder with low-load trials: the model starts from them (" STORED ")\n"
	"  --model             fail if the model has no prediction       --no-model  do not use it\n"
	"  --out DIR           results folder (results/search-CAPTURE-FRAME)\n"
	"  --resume            continue in a folder that has records of the same search\n"
	"  --jobs N            trials at once (1); with more, a round narrows more and takes more trials\n"
	"  --json              one object on stdout          --dry-run  print the first trial and why\n"
	"  --seed S            seed of each rate's first trial (1)\n"
	"  --testbed, --generator, --senders, --reader-cpu, --kernel, --set KEY=VALUE: as in rxlab trial\n"
	"\n"
	"Exit status: 0 every goal has both bounds within its width, 1 one does not (and why), 2 usage,\n"
	"130 interrupted.\n";

enum {
	OPTION_SET = CMD_FIELDS,
	OPTION_GOAL,
	OPTION_DURATION,
	OPTION_SEEDS,
	OPTION_MIN,
	OPTION_MAX,
	OPTION_CALIBRATED,
	OPTION_MODEL,
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
	{ "count", required_argument, NULL, FIELD_COUNT },
	{ "seed", required_argument, NULL, FIELD_SEED },
	{ "senders", required_argument, NULL, FIELD_SENDERS },
	{ "testbed", required_argument, NULL, FIELD_TESTBED },
	{ "generator", required_argument, NULL, FIELD_GENERATOR },
	{ "reader-cpu", required_argument, NULL, FIELD_READER_CPU },
	{ "kernel", required_argument, NULL, FIELD_KERNEL },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "goal", required_argument, NULL, OPTION_GOAL },
	{ "duration", required_argument, NULL, OPTION_DURATION },
	{ "seeds", required_argument, NULL, OPTION_SEEDS },
	{ "min-rate", required_argument, NULL, OPTION_MIN },
	{ "max-rate", required_argument, NULL, OPTION_MAX },
	{ "calibrated", required_argument, NULL, OPTION_CALIBRATED },
	{ "model", no_argument, NULL, OPTION_MODEL },
	{ "no-model", no_argument, NULL, OPTION_NO_MODEL },
	{ "out", required_argument, NULL, OPTION_OUT },
	{ "resume", no_argument, NULL, OPTION_RESUME },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ NULL, 0, NULL, 0 },
};

struct search_request {
	const char *command;
	struct search_run run;
	bool given[CMD_FIELDS];
	const char *goals[SEARCH_GOALS_MAX];
	const char *duration, *calibrated, *out;
	uint64_t seeds;
	bool model, no_model, json, dry_run;
};

static int read_rate(const struct search_request *r, const char *option, uint64_t *rate)
{
	if (number_parse(optarg, rate) || *rate < 1 || *rate > RATE_PPS_LIMIT)
		return cmd_usage(r->command, "--%s %s: must be 1 to %llu", option, optarg, RATE_PPS_LIMIT);
	return 0;
}

static int add_goal(struct search_request *r)
{
	struct search_options *o = &r->run.options;

	if (o->n_goals == SEARCH_GOALS_MAX)
		return cmd_usage(r->command, "--goal: at most %d", SEARCH_GOALS_MAX);
	r->goals[o->n_goals++] = optarg;
	return 0;
}

static int read_seeds(struct search_request *r)
{
	if (number_parse(optarg, &r->seeds) || r->seeds < 1 || r->seeds > 100)
		return cmd_usage(r->command, "--seeds %s: must be 1 to 100", optarg);
	return 0;
}

static int read_flag(struct search_request *r, int which)
{
	switch (which) {
	case OPTION_MODEL:
		r->model = true;
		return 0;
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
	return EXIT_USAGE; /* cmd_option() has said why */
}

static int read_option(struct search_request *r, int which)
{
	if (which < CMD_FIELDS) {
		r->given[which] = true;
		return cmd_field(r->command, &r->run.trial, which, optarg);
	}
	switch (which) {
	case OPTION_SET:
		return cmd_knob(r->command, &r->run.trial, optarg);
	case OPTION_GOAL:
		return add_goal(r);
	case OPTION_DURATION:
		r->duration = optarg;
		return 0;
	case OPTION_SEEDS:
		return read_seeds(r);
	case OPTION_MIN:
		return read_rate(r, "min-rate", &r->run.options.min_rate);
	case OPTION_MAX:
		return read_rate(r, "max-rate", &r->run.options.max_rate);
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

/* The size of a trial for goals that give none: --count, --duration, or the clock's default. */
static int read_size(struct search_request *r, bool virtual_clock, struct search_goal *size, int *timed)
{
	struct err e = { "" };
	char text[80];

	if (r->given[FIELD_COUNT] && r->duration)
		return cmd_usage(r->command, "--count and --duration are two sizes of a trial");
	if (r->given[FIELD_COUNT])
		snprintf(text, sizeof(text), "final=%" PRIu64, r->run.trial.count);
	else if (r->duration)
		snprintf(text, sizeof(text), "final=%.40s%s", r->duration, strchr(r->duration, 's') ? "" : "s");
	else
		snprintf(text, sizeof(text), virtual_clock ? "final=%d" : "final=%ds",
			 virtual_clock ? FINAL_FRAMES : FINAL_SECONDS);
	if ((r->given[FIELD_COUNT] || r->duration) && search_goal_parse(size, text, timed, &e))
		return cmd_usage(r->command, "--%s%s: %s", r->given[FIELD_COUNT] ? "count" : "duration ",
				 r->given[FIELD_COUNT] ? "" : r->duration, e.text);
	/* A default uses the same unit (frames or time) as the goals. */
	if (!r->given[FIELD_COUNT] && !r->duration && *timed < 0)
		search_goal_parse(size, text, timed, &e);
	else if (!size->final)
		size->final = *timed ? FINAL_SECONDS : FINAL_FRAMES;
	return 0;
}

static int complete_goal(struct search_request *r, size_t i, const struct search_goal *size)
{
	struct search_goal *g = &r->run.options.goals[i];
	struct err e = { "" };

	g->final = g->final ? g->final : size->final;
	g->initial = g->initial ? g->initial : g->final;
	g->sum = g->sum ? g->sum : g->final * (double)r->seeds;
	if (search_goal_check(g, &e))
		return cmd_usage(r->command, "--goal %s: %s", r->goals[i] ? r->goals[i] : "", e.text);
	if (!r->run.options.timed && g->final > COUNT_LIMIT)
		return cmd_usage(r->command, "--goal: final=%.0f: at most %llu frames", g->final, COUNT_LIMIT);
	if (!r->run.options.timed && g->initial < r->run.trial.senders)
		return cmd_usage(r->command, "--goal: initial=%.0f: fewer frames than senders", g->initial);
	return 0;
}

static int read_goals(struct search_request *r, bool virtual_clock)
{
	static const char *const usual[] = { "loss=0,exceed=0", "loss=0.5%,exceed=50%" };
	struct search_options *o = &r->run.options;
	struct search_goal size = { 0 };
	int timed = -1, status;

	if (!o->n_goals)
		for (; o->n_goals < 2; o->n_goals++)
			r->goals[o->n_goals] = usual[o->n_goals];
	r->seeds = r->seeds ? r->seeds : virtual_clock ? 1 : 2;
	for (size_t i = 0; i < o->n_goals; i++) {
		struct err e = { "" };

		o->goals[i].width = WIDTH;
		if (search_goal_parse(&o->goals[i], r->goals[i], &timed, &e))
			return cmd_usage(r->command, "--goal %s: %s", r->goals[i], e.text);
	}
	status = read_size(r, virtual_clock, &size, &timed);
	o->timed = timed > 0;
	for (size_t i = 0; !status && i < o->n_goals; i++)
		status = complete_goal(r, i, &size);
	return status;
}

static int check(struct search_request *r)
{
	const struct search_options *o = &r->run.options;
	struct trial *t = &r->run.trial;
	struct err e = { "" };

	for (int i = 0; i < 2; i++)
		if (!r->given[i])
			return cmd_usage(r->command, "option --%s is missing", cmd_fields[i].option);
	if (trial_check(t, &e) || check_trial(t, &e))
		return cmd_usage(r->command, "%s", e.text);
	if (generator_find(t->generator)->caps & GENERATOR_SENDS_NOTHING)
		return cmd_usage(r->command, "--generator %s: sends nothing, so there is no rate to find",
				 t->generator);
	if (t->seed + SEARCH_TRIALS_MAX > UINT32_MAX)
		return cmd_usage(r->command, "--seed %" PRIu64 ": too high for more of them to follow", t->seed);
	if (o->max_rate && o->min_rate >= o->max_rate)
		return cmd_usage(r->command, "--min-rate %" PRIu64 " is not below --max-rate %" PRIu64, o->min_rate,
				 o->max_rate);
	if (r->no_model && (r->model || r->calibrated))
		return cmd_usage(r->command, "--no-model and %s exclude each other",
				 r->model ? "--model" : "--calibrated");
	r->run.testbed = testbed_find(t->testbed);
	return cmd_jobs_check(r->command, r->run.jobs, r->run.testbed);
}

static int read_options(int argc, char **argv, struct search_request *r)
{
	int status = 0, c;

	r->command = argv[0];
	r->run.jobs = 1;
	r->run.timeout_s = JOBS_TIMEOUT_S;
	r->run.options.min_rate = 10000; /* at lower rates pktgen sleeps between frames */
	trial_init(&r->run.trial);
	while (!status && (c = cmd_option(argc, argv, known)) != -1)
		status = read_option(r, c);
	if (status)
		return status;
	if (optind != argc)
		return cmd_usage(argv[0], "unexpected '%s'", argv[optind]);
	status = check(r);
	return status ? status : read_goals(r, r->run.testbed->clock == CLOCK_VIRTUAL);
}

static int predict(struct search_request *r, const struct validation *v, struct err *e)
{
	struct search_options *o = &r->run.options;
	int ret = 0;

	for (size_t i = 0; !ret && i < o->n_goals; i++) {
		double loss = o->goals[i].loss, final = o->goals[i].final;
		struct trial t = r->run.trial;

		t.count = o->timed ? COUNT_LIMIT : (uint64_t) final;
		ret = predicted_rate(v, &t, loss, &r->run.predicted[i], &o->hints[i], e);
		if (!ret && o->timed) { /* once more, with the frames that the time holds at about that rate */
			t.count = (uint64_t)fmin(COUNT_LIMIT, final * o->hints[i].rate + 1);
			ret = predicted_rate(v, &t, loss, &r->run.predicted[i], &o->hints[i], e);
		}
	}
	return ret;
}

static int ask_model(struct search_request *r, struct err *e)
{
	char *home = cmd_home(), *stored = home ? file_join(home, STORED) : NULL;
	struct validation v;
	int ret = -ENOMEM;

	if (stored)
		ret = predicted_open(&v, r->calibrated ? r->calibrated : stored, e);
	if (!ret) {
		ret = predict(r, &v, e);
		validate_free(&v);
	}
	if (ret)
		memset(r->run.options.hints, 0, sizeof(r->run.options.hints));
	if (ret)
		memset(r->run.predicted, 0, sizeof(r->run.predicted));
	free(stored);
	free(home);
	return ret;
}

static int hints_find(struct search_request *r)
{
	struct err e = { "" };

	if (r->no_model || !ask_model(r, &e))
		return 0;
	if (r->model || r->calibrated)
		return cmd_failed(r->command, "%s", e.text);
	fprintf(stderr, "without the model: %s\n", e.text);
	return 0;
}

static int print_result(const struct search_request *r)
{
	char *text = r->json ? search_json(&r->run) : NULL;
	bool regular = true;

	for (size_t i = 0; i < r->run.options.n_goals; i++) {
		struct search_outcome out;

		search_outcome(&r->run.search, i, &out);
		regular = regular && out.regular;
	}
	if (text)
		fputs(text, stdout);
	else
		search_table(&r->run, stdout);
	free(text);
	return regular ? 0 : EXIT_FAILURE;
}

static int run(struct search_request *r)
{
	struct err e = { "" };
	char *out = NULL, frame[MIX_TEXT_MAX];
	int ret;

	if (asprintf(&out, "results/search-%s-%s", r->run.trial.capture, cmd_frame_name(&r->run.trial, frame)) < 0)
		return cmd_failed(r->command, "out of memory");
	r->run.out = r->out ? r->out : out;
	r->run.log = stderr;
	ret = search_run(&r->run, &e);
	if (ret == -EINTR)
		fprintf(stderr, "interrupted: what was measured is in %s; the same command with --resume goes on\n",
			r->run.out);
	else if (ret)
		cmd_failed(r->command, "%s", e.text);
	free(out);
	if (ret)
		return ret == -EINTR ? EXIT_INTERRUPTED : EXIT_FAILURE;
	return print_result(r);
}

int cmd_search(int argc, char **argv)
{
	static struct search_request r; /* static, because it is large for the stack */
	int status;

	if (cmd_help(argv[1], help))
		return 0;
	status = read_options(argc, argv, &r);
	if (!status)
		status = hints_find(&r);
	if (status)
		return status;
	if (!r.dry_run)
		return run(&r);
	search_print_first(&r.run, stdout);
	return 0;
}
