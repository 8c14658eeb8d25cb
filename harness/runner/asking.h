/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trials that are asked for one round after the other, by what the earlier ones said, in a results folder (folder.h). Its
 * plan.jsonl has a line a trial in the order of asking: id, trial, why. Whoever asks reads what the records say and
 * nothing else, so that a run that was interrupted and goes on ends as if it had not been.
 */
#ifndef RXLAB_ASKING_H
#define RXLAB_ASKING_H

#include "harness/campaign/plan.h"
#include "harness/runner/folder.h"
#include "harness/testbeds/testbed.h"

struct asking {
	const struct testbed_ops *testbed;
	unsigned int jobs, timeout_s;

	struct folder folder;
	struct plan plan; /* in the order of asking */
	char identity[17];
	int plan_fd;
	size_t asked; /* trials of the plan that this run has come to */
	size_t first, n, next; /* those of this round, by index in the plan */
};

/* Opens the folder for at most `most` trials, and the testbed. -errno; asking_close() in any case. */
int asking_open(struct asking *a, const char *out, size_t most, const struct folder_source *source, bool resume,
		struct err *e);
void asking_close(struct asking *a); /* safe on a zeroed struct */
/* Adds a trial to the round: it is planned before it is run. One that an earlier run has planned must be the same. */
int asking_plan(struct asking *a, const struct trial *t, const char *reason, struct err *e);
/* Runs what the round has no records of, and ends it: the next trial planned is of the next one. */
int asking_round(struct asking *a, struct err *e);
/* The record of the i-th trial of the round that has ended. */
const char *asking_record(const struct asking *a, size_t i);
/* The records in the plan's order, and what was found (text, NULL: out of memory) in a file of this name. */
int asking_finish(struct asking *a, const char *name, const char *text, struct err *e);

#endif
