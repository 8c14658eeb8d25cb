// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Was the mix of sizes sent that was asked? Counts the sizes of the frames that left the senders, in QEMU's dumps: pktgen
 * takes no weights on some kernels, and its own answer to them is that of another command.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "harness/instruments/wire_dump.h"
#include "harness/testbeds/lab/lab.h"

#define SIGMAS 6 /* of a size that is drawn anew for each frame: one trial in a hundred million is further off */
#define TABLE_SHARE 0.01 /* pktgen's table has 100 places */

static void count_sizes(struct wire *w, const struct frame_mix *m, struct counter wire[MIX_SIZES_MAX])
{
	struct wire_frame f;
	uint32_t i;

	while (wire_next(w, &f)) {
		for (i = 0; i < m->n && f.magic; i++)
			if (f.bytes == (uint32_t)m->bytes[i] - FCS_BYTES)
				wire[i].value++;
	}
}

int lab_mix_read(const struct trial *t, const struct lab_files *f, struct outcome *o, struct err *e)
{
	struct wire w;
	uint32_t i;
	int r = 0;

	for (i = 0; i < t->mix.n; i++)
		o->sizes.wire[i] = counter_of(0);
	for (i = 0; i < t->senders && t->mix.n && !r; i++) {
		r = wire_open(&w, f->sent[i], e);
		if (!r)
			count_sizes(&w, &t->mix, o->sizes.wire);
		wire_close(&w);
	}
	return r;
}

/* Frames that a size may have more or fewer than its share of n. */
static double slack_of(double share, double n)
{
	return SIGMAS * sqrt(n * share * (1 - share)) + TABLE_SHARE * n + 1;
}

void lab_mix_check(const struct trial *t, struct outcome *o)
{
	double n = (double)o->generator.sent, share;
	uint32_t i;

	for (i = 0; i < t->mix.n; i++) {
		uint64_t said = o->sizes.sent[i].value, left = o->sizes.wire[i].value;

		share = (double)t->mix.weight[i] / mix_period(&t->mix);
		if (!o->sizes.sent[i].known || said != left)
			outcome_fail(o, TRIAL_INVALID,
				     "the sender says that it sent %" PRIu64 " frames of %u bytes, %" PRIu64 " left it",
				     said, t->mix.bytes[i], left);
		else if (fabs((double)left - share * n) > slack_of(share, n))
			outcome_fail(o, TRIAL_INVALID,
				     "the sender sent %" PRIu64 " frames of %u bytes, %.0f of %.0f were asked", left,
				     t->mix.bytes[i], share * n, n);
	}
}
