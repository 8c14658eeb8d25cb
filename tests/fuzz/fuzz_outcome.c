// SPDX-License-Identifier: GPL-2.0-or-later
/* The outcome that the guest prints: what is accepted is written as a record, and reads back as the same outcome. */
#include <stdlib.h>
#include <string.h>

#include "harness/record/record.h"
#include "tests/fuzz/fuzz.h"

static void again(const struct outcome *o)
{
	char *text = outcome_encode(o), *second;
	struct err e = { "" };
	struct outcome back;

	FUZZ_EXPECT(text);
	FUZZ_EXPECT(!outcome_decode(&back, text, &e));
	second = outcome_encode(&back);
	FUZZ_EXPECT(second && !strcmp(text, second));
	outcome_free(&back);
	free(second);
	free(text);
}

static void written(const struct outcome *o)
{
	struct err e = { "" };
	struct trial t;
	char *line;

	FUZZ_EXPECT(!trial_parse(&t, "capture=null set.work=flow", &e));
	line = record_line(&t, o, CLOCK_WALL, "0123456789abcdef");
	FUZZ_EXPECT(line && !strchr(line, '\n'));
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text((struct fuzz_part) { data, size });
	struct outcome *o = malloc(sizeof(*o));
	struct err e = { "" };
	int r;

	FUZZ_EXPECT(o);
	r = outcome_decode(o, text, &e);
	fuzz_answer(r, &e);
	if (!r) {
		again(o);
		written(o);
		outcome_free(o);
	}
	free(o);
	free(text);
	return 0;
}
