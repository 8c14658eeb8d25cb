// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab audit, latency, meters, plot, profile, report, rescore: what python does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cmd.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

static int run_script(const char *command, const char *script, const char *folder)
{
	char *home = cmd_home();
	char *path = home ? file_join(home, script) : NULL;
	const char *const argv[] = { "python3", path, folder, NULL };
	struct err e = { "" };
	int status = -ENOMEM;

	if (path && access(path, R_OK))
		status = err_sys(&e, "%s", path);
	else if (path)
		status = spawn_wait(argv, &e);
	free(path);
	free(home);
	return status < 0 ? cmd_failed(command, "%s", e.text[0] ? e.text : "out of memory") : status;
}

static int on_folder(int argc, char **argv, const char *help, const char *script)
{
	char *records;
	int missing;

	if (cmd_help(argv[1], help))
		return 0;
	if (argc != 2 || argv[1][0] == '-')
		return cmd_usage(argv[0], argc < 2 ? "which results folder?" : "one results folder, no options");
	records = file_join(argv[1], "trials.jsonl");
	missing = !records || access(records, R_OK);
	free(records);
	if (missing)
		return cmd_failed(argv[0], "%s: no results folder: trials.jsonl: %s", argv[1], strerror(errno));
	return run_script(argv[0], script, argv[1]);
}

int cmd_plot(int argc, char **argv)
{
	return on_folder(argc, argv, "usage: rxlab plot DIR\n\nDraws the figures of a results folder into DIR/plots.\n",
			 "plots/draw.py");
}

int cmd_report(int argc, char **argv)
{
	return on_folder(
		argc, argv,
		"usage: rxlab report DIR\n\nPrints the table of a results folder: measured beside predicted.\n",
		"harness/analysis/summary.py");
}

/* The command's own words, for the script to understand. */
static int with_words(int argc, char **argv, const char *name)
{
	char *home = cmd_home();
	char *script = home ? file_join(home, name) : NULL;
	const char **words = calloc(argc + 2, sizeof(*words));
	struct err e = { "" };
	int i, status = -ENOMEM;

	if (script && words) {
		words[0] = "python3";
		words[1] = script;
		for (i = 1; i < argc; i++)
			words[i + 1] = argv[i];
		status = spawn_wait(words, &e);
	}
	free(words);
	free(script);
	free(home);
	return status < 0 ? cmd_failed(argv[0], "%s", e.text[0] ? e.text : "out of memory") : status;
}

int cmd_audit(int argc, char **argv)
{
	return with_words(argc, argv, "harness/analysis/audit.py");
}

int cmd_latency(int argc, char **argv)
{
	return with_words(argc, argv, "harness/analysis/latency.py");
}

int cmd_meters(int argc, char **argv)
{
	return with_words(argc, argv, "harness/analysis/meter_cost.py");
}

int cmd_profile(int argc, char **argv)
{
	return with_words(argc, argv, "harness/analysis/profile_trial.py");
}

int cmd_rescore(int argc, char **argv)
{
	return with_words(argc, argv, "harness/analysis/rescore.py");
}
