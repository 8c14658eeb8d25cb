// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the lab's plugin and QEMU write beside a trial, three files in one input: the plugin's counts, QEMU's trace, the
 * profile. The record of it must still be written.
 */
#include <stdlib.h>

#include "harness/instruments/codemap.h"
#include "harness/instruments/profile.h"
#include "harness/record/record.h"
#include "harness/testbeds/lab/host_counters.h"
#include "tests/fuzz/fuzz.h"

static void profiled(struct fuzz_part part)
{
	struct stage_table none = { .n = 0 };
	struct codemap map = { .n = 0 };
	struct err e = { "" };
	struct profile p;
	int r = profile_read(&p, fuzz_file(2, part), &e);

	r = r ? r : profile_sum(&p, &map, &none, &e);
	fuzz_answer(r, &e);
	profile_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_part rest = { data, size }, counts = fuzz_cut(&rest), trace = fuzz_cut(&rest);
	struct outcome *o = malloc(sizeof(*o));
	struct err e = { "" };
	struct trial t;
	char *line;
	int r;

	FUZZ_EXPECT(o && !trial_parse(&t, "capture=null rate=1000", &e));
	outcome_init(o);
	r = host_counters_plugin(fuzz_file(0, counts), 1 + size % 2, 2 + size % 2, o, &e);
	r = r ? r : host_counters_trace(fuzz_file(1, trace), o, &e);
	fuzz_answer(r, &e);
	if (!r)
		host_counters_close(&t, o);
	line = record_line(&t, o, CLOCK_VIRTUAL, "0123456789abcdef");
	FUZZ_EXPECT(line);
	free(line);
	outcome_free(o);
	free(o);
	profiled(rest);
	return 0;
}
