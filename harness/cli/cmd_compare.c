// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab compare: two results folders, record by record. */
#include "harness/cli/cmd.h"
#include "harness/runner/compare.h"

static const char help[] =
	"usage: rxlab compare A B\n"
	"\n"
	"Compares the records of two results folders by trial id and prints each field that differs.\n"
	"Exit status: 0 all equal, 1 something differs or cannot be read.\n";

int cmd_compare(int argc, char **argv)
{
	struct comparison c;
	struct err e = { "" };

	if (cmd_help(argv[1], help))
		return 0;
	if (argc != 3)
		return cmd_usage(argv[0], "takes two results folders");
	if (compare_folders(argv[1], argv[2], stdout, &c, &e))
		return cmd_failed(argv[0], "%s", e.text);
	printf("%zu equal, %zu different, %zu only in %s, %zu only in %s\n", c.equal, c.different, c.only_a, argv[1],
	       c.only_b, argv[2]);
	return c.different || c.only_a || c.only_b ? 1 : 0;
}
