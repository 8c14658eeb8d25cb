// SPDX-License-Identifier: GPL-2.0-or-later
/* --set KEY=VALUE: a trial's line, then a setting a line, checked as `rxlab trial` checks them before a lab is started. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/campaign/check_trial.h"
#include "harness/cli/cmd_fields.h"
#include "tests/fuzz/fuzz.h"

/* In the place of the command line's, which prints. */
int __wrap_cmd_usage(const char *command, const char *fmt, ...);
int __wrap_cmd_usage(const char *command, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	(void)command;
	va_start(ap, fmt);
	FUZZ_EXPECT(vsnprintf(text, sizeof(text), fmt, ap) > 0);
	va_end(ap);
	return 2;
}

/* A name of a folder, too: what is in the machine's files is no part of the input. */
static int set(struct trial *t, const char *text)
{
	return strchr(text, '/') ? 0 : cmd_knob("fuzz", t, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text((struct fuzz_part) { data, size }), *rest = text, *line;
	struct err e = { "" };
	struct trial t;
	int r;

	fuzz_nowhere();
	r = trial_parse(&t, strsep(&rest, "\n"), &e);
	while (!r && (line = strsep(&rest, "\n")))
		r = set(&t, line);
	if (!r)
		fuzz_answer(check_trial(&t, &e), &e);
	free(text);
	return 0;
}
