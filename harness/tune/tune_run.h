/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An exploration on a testbed, rate by rate, into a results folder (folder.h) in which
 *
 *   tune.txt      what was asked for
 *   plan.jsonl    a line a trial in the order of asking: id, trial, why it was asked for
 *   trials.jsonl  their records, which say nothing of the exploration
 *   tune.json     what was found
 */
#ifndef RXLAB_TUNE_RUN_H
#define RXLAB_TUNE_RUN_H

#include <stdio.h>

#include "harness/testbeds/testbed.h"
#include "harness/tune/levels.h"
#include "harness/tune/tune.h"

#define TUNE_RATES_MAX 8

struct tune_run {
	struct trial trial; /* all but the rate and what is explored; its seed is the first of each setting */
	double seconds; /* a trial's frames are those of so long; 0: as the trial says */
	size_t n_rates;
	uint64_t rates[TUNE_RATES_MAX];
	struct tune_options options; /* of each rate; its space has no initial levels yet */
	struct tune_left left;
	const struct testbed_ops *testbed;
	const char *out; /* results folder */
	unsigned int jobs; /* trials at once; part of what is asked for */
	unsigned int timeout_s;
	bool resume;
	FILE *log; /* a line a trial; NULL = silent */

	struct tune *found[TUNE_RATES_MAX]; /* out; tune_run_free() */
};

/* 0 when done, -EINTR after SIGINT or SIGTERM; what was measured is kept in any case. */
int tune_run(struct tune_run *r, struct err *e);
void tune_run_free(struct tune_run *r);
/* The default's trial at a rate. */
void tune_trial_at(const struct tune_run *r, uint64_t rate, struct trial *out);
/* The trial of an ask. -errno. */
int tune_trial_of(const struct tune_run *r, const struct tune *t, uint64_t rate, const struct tune_ask *k,
		  struct trial *out, struct err *e);
/* tune.json as malloc'd text, or NULL: out of memory. */
char *tune_json(const struct tune_run *r);

#endif
