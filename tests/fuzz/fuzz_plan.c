// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan.jsonl of a search, tune or bisect that goes on: what is taken from it is written again as it was understood. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "harness/runner/asked_trials.c"

static void again(const struct asked_trials *first)
{
	struct asked_trials second = { 0 };
	struct err e = { "" };
	size_t i;

	for (i = 0; i < first->plan.n; i++) {
		char *line = plan_line(&first->plan, i);

		FUZZ_EXPECT(line && !planned_line(&second, line, &e));
		free(line);
	}
	FUZZ_EXPECT(second.plan.n == first->plan.n);
	plan_free(&second.plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text((struct fuzz_part) { data, size });
	struct asked_trials s = { 0 };
	struct err e = { "" };
	int ret = planned_lines(&s, "plan.jsonl", text, &e);

	fuzz_answer(ret, &e);
	if (!ret)
		again(&s);
	plan_free(&s.plan);
	free(text);
	return 0;
}
