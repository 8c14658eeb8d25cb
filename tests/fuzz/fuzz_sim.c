// SPDX-License-Identifier: GPL-2.0-or-later
/* The description of a simulation (rxlab model simulate) with the laws in it, and a short run of it. */
#include <stdlib.h>

#include "models/sim.h"
#include "tests/fuzz/fuzz.h"

#define PACKETS_MOST 500 /* more only take longer */
#define SLOTS_MOST 4096

/* No name in the input leads to a file of this machine. */
int __wrap_arrivals_read_trace(const char *path, int64_t **times, size_t *n, struct err *e);
int __wrap_arrivals_read_trace(const char *path, int64_t **times, size_t *n, struct err *e)
{
	(void)path;
	*n = 3;
	*times = calloc(*n, sizeof(**times));
	return *times ? 0 : err_set(e, -1, "no memory");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_result result;
	struct sim_spec s;
	struct err e = { "" };
	int r;

	sim_spec_init(&s);
	r = sim_spec_load(fuzz_file(0, (struct fuzz_part) { data, size }), &s, &e);
	fuzz_answer(r, &e);
	if (!r && s.packets <= PACKETS_MOST)
		fuzz_answer(sim_run(&s, 1, &result, &e), &e);
	sim_spec_free(&s);
	return 0;
}
