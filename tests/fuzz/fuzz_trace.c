// SPDX-License-Identifier: GPL-2.0-or-later
/* A text of times, gen.trace: they rise, and an arrival process takes them. */
#include "generators/arrivals.h"
#include "generators/recorded.h"
#include "tests/fuzz/fuzz.h"

static void taken(const struct recorded *r)
{
	struct arrivals_spec spec = { .law = ARRIVE_TRACE, .batch = 1, .times = r->times, .n_times = r->n };
	struct err e = { "" };
	struct arrivals a;
	uint32_t n;

	if (arrivals_init(&a, &spec, 1, &e))
		return;
	while (arrivals_next(&a, &n) != ARRIVALS_NEVER)
		;
	arrivals_rate(&spec);
}

static void timed(const struct recorded *r)
{
	struct err e = { "" };
	double rate;
	size_t i;

	for (i = 1; i < r->n; i++)
		FUZZ_EXPECT(r->times[i] >= r->times[i - 1]);
	fuzz_answer(recorded_check(r, r->n, &e), &e);
	if (recorded_rate(r, r->n, &rate, &e))
		return;
	FUZZ_EXPECT(rate > 0);
	for (i = 0; i < r->n; i++)
		recorded_due(r, r->n, i, rate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(0, (struct fuzz_part) { data, size });
	struct err e = { "" };
	struct recorded r;
	int ret;

	if (pcapfile_is(path))
		return 0; /* fuzz_capture.c */
	ret = recorded_load(&r, path, false, &e);
	fuzz_answer(ret, &e);
	if (ret)
		return 0;
	taken(&r);
	timed(&r);
	recorded_free(&r);
	return 0;
}
