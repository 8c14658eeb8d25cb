// SPDX-License-Identifier: GPL-2.0-or-later
/* A trial's line, as plans and the guest read it: what is accepted prints as a line that is read as the same trial. */
#include <stdlib.h>
#include <string.h>

#include "harness/record/trial_spec.h"
#include "tests/fuzz/fuzz.h"

static void again(const struct trial *t)
{
	char text[TRIAL_TEXT_MAX], second[TRIAL_TEXT_MAX];
	struct err e = { "" };
	struct trial u;

	FUZZ_EXPECT(trial_format(t, text, sizeof(text)) > 0);
	FUZZ_EXPECT(!trial_parse(&u, text, &e));
	FUZZ_EXPECT(!memcmp(t, &u, sizeof(u)));
	FUZZ_EXPECT(trial_format(&u, second, sizeof(second)) > 0 && !strcmp(text, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text((struct fuzz_part) { data, size });
	struct err e = { "" };
	struct trial t;
	int r = trial_parse(&t, text, &e);

	fuzz_answer(r, &e);
	if (!r)
		again(&t);
	free(text);
	return 0;
}
