// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab bisect, bisect-step: which of several kernels made a capture worse. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generators/generator.h"
#include "harness/campaign/check_trial.h"
#include "harness/cli/cmd.h"
#include "harness/cli/cmd_fields.h"
#include "harness/cli/kernel_options.h"
#include "harness/runner/jobs.h"
#include "harness/search/bisect_run.h"
#include "harness/util/spawn.h"

#define STEP_ABORT 128 /* git bisect run takes 1 to 127 for "bad" or "skip", and ends at what is above */
#define STEP_SKIP 125

#define COMMON_HELP                                                                                             \
	"  --metric NAME       insn: instructions a frame; received: frames received; loss_free: the highest\n" \
	"                      rate without loss, by a search; p99: of the delay\n"                             \
	"  --frame BYTES       (64)         --rate PPS|max  (max)        --count N  (20000)\n"                  \
	"  --seed, --senders, --reader-cpu, --set KEY=VALUE: as in rxlab trial\n"

static const char help[] =
	"usage: rxlab bisect --capture NAME --metric NAME --good VERSION --bad VERSION [options]\n"
	"       rxlab bisect --capture NAME --metric NAME --image NAME=VMLINUZ,MODULES --image ... [options]\n"
	"\n"
	"Names the two neighbouring kernels between which a capture became worse, and the functions. A trial a\n"
	"version, at most ceil(log2 n) + 2 of n; one that cannot run is skipped. See docs/kernels.md.\n"
	"\n"
	"  --good, --bad       the ends: series or versions of the mirror (rxlab lab kernels), or names of images\n"
	"                      (the first and the last of them)\n"
	"  --kernels A,B,...   only these, in this order (all that can run, between the ends)\n"
	"  --image NAME=VMLINUZ,MODULES  a kernel of your own; in the order of their making\n"
	"  --bar VALUE|SHARE   what is worse than it is bad: a number, or by how much worse than the good end,\n"
	"                      as 10% (halfway between the ends)\n" COMMON_HELP
	"  --out DIR           results folder (results/bisect-CAPTURE-METRIC)\n"
	"  --resume            continue in a folder that has records of the same bisection\n"
	"  --json              one object on stdout\n"
	"  --dry-run           print the versions, and run nothing\n"
	"\n"
	"Exit status: 0 found, 1 the ends are not good and bad, or failed, 2 usage, 130 interrupted.\n";

static const char step_help[] =
	"usage: rxlab bisect-step --capture NAME --metric NAME --bar VALUE --image VMLINUZ,MODULES [options]\n"
	"       rxlab bisect-step --capture NAME --metric NAME --bar VALUE --kernel VERSION [options]\n"
	"\n"
	"Says of one kernel whether it is good: for git bisect run, in a script that builds it first.\n"
	"\n"
	"  --bar VALUE         what is worse than it is bad\n" COMMON_HELP "\n"
	"Exit status: 0 good, 1 bad, 125 it cannot run, 128 wrong usage or no testbed: ends git bisect run.\n";

enum {
	OPTION_SET = CMD_FIELDS,
	OPTION_METRIC,
	OPTION_BAR,
	OPTION_GOOD,
	OPTION_BAD,
	OPTION_KERNELS,
	OPTION_KERNEL,
	OPTION_IMAGE,
	OPTION_OUT,
	OPTION_RESUME,
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
	{ "reader-cpu", required_argument, NULL, FIELD_READER_CPU },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "metric", required_argument, NULL, OPTION_METRIC },
	{ "bar", required_argument, NULL, OPTION_BAR },
	{ "good", required_argument, NULL, OPTION_GOOD },
	{ "bad", required_argument, NULL, OPTION_BAD },
	{ "kernels", required_argument, NULL, OPTION_KERNELS },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "image", required_argument, NULL, OPTION_IMAGE },
	{ "out", required_argument, NULL, OPTION_OUT },
	{ "resume", no_argument, NULL, OPTION_RESUME },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ NULL, 0, NULL, 0 },
};

struct request {
	const char *command;
	struct bisect_run run;
	struct trial trial;
	struct bisect_version versions[BISECT_VERSIONS_MAX];
	struct kernel_options kernels;
	bool capture, metric, json, dry_run;
	const char *out;
};

static int read_metric(struct request *r)
{
	struct err e = { "" };

	r->metric = true;
	return bisect_metric_parse(optarg, &r->run.metric, &e) ? cmd_usage(r->command, "--metric: %s", e.text) : 0;
}

static int read_bar(struct request *r)
{
	struct err e = { "" };

	return bisect_bar_parse(optarg, &r->run.bar, &e) ? cmd_usage(r->command, "--bar %s: %s", optarg, e.text) : 0;
}

static int read_image(struct request *r)
{
	struct err e = { "" };

	return kernel_options_image(&r->kernels, optarg, &e) ? cmd_usage(r->command, "--image: %s", e.text) : 0;
}

static int read_flag(struct request *r, int which)
{
	bool *const flags[] = { &r->run.resume, &r->json, &r->dry_run };

	if (which < OPTION_RESUME || which > OPTION_DRY_RUN)
		return EXIT_USAGE; /* getopt_long() has said why */
	*flags[which - OPTION_RESUME] = true;
	return 0;
}

static int read_option(struct request *r, int which)
{
	const char **const texts[] = {
		[OPTION_GOOD] = &r->kernels.good,  [OPTION_BAD] = &r->kernels.bad, [OPTION_KERNELS] = &r->kernels.list,
		[OPTION_KERNEL] = &r->kernels.one, [OPTION_OUT] = &r->out,
	};

	if (which < CMD_FIELDS) {
		r->capture |= which == FIELD_CAPTURE;
		return cmd_field(r->command, &r->trial, which, optarg);
	}
	if (which == OPTION_SET)
		return cmd_knob(r->command, &r->trial, optarg);
	if (which == OPTION_METRIC)
		return read_metric(r);
	if (which == OPTION_BAR)
		return read_bar(r);
	if (which == OPTION_IMAGE)
		return read_image(r);
	if (which <= OPTION_OUT && texts[which]) {
		*texts[which] = optarg;
		return 0;
	}
	return read_flag(r, which);
}

static int check(struct request *r)
{
	struct err e = { "" };

	if (!r->capture || !r->metric)
		return cmd_usage(r->command, "option --%s is missing", r->capture ? "metric" : "capture");
	if (trial_check(&r->trial, &e) || check_trial(&r->trial, &e))
		return cmd_usage(r->command, "%s", e.text);
	if (generator_find(r->trial.generator)->caps & GENERATOR_SENDS_NOTHING)
		return cmd_usage(r->command, "--generator %s: sends nothing", r->trial.generator);
	if (r->run.metric == METRIC_LOSS_FREE && r->trial.rate_pps != RATE_MAX)
		return cmd_usage(r->command, "--rate: with --metric loss_free a search finds it");
	r->run.testbed = testbed_find(r->trial.testbed);
	return 0;
}

static int read_options(int argc, char **argv, struct request *r)
{
	int status = 0, c;

	r->command = argv[0];
	r->run.timeout_s = JOBS_TIMEOUT_S;
	r->run.versions = r->versions;
	r->run.log = stderr;
	trial_init(&r->trial);
	while (!status && (c = getopt_long(argc, argv, "", known, NULL)) != -1)
		status = read_option(r, c);
	if (!status && optind != argc)
		status = cmd_usage(argv[0], "unexpected '%s'", argv[optind]);
	return status ? status : check(r);
}

/* The versions' trials: the request's on each kernel. */
static int versions_make(struct request *r)
{
	struct err e = { "" };

	for (size_t i = 0; i < r->kernels.n; i++) {
		struct bisect_version *v = &r->versions[i];

		snprintf(v->name, sizeof(v->name), "%s", r->kernels.kernels[i].name);
		v->trial = r->trial;
		if (kernel_options_set(&v->trial, &r->kernels.kernels[i], &e) || check_trial(&v->trial, &e))
			return cmd_usage(r->command, "%s: %s", v->name, e.text);
	}
	r->run.n = r->kernels.n;
	return 0;
}

static int versions_print(const struct request *r)
{
	for (size_t i = 0; i < r->run.n; i++) {
		char text[TRIAL_TEXT_MAX];

		trial_format(&r->versions[i].trial, text, sizeof(text));
		printf("%s\n  %s\n", r->versions[i].name, text);
	}
	return 0;
}

static int print_result(const struct request *r)
{
	char *text = r->json ? bisect_json(&r->run) : NULL;

	if (text)
		fputs(text, stdout);
	else
		bisect_table(&r->run, stdout);
	free(text);
	return 0;
}

static int run(struct request *r)
{
	struct err e = { "" };
	char *out = NULL, *home = cmd_home();
	int ret;

	if (!home || asprintf(&out, "results/bisect-%s-%s", r->trial.capture, bisect_metric_names[r->run.metric]) < 0)
		return cmd_failed(r->command, "out of memory");
	r->run.out = r->out ? r->out : out;
	r->run.home = home;
	ret = bisect_run(&r->run, &e);
	if (ret == -EINTR)
		fprintf(stderr, "interrupted: what was measured is in %s; the same command with --resume goes on\n",
			r->run.out);
	else if (ret)
		cmd_failed(r->command, "%s", e.text);
	else
		print_result(r);
	bisect_run_free(&r->run);
	free(out);
	free(home);
	return ret == -EINTR ? EXIT_INTERRUPTED : ret ? EXIT_FAILURE : 0;
}

int cmd_bisect(int argc, char **argv)
{
	static struct request r; /* static, because it is large for the stack */
	struct err e = { "" };
	int status;

	if (cmd_help(argv[1], help))
		return 0;
	status = read_options(argc, argv, &r);
	if (!status && r.kernels.one)
		status = cmd_usage(argv[0], "--kernel is of bisect-step; --good and --bad are the ends here");
	if (!status && kernel_options_range(&r.kernels, &e))
		status = cmd_usage(argv[0], "%s", e.text);
	status = status ? status : versions_make(&r);
	if (status)
		return status;
	return r.dry_run ? versions_print(&r) : run(&r);
}

static int step(struct request *r)
{
	char side[] = "/tmp/rxlab-bisect-step-XXXXXX";
	const char *const away[] = { "rm", "-r", side, NULL };
	enum bisect_verdict verdict;
	struct err e = { "" };
	int ret;

	if (!r->out && !mkdtemp(side))
		return cmd_failed(r->command, "cannot make a folder like %s: %s", side, strerror(errno));
	r->run.out = r->out ? r->out : side;
	ret = bisect_step(&r->run, &verdict, &e);
	if (ret && ret != -EINTR)
		cmd_failed(r->command, "%s", e.text);
	if (!r->out)
		spawn_wait(away, NULL);
	if (ret)
		return STEP_ABORT;
	return verdict == BISECT_GOOD ? 0 : verdict == BISECT_BAD ? 1 : STEP_SKIP;
}

int cmd_bisect_step(int argc, char **argv)
{
	static struct request r;
	struct err e = { "" };
	int status;

	if (cmd_help(argv[1], step_help))
		return 0;
	status = read_options(argc, argv, &r);
	if (!status && r.run.bar.kind != BAR_VALUE)
		status = cmd_usage(argv[0], "--bar: a number is needed, since there is no good end to compare with");
	if (!status && kernel_options_one(&r.kernels, &e))
		status = cmd_usage(argv[0], "%s", e.text);
	status = status ? status : versions_make(&r);
	return status ? STEP_ABORT : step(&r);
}
