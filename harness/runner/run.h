/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a plan on a testbed into a results folder (folder.h says what is in it). */
#ifndef RXLAB_RUN_H
#define RXLAB_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "harness/campaign/campaign.h"
#include "harness/campaign/plan.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/err.h"

struct run {
	const struct campaign *campaign;
	const struct plan *plan;
	const struct testbed_ops *testbed;
	const char *out; /* results folder */
	const char *home; /* where harness/analysis is */
	unsigned int jobs;
	unsigned int timeout_s;
	bool resume;
	FILE *log; /* progress and notes; NULL = silent */
	bool terminal; /* log is one */

	/* Out. */
	size_t done, ok, invalid, failed;
};

/*
 * 0 when every trial of the plan has a record, failed ones included;
 * -EINTR after SIGINT or SIGTERM. What was measured is kept in any case, and
 * the folder can be resumed.
 */
int run_campaign(struct run *r, struct err *e);

#endif
