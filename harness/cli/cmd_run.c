// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab run: a campaign's plan on its testbed. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/campaign/adaptive.h"
#include "harness/cli/cmd.h"
#include "harness/cli/cmd_fields.h"
#include "harness/cli/cmd_option.h"
#include "harness/runner/jobs.h"
#include "harness/search/predicted.h"
#include "harness/runner/run.h"

static const char help[] =
	"usage: rxlab run CAMPAIGN.yaml [--out DIR] [--jobs N] [--resume] [--dry-run] [--model DIR] [--kernel NAME]\n"
	"\n"
	"Runs the campaign's trials in a seeded random order and writes a results folder:\n"
	"trials.jsonl, trials.csv, manifest.json (see results/README.md).\n"
	"\n"
	"  --out DIR   results folder (results/NAME, with the campaign's name)\n"
	"  --jobs N    trials side by side (as many as there are CPUs; 1 on the wall clock)\n"
	"  --resume    continue in a folder that has records: these trials are not run again, except for\n"
	"              failed trials, which are run again and replaced\n"
	"  --model DIR a results folder with low-load trials: if the campaign has adaptive_rates, the\n"
	"              model learns from them and chooses the rates; plan.jsonl in the results says why\n"
	"  --kernel NAME  the lab's kernel for a campaign that names none (rxlab lab kernels)\n"
	"  --dry-run   print the plan, one line with its id for each trial, and stop\n"
	"\n"
	"Ctrl-C keeps what is complete. Exit status: 0 all trials have a result, 1 some failed or the\n"
	"campaign could not go on, 2 usage or a wrong campaign file, 130 interrupted.\n";

struct options {
	const char *campaign;
	const char *out;
	const char *model;
	const char *kernel;
	unsigned int jobs; /* 0 = not given */
	bool resume;
	bool dry_run;
};

/* 0, or the exit status. */
static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{ "out", required_argument, NULL, 'o' },
		{ "jobs", required_argument, NULL, 'n' },
		{ "resume", no_argument, NULL, 'r' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "model", required_argument, NULL, 'm' },
		{ "kernel", required_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	int status = 0;
	int c;

	while (!status && (c = cmd_option(argc, argv, known)) != -1) {
		if (c == 'o')
			o->out = optarg;
		else if (c == 'n')
			status = cmd_jobs(argv[0], optarg, &o->jobs);
		else if (c == 'r')
			o->resume = true;
		else if (c == 'd')
			o->dry_run = true;
		else if (c == 'm')
			o->model = optarg;
		else if (c == 'k')
			o->kernel = optarg;
		else
			status = EXIT_USAGE; /* cmd_option() has said why */
	}
	if (status)
		return status;
	if (optind != argc - 1)
		return cmd_usage(argv[0], optind == argc ? "which campaign?" : "one campaign at a time");
	o->campaign = argv[optind];
	return 0;
}

static int choose_jobs(const char *command, const struct options *o, const struct testbed_ops *testbed,
		       unsigned int *jobs)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	*jobs = 1;
	if (testbed->clock == CLOCK_VIRTUAL)
		*jobs = o->jobs ? o->jobs : cpus < 1 ? 1 : cpus > JOBS_MAX ? JOBS_MAX : (unsigned int)cpus;
	return cmd_jobs_check(command, o->jobs, testbed);
}

static int report(const char *command, const struct run *r, int ret, const struct err *e)
{
	if (ret == -EINTR) {
		fprintf(stderr, "interrupted: %zu of %zu trials are in %s; go on with:\n  %s %s --out %s --resume\n",
			r->done, r->plan->n, r->out, command, r->campaign->path, r->out);
		return EXIT_INTERRUPTED;
	}
	if (ret && r->done)
		fprintf(stderr, "%zu of %zu trials are in %s; --resume goes on from there\n", r->done, r->plan->n,
			r->out);
	if (ret)
		return cmd_failed(command, "%s", e->text);
	printf("%s: %zu trials: %zu ok, %zu invalid, %zu failed\n", r->out, r->done, r->ok, r->invalid, r->failed);
	if (r->failed)
		fprintf(stderr, "%s: %zu trials failed (their records say why); --resume runs them again\n", command,
			r->failed);
	return r->failed ? EXIT_FAILURE : 0;
}

static int run(const char *command, const struct options *o, const struct campaign *c, const struct plan *p)
{
	struct run r = {
		.campaign = c,
		.plan = p,
		.testbed = testbed_find(p->testbed),
		.out = o->out,
		.timeout_s = JOBS_TIMEOUT_S,
		.resume = o->resume,
		.log = stderr,
		.terminal = isatty(STDERR_FILENO),
	};
	char *home = cmd_home();
	char *out = NULL;
	struct err e = { "" };
	int status;

	if (!home || asprintf(&out, "results/%s", c->name) < 0) {
		free(home);
		return cmd_failed(command, "out of memory or no /proc");
	}
	r.home = home;
	r.out = o->out ? o->out : out;
	status = choose_jobs(command, o, r.testbed, &r.jobs);
	if (!status)
		status = report(command, &r, run_campaign(&r, &e), &e);
	free(home);
	free(out);
	return status;
}

static int predict(void *context, const struct trial *t, struct rate_prior *b, struct err *e)
{
	return predicted_rate(context, t, 0, NULL, b, e);
}

static int let_model_choose(const char *command, const struct options *o, const struct campaign *c, struct plan *p)
{
	struct err e = { "" };
	struct validation v;
	int ret;

	if (!c->adaptive_rates && !o->model)
		return 0;
	if (!c->adaptive_rates)
		return cmd_usage(command, "--model %s: %s has no adaptive_rates", o->model, c->path);
	if (!o->model)
		return cmd_usage(command, "--model DIR is missing: %s has adaptive_rates", c->path);
	ret = predicted_open(&v, o->model, &e);
	if (!ret) {
		ret = adaptive_extend(p, c, predict, &v, &e);
		validate_free(&v);
	}
	return ret ? cmd_failed(command, "%s", e.text) : 0;
}

static int with_plan(const char *command, const struct options *o, const struct campaign *c)
{
	struct err e = { "" };
	struct plan p;
	int status;

	if (plan_make(&p, c, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return EXIT_USAGE;
	}
	status = let_model_choose(command, o, c, &p);
	if (!status && o->dry_run) {
		plan_print(&p, stdout);
		fprintf(stderr, "%s: %zu trials\n", command, p.n);
	} else if (!status) {
		status = run(command, o, c, &p);
	}
	plan_free(&p);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct options o = { NULL };
	struct err e = { "" };
	struct campaign c;
	int status;

	if (cmd_help(argv[1], help))
		return 0;
	status = read_options(argc, argv, &o);
	if (status)
		return status;
	if (campaign_load(&c, o.campaign, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return EXIT_USAGE;
	}
	status = o.kernel && campaign_kernel(&c, o.kernel, &e) ? cmd_usage(argv[0], "--kernel: %s", e.text)
							       : with_plan(argv[0], &o, &c);
	campaign_free(&c);
	return status;
}
