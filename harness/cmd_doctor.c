// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab doctor: what this machine has and lacks. Changes nothing. */
#include <stdio.h>

#include "harness/cmd.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/spawn.h"

static const char help[] =
	"usage: rxlab doctor\n"
	"\n"
	"Says which tools are there, which package brings those that are not, and which testbeds can run.\n"
	"Exit status: 0 nothing needed is missing, 1 something is.\n";

static const struct {
	const char *tool;
	const char *package; /* Debian's */
	const char *purpose;
} tools[] = {
	{ "python3", "python3", "analysis, trials.csv" },
	{ "gnuplot", "gnuplot-nox", "plots" },
	{ "cpio", "cpio", "testbed lab: guest image" },
	{ "addr2line", "binutils", "profiles: names of the agent's functions" },
	{ "dpkg-deb", "dpkg", "testbed lab: QEMU, kernel and tools of the guest" },
};

static int check_tools(void)
{
	int missing = 0;
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (spawn_find(tools[i].tool, NULL) == 0) {
			printf("ok       %-20s %s\n", tools[i].tool, tools[i].purpose);
			continue;
		}
		printf("missing  %-20s %s; in package %s\n", tools[i].tool, tools[i].purpose, tools[i].package);
		missing++;
	}
	return missing;
}

static int check_testbeds(void)
{
	int unusable = 0;
	int i;

	for (i = 0; testbeds[i]; i++) {
		struct err why = { "" };

		if (!testbeds[i]->probe || testbeds[i]->probe(&why) == 0) {
			printf("ok       testbed %-12s %s\n", testbeds[i]->name, testbeds[i]->summary);
			continue;
		}
		printf("cannot   testbed %-12s %s\n", testbeds[i]->name, why.text);
		unusable++;
	}
	return unusable;
}

int cmd_doctor(int argc, char **argv)
{
	int troubles;

	if (cmd_help(argv[1], help))
		return 0;
	if (argc > 1)
		return cmd_usage(argv[0], "unexpected '%s'", argv[1]);
	troubles = check_tools();
	troubles += check_testbeds();
	return troubles ? 1 : 0;
}
