// SPDX-License-Identifier: GPL-2.0-or-later
/* rxlab restore: undoes the changes of trials that were killed together with their runner. */
#include "harness/cli/cmd.h"
#include "harness/dut/journal.h"

static const char help[] = "usage: rxlab restore\n\n"
			   "Puts back what a trial altered of this machine, where it was ended with its runner and "
			   "could not do so itself\n"
			   "(kill -9, out of memory): modules are unloaded, huge pages and sysctls get their old "
			   "values. A trial that still\n"
			   "runs is left alone. Wants root, as the alteration did. The next trial on this machine does "
			   "the same by itself.\n\n"
			   "Journals: /run/rxlab, or $RXLAB_JOURNAL.\n";

static void told(const char *line)
{
	puts(line);
}

int cmd_restore(int argc, char **argv)
{
	struct err e = { "" };
	int n;

	if (cmd_help(argc > 1 ? argv[1] : NULL, help))
		return 0;
	if (argc > 1)
		return cmd_usage(argv[0], "unexpected '%s'", argv[1]);
	n = journal_restore(told, &e);
	if (n < 0)
		return cmd_failed(argv[0], "%s", e.text);
	if (!n)
		puts("nothing to put back");
	return 0;
}
