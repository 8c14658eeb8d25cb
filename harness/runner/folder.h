/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A results folder:
 *
 *   trials.jsonl   one record a line; appended while the campaign runs, in the plan's order once it is complete
 *   trials.csv     the same as a table; only when complete
 *   manifest.json  what was run, on what; only when complete
 *   campaign.yaml  the campaign, verbatim; written first (of a search: search.txt)
 *   plan.jsonl     of a search, or where a model chose rates: each trial and why it was planned
 *   side/          what depends on the host: lock, host.json, a folder for each trial
 *
 * One process at a time holds it (flock, so that a killed one leaves no lock).
 */
#ifndef RXLAB_FOLDER_H
#define RXLAB_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/record/outcome.h"
#include "harness/campaign/plan.h"
#include "harness/runner/identities.h"
#include "harness/util/err.h"

/* Where a folder's records come from. */
struct folder_source {
	const char *file; /* its name in the folder */
	const char *said; /* what messages call the new one */
	const char *text;
	size_t length;
};

struct folder {
	char *path;
	char *side;
	char *records_path;
	int lock_fd;
	int records_fd;
	char **lines; /* by index in the plan; NULL = no record yet */
	enum trial_status *status; /* of those */
	size_t n;
	size_t done;
	size_t failed_dropped; /* failed records that --resume runs again */
	bool has_records; /* of an earlier run */
	bool torn; /* the last line had no end */
};

/* Makes what is missing and takes the lock; -EBUSY names who has it. */
int folder_open(struct folder *f, const char *path, size_t n_trials, struct err *e);
void folder_close(struct folder *f); /* safe on a zeroed struct and after a failed open */
/*
 * Can this source run here? Without resume there must be no records
 * (-EEXIST); with it they must be of the same text. Writes that text when
 * there are none yet.
 */
int folder_check(struct folder *f, const struct folder_source *source, bool resume, struct err *e);
/*
 * Reads the records that are there; they must be of this plan, each of its kernel's identity.
 * A torn last line and failed records are taken out, to be run again.
 */
int folder_load(struct folder *f, const struct plan *p, const struct identities *identities, struct err *e);
/* Appends a record; takes line over in either case. */
int folder_add(struct folder *f, size_t index, char *line, enum trial_status status, struct err *e);
/* Rewrites trials.jsonl in the plan's order, all or nothing. */
int folder_sort(struct folder *f, struct err *e);
size_t folder_count(const struct folder *f, enum trial_status status);

#endif
