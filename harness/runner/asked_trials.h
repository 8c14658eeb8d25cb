/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trials that a search, a bisection or an exploration asks for one after another, in a results folder (folder.h) in which plan.jsonl has a
 * line a trial in the order of asking: id, trial, why it was asked for. Whoever is resumed asks the same again, and what has
 * a record is not run twice.
 */
#ifndef RXLAB_ASKED_TRIALS_H
#define RXLAB_ASKED_TRIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/campaign/plan.h"
#include "harness/runner/folder.h"
#include "harness/runner/identities.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/err.h"

struct asked_trials {
	const struct testbed_ops *testbed; /* the caller sets these four */
	unsigned int jobs; /* trials at once */
	unsigned int timeout_s;
	enum instruments instruments; /* of all of them: no part of a trial's text */

	struct folder folder;
	struct plan plan; /* in the order of asking */
	struct identities identities; /* of the kernels of all that were asked for */
	int plan_fd;
	size_t asked; /* trials of the plan that this run has come to */
	size_t first, n, next; /* those under way, by index in the plan */
};

/*
 * Opens the folder, which holds at most so many trials, and loads what an earlier run left; for that the testbed is made
 * ready for each kernel of it. asked_close() also after an error.
 */
int asked_open(struct asked_trials *s, const char *out, size_t most, const struct folder_source *source, bool resume,
	       struct err *e);
/* Makes the testbed ready for a trial, before it is asked for. -errno: it cannot run. */
int asked_ready(struct asked_trials *s, const struct trial *t, struct err *e);
/* A trial is planned before it is run; one that an earlier run has planned must be the same. */
int asked_ask(struct asked_trials *s, const struct trial *t, const char *reason, struct err *e);
/* Runs the last n that were asked for and have no record; then folder.lines[asked - n ...] has them all. */
int asked_run(struct asked_trials *s, size_t n, struct err *e);
/* Orders the records, and writes what was found into a file of the folder; NULL: no memory. */
int asked_finish(struct asked_trials *s, const char *name, const char *text, struct err *e);
void asked_close(struct asked_trials *s);

#endif
