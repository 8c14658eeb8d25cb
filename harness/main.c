// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab: a laboratory for the packet-receive path of Linux. This file only says which commands there are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/runner/manifest.h"
#include "harness/util/nearest.h"

static const struct command {
	const char *name;
	const char *full_name; /* as it stands in messages */
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "list", "rxlab list", cmd_list, "captures, generators, testbeds, meters, models or counters" },
	{ "run", "rxlab run", cmd_run, "a campaign, into a results folder" },
	{ "trial", "rxlab trial", cmd_trial, "one trial; its record on stdout" },
	{ "search", "rxlab search", cmd_search, "the highest rate that meets a loss" },
	{ "bisect", "rxlab bisect", cmd_bisect, "between which two kernels a capture became worse, and where" },
	{ "bisect-step", "rxlab bisect-step", cmd_bisect_step, "one kernel, for git bisect run" },
	{ "kernels", "rxlab kernels", cmd_kernels, "a capture on several kernels, a line a kernel" },
	{ "tune", "rxlab tune", cmd_tune, "which settings of NIC and kernel for a wish: the front, and the answer" },
	{ "fate", "rxlab fate", cmd_fate, "where a packet of a trial died" },
	{ "compare", "rxlab compare", cmd_compare, "two results folders, record by record, or by function" },
	{ "model", "rxlab model", cmd_model, "predict, calibrate or validate with queueing models" },
	{ "plot", "rxlab plot", cmd_plot, "the figures of a results folder" },
	{ "report", "rxlab report", cmd_report, "the table of a results folder, measured beside predicted" },
	{ "audit", "rxlab audit", cmd_audit, "captures' own statistics against the ledger" },
	{ "rescore", "rxlab rescore", cmd_rescore, "a results folder under seven meanings of no loss" },
	{ "latency", "rxlab latency", cmd_latency, "delays of a results folder, trials merged" },
	{ "meters", "rxlab meters", cmd_meters, "what the counters of perf cost a trial on a wall clock" },
	{ "profile", "rxlab profile", cmd_profile, "one trial, by function: instructions and bytes of a frame" },
	{ "lab", "rxlab lab", cmd_lab, "build, status, shell or clean of the virtual-time testbed" },
	{ "restore", "rxlab restore", cmd_restore, "puts back what a trial altered that was killed" },
	{ "doctor", "rxlab doctor", cmd_doctor, "what this machine has and lacks" },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *out)
{
	size_t i;

	fputs("usage: rxlab COMMAND ...\n\n", out);
	for (i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].summary);
	fputs("\nrxlab COMMAND --help or rxlab help COMMAND says more. Exit status: 0 ok, 1 failed, 2 usage, 130 "
	      "interrupted.\n",
	      out);
}

static const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int command_unknown(const char *name)
{
	struct nearest meant;
	char text[96];
	size_t i;

	nearest_begin(&meant, name);
	for (i = 0; i < N_COMMANDS; i++)
		nearest_try(&meant, commands[i].name);
	return cmd_usage("rxlab", "unknown command '%s'%s", name, nearest_text(&meant, text));
}

static int command_help(const struct command *c)
{
	char *argv[] = { (char *)c->full_name, (char *)"--help", NULL };

	return c->run(2, argv);
}

/* "rxlab trial --capture tpacket3 --help" asks for help, whatever else there is. */
static int dispatch(int argc, char **argv)
{
	const struct command *c = command_find(argv[1]);
	int i;

	if (!c)
		return command_unknown(argv[1]);
	for (i = 2; i < argc; i++)
		if (!strcmp(argv[i], "--help"))
			return command_help(c);
	argv[1] = (char *)c->full_name;
	return c->run(argc - 1, argv + 1);
}

/* Whoever pipes the output must learn that it did not arrive. */
static int flush(int status)
{
	if (fflush(stdout))
		fprintf(stderr, "rxlab: cannot write to stdout: %s\n", strerror(errno));
	else if (ferror(stdout)) /* of an earlier write, whose errno is gone */
		fprintf(stderr, "rxlab: cannot write to stdout: a part is lost\n");
	else
		return status;
	return status ? status : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "help") == 0) {
		const struct command *c = command_find(argv[2]);

		return flush(c ? command_help(c) : command_unknown(argv[2]));
	}
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		help(stdout);
		return flush(0);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("rxlab %s\n", rxlab_version ? rxlab_version : "of unknown version");
		return flush(0);
	}
	return flush(dispatch(argc, argv));
}
