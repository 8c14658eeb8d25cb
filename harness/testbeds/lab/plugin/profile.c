// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/testbeds/lab/plugin/counts.h"

static void profile_print(FILE *f, const struct block *b)
{
	uint64_t times = b->profile->executions;

	for (uint32_t i = 0; i < b->insns; i++) {
		const struct insn_tally *t = &b->profile->insn[i];

		times += t->change;
		/* A replay at a device access reports the access alone: its execution is counted where it was begun. */
		if (times || t->loaded || t->stored)
			fprintf(f, "%" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", b->start + b->offset[i], times,
				t->loaded, t->stored);
	}
}

/* The idle loop is no work: one sum. The result file comes later, so whoever sees that finds this one whole. */
static void profile_write(const struct block *blocks, const char *path)
{
	FILE *f = fopen(path, "w");
	uint64_t idle = 0;

	if (!f) {
		fprintf(stderr, "rxlab-tcg: %s: %s\n", path, strerror(errno));
		return;
	}
	for (const struct block *b = blocks; b; b = b->next) {
		if (b->idle)
			idle += profile_executed(b->profile);
		else
			profile_print(f, b);
	}
	fprintf(f, "idle %" PRIu64 "\n", idle);
	if (fclose(f))
		fprintf(stderr, "rxlab-tcg: %s: %s\n", path, strerror(errno));
}

void profile_reset(const struct block *blocks, const struct vcpu *v, uint32_t after)
{
	for (const struct block *b = blocks; b; b = b->next)
		profile_clear(b->profile);
	if (v->profiled) {
		v->last->profile->executions = 1;
		profile_begin_at(v->last->profile, v->last->insns - after);
	}
}

void profile_drained(const struct block *blocks, const struct vcpu *v, uint32_t after, const char *path)
{
	if (v->profiled)
		profile_end_before(v->last->profile, v->last->insns - after);
	profile_write(blocks, path);
}
