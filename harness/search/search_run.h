/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A search on a testbed, into a results folder (folder.h) in which
 *
 *   search.txt    what was asked for
 *   plan.jsonl    a line a trial in the order of asking: id, trial, why it was asked for
 *   trials.jsonl  their records, which say nothing of the search
 *   search.json   what was found
 *
 * The search reads what the folder's records say and nothing else, so that one
 * that was interrupted and goes on ends as if it had not been.
 */
#ifndef RXLAB_SEARCH_RUN_H
#define RXLAB_SEARCH_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include "harness/search/search.h"
#include "harness/record/trial_spec.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/err.h"

struct search_run {
	struct search_options options;
	double predicted[SEARCH_GOALS_MAX]; /* what the model predicts of each goal, pps; 0 = nothing; only reported */
	struct trial trial; /* all but rate and count; its seed is the first of each rate */
	const struct testbed_ops *testbed;
	const char *out; /* results folder */
	unsigned int jobs; /* trials at once; part of what is asked for */
	unsigned int timeout_s;
	bool resume;
	FILE *log; /* a line a trial; NULL = silent */

	struct search search; /* out */
};

/* The trial of an ask; its id depends on nothing else. */
static inline void search_trial_of(const struct search_run *r, const struct search_ask *k, struct trial *t)
{
	*t = r->trial;
	t->rate_pps = k->rate;
	t->count = k->count;
	t->seed += k->repeat;
}
/* 0 when done, -EINTR after SIGINT or SIGTERM; what was measured is kept in any case. */
int search_run(struct search_run *r, struct err *e);

#endif
