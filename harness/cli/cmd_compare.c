// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab compare: two results folders, record by record, or two profiles by function. */
#include <stdbool.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/runner/compare.h"

static const char help[] =
	"usage: rxlab compare A B\n"
	"       rxlab compare A B --by function [--json | --markdown] [--top N]\n"
	"\n"
	"Compares the records of two results folders by trial id and prints each field that differs.\n"
	"\n"
	"--by function: which functions are gone, new, dearer or cheaper, in instructions a frame, by stage. A and B "
	"are\n"
	"results folders, files of records with their side folders beside them, or what rxlab profile --json printed;\n"
	"FOLDER:ID and FOLDER:KERNEL are some of its trials. Trials that differ in their kernel alone are compared; "
	"or\n"
	"the only ones.\n"
	"\n"
	"Exit status: 0 all equal, 1 something differs or cannot be read.\n";

static bool by_function(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], "--by", 4) || !strcmp(argv[i], "--json") || !strcmp(argv[i], "--markdown"))
			return true;
	return false;
}

int cmd_compare(int argc, char **argv)
{
	struct comparison c;
	struct err e = { "" };

	if (cmd_help(argv[1], help))
		return 0;
	if (by_function(argc, argv))
		return cmd_script(argc, argv, "harness/analysis/compare_functions.py");
	if (argc != 3)
		return cmd_usage(argv[0], "takes two results folders");
	if (compare_folders(argv[1], argv[2], stdout, &c, &e))
		return cmd_failed(argv[0], "%s", e.text);
	printf("%zu equal, %zu different, %zu only in %s, %zu only in %s\n", c.equal, c.different, c.only_a, argv[1],
	       c.only_b, argv[2]);
	return c.different || c.only_a || c.only_b ? 1 : 0;
}
