// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "harness/cli/cmd.h"
#include "harness/cli/cmd_option.h"
#include "harness/util/nearest.h"

const char *cmd_meant(const char *word, const char *const *known)
{
	static char text[96];
	struct nearest n;

	nearest_begin(&n, word);
	for (; *known; known++)
		nearest_try(&n, *known);
	return nearest_text(&n, text);
}

int cmd_unexpected(const char *command, const char *word, const char *const *known)
{
	return cmd_usage(command, "unexpected '%s'%s", word, cmd_meant(word, known));
}

/* "--captrue=x" without what follows the '='. */
static void name_of(const char *word, char *name, size_t size)
{
	snprintf(name, size, "%.*s", (int)strcspn(word, "="), word);
}

static void complain_unknown(const char *command, const char *word, const struct option *known)
{
	char name[64], text[96] = "";
	struct nearest n;

	name_of(word, name, sizeof(name));
	nearest_begin(&n, name + strspn(name, "-"));
	for (; known->name; known++)
		nearest_try(&n, known->name);
	if (n.best)
		snprintf(text, sizeof(text), ", did you mean '--%s'?", n.best);
	cmd_usage(command, "unrecognized option '%s'%s", name, text);
}

/* A word that begins several options is taken for none of them. */
static int begins(const char *word, const struct option *known)
{
	size_t length = strcspn(word + 2, "=");
	int n = 0;

	for (; known->name; known++)
		n += strncmp(known->name, word + 2, length) == 0;
	return n;
}

int cmd_option(int argc, char **argv, const struct option *known)
{
	const char *word;
	int which;

	opterr = 0;
	which = getopt_long(argc, argv, ":", known, NULL);
	if (which != '?' && which != ':')
		return which;
	word = argv[optind - 1];
	if (which == ':')
		cmd_usage(argv[0], "option '%s' needs a value", word);
	else if (optopt && strncmp(word, "--", 2) == 0 && strchr(word, '='))
		cmd_usage(argv[0], "option '%.*s' takes no value", (int)strcspn(word, "="), word);
	else if (optopt)
		cmd_usage(argv[0], "unrecognized option '-%c'", optopt);
	else if (begins(word, known) > 1)
		cmd_usage(argv[0], "option '%s' is ambiguous", word);
	else
		complain_unknown(argv[0], word, known);
	return '?';
}
