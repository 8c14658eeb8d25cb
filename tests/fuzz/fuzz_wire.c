// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's dump of what left a sender: its gaps, and how well it kept its schedule. */
#include <stdlib.h>
#include <string.h>

#include "harness/testbeds/lab/host_counters.h"
#include "harness/testbeds/lab/lab.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, (struct fuzz_part) { data, size });
	struct outcome *o = malloc(sizeof(*o));
	static struct lab_files files;
	struct err e = { "" };
	struct trial t;

	FUZZ_EXPECT(
		o &&
		!trial_parse(&t, "capture=null generator=txring rate=1000000 count=64 set.gen.arrivals=poisson", &e));
	outcome_init(o);
	strcpy(files.sent[0], path);
	fuzz_answer(host_counters_sent(path, path, o, &e), &e);
	fuzz_answer(lab_schedule_read(&t, &files, o, &e), &e);
	lab_schedule_check(&t, o);
	outcome_free(o);
	free(o);
	return 0;
}
