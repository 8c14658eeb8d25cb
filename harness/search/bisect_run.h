/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bisection on a testbed, into a results folder (asked_trials.h), in which there are besides
 *
 *   bisect.txt       what was asked for
 *   bisect.json      what was found
 *   functions.json   the two neighbours, function by function
 *   searches/        with the metric loss_free: a search (search_run.h) for each version that was tried
 *
 * Each version that is tried is one trial with a profile. It reads what the folder's records say and nothing else, so that
 * one that was interrupted and goes on ends as if it had not been.
 */
#ifndef RXLAB_BISECT_RUN_H
#define RXLAB_BISECT_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "harness/record/trial_spec.h"
#include "harness/search/bisect.h"
#include "harness/search/bisect_metric.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/err.h"

struct bisect_version {
	char name[64]; /* as it is shown */
	struct trial trial;
	/* Out. */
	bool known; /* value */
	double value;
	char id[17]; /* of its trial; "": not tried */
	char why[256]; /* it was tried, or cannot run */
};

struct bisect_run {
	struct bisect_version *versions; /* the good one first, the bad one last */
	size_t n;
	enum bisect_metric metric;
	struct bisect_bar bar; /* a value when the bisection is over */
	const struct testbed_ops *testbed;
	const char *out; /* results folder */
	const char *home; /* of the project: where its scripts are */
	unsigned int timeout_s;
	bool resume;
	FILE *log; /* a line a version; NULL = silent */

	/* Out. */
	struct bisect bisect;
	json_t *own; /* if the ends differ by no more than layout can make: the functions whose instructions are counted */
	json_t *functions; /* the two neighbours' comparison; NULL: they have no profile to compare */
};

/*
 * 0 when the neighbours are found; -ERANGE when the ends are not good and bad, after two versions; -EINTR after SIGINT or
 * SIGTERM. What was measured is kept in any case.
 */
int bisect_run(struct bisect_run *r, struct err *e);
/* One version alone, versions[0], against a bar of kind BAR_VALUE: good, bad, or it cannot run. */
int bisect_step(struct bisect_run *r, enum bisect_verdict *verdict, struct err *e);
void bisect_run_free(struct bisect_run *r); /* what it found */
char *bisect_json(const struct bisect_run *r); /* malloc'd, with its end of line; NULL: no memory */
void bisect_table(const struct bisect_run *r, FILE *f);

#endif
