/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The identities of a testbed on which a plan's trials run: one for each kernel that they name. */
#ifndef RXLAB_IDENTITIES_H
#define RXLAB_IDENTITIES_H

#include <stddef.h>

#include "harness/campaign/plan.h"
#include "harness/record/trial_spec.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/err.h"

struct identity {
	char kernel[64]; /* as the trial names it; "": the testbed's own */
	struct trial trial; /* the plan's first one with it */
	char identity[17]; /* "": the kernel could not be made ready */
	struct err why; /* ... and why not */
};

struct identities {
	struct identity *of; /* in the plan's order of kernels, own first if it is there */
	size_t n;
};

/*
 * Prepares the testbed for every kernel of the plan; may take minutes. A kernel that cannot be had (the mirror gone half-way, a
 * damaged package, no room) is said to stderr and stops none of the others. -errno: nothing can run, or not the testbed's own.
 */
int identities_prepare(struct identities *all, const struct testbed_ops *testbed, const struct plan *p, struct err *e);
/* The same for one more trial, behind those that are there; at once if its kernel is among them. */
int identities_add(struct identities *all, const struct testbed_ops *testbed, const struct trial *t, struct err *e);
/* The identity that a trial of the plan runs on; NULL: its kernel is none of the plan's, or could not be made ready. */
const char *identities_find(const struct identities *all, const struct trial *t);
/* Why a trial cannot run on its kernel; NULL: it can. */
const char *identities_failure(const struct identities *all, const struct trial *t);
void identities_free(struct identities *all); /* safe on a zeroed struct */

#endif
