// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab audit, kernels, latency, meters, plot, profile, report, rescore: the commands written in python. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/cli/cmd.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

/* The scripts run rxlab themselves: this very program, wherever it was built. */
static void name_program(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		return;
	path[n] = '\0';
	setenv("RXLAB", path, 1);
}

int cmd_script(int argc, char **argv, const char *name)
{
	char *home = cmd_home();
	char *script = home ? file_join(home, name) : NULL;
	const char **words = calloc(argc + 2, sizeof(*words));
	struct err e = { "" };
	int i, status = -ENOMEM;

	if (script && words) {
		name_program();
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

int cmd_plot(int argc, char **argv)
{
	return cmd_script(argc, argv, "plots/draw.py");
}

int cmd_report(int argc, char **argv)
{
	return cmd_script(argc, argv, "harness/analysis/summary.py");
}

int cmd_audit(int argc, char **argv)
{
	return cmd_script(argc, argv, "harness/analysis/audit.py");
}

int cmd_kernels(int argc, char **argv)
{
	return cmd_script(argc, argv, "harness/analysis/kernels.py");
}

int cmd_latency(int argc, char **argv)
{
	return cmd_script(argc, argv, "harness/analysis/latency.py");
}

int cmd_meters(int argc, char **argv)
{
	return cmd_script(argc, argv, "harness/analysis/meter_cost.py");
}

int cmd_profile(int argc, char **argv)
{
	return cmd_script(argc, argv, "harness/analysis/profile_trial.py");
}

int cmd_rescore(int argc, char **argv)
{
	return cmd_script(argc, argv, "harness/analysis/rescore.py");
}
