// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared by the commands. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/cmd.h"
#include "harness/util/home.h"

int cmd_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nsee: %s --help\n", command);
	return EXIT_USAGE;
}

int cmd_failed(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

int cmd_help(const char *word, const char *help)
{
	if (!word || (strcmp(word, "--help") && strcmp(word, "-h")))
		return 0;
	fputs(help, stdout);
	return 1;
}

char *cmd_home(void)
{
	char path[4096];
	int r = home_find(path, sizeof(path), NULL);

	errno = -r;
	return r ? NULL : strdup(path);
}
