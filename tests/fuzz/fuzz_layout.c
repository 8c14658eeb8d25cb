// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the guest's code lies, in its own words; what addr2line says of it; and the rules that name stages. */
#include <stdlib.h>

#include "harness/instruments/addr2line.h"
#include "harness/instruments/codemap.h"
#include "harness/record/stages.h"
#include "tests/fuzz/fuzz.h"

#define ADDRESSES 3

static void mapped(struct fuzz_part part)
{
	char *text = fuzz_text(part);
	struct err e = { "" };
	struct codemap m;
	uint64_t at;
	int r = codemap_parse(&m, text, "/nowhere", &e);

	fuzz_answer(r, &e);
	for (at = 0; !r && at < 64; at++)
		FUZZ_EXPECT(codemap_owner(&m, at << at));
	if (!r)
		codemap_free(&m);
	free(text);
}

static void named(struct fuzz_part part)
{
	char *text = fuzz_text(part), *owners[ADDRESSES];
	int i;

	addr2line_parse(text, ADDRESSES, owners);
	for (i = 0; i < ADDRESSES; i++)
		free(owners[i]);
	free(text);
}

static void staged(struct fuzz_part part)
{
	char *text = fuzz_text(part);
	struct stage_table t;
	struct err e = { "" };
	int r = stages_parse(&t, text, "stages", &e);

	fuzz_answer(r, &e);
	if (!r)
		stages_find(&t, "igb_poll [igb]");
	stages_free(&t);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part rest = { data, size };

	mapped(fuzz_cut(&rest));
	named(fuzz_cut(&rest));
	staged(rest);
	return 0;
}
