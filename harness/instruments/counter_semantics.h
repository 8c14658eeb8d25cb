/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the counters of drivers, captures, the kernel and the lab really count: not what their names promise. The ledger
 * takes from here what a counter holds; docs/counters.md tells the stories.
 */
#ifndef RXLAB_COUNTER_SEMANTICS_H
#define RXLAB_COUNTER_SEMANTICS_H

#include <stdbool.h>

#include "harness/record/trial_spec.h"

/* Does the counter include lost frames as well as received ones? */
enum source_drops { DROPS_NOT_IN, DROPS_IN, DROPS_ONLY, DROPS_UNKNOWN };
/* Does reading it reset it to 0? */
enum source_reset { RESET_NO, RESET_BY_READING, RESET_BY_SETUP };

struct source {
	const char *owner; /* driver, capture, "kernel", "qemu", "plugin", "pktgen", "sink" */
	const char *counter;
	const char *counts;
	enum source_drops drops;
	enum source_reset reset;
	const char *feeds; /* field of the record; "-": known, and not used */
};

extern const struct source sources[]; /* ends with a NULL owner */
extern const char *const source_drops_names[]; /* "no", "yes", "only", "unknown" */
extern const char *const source_reset_names[]; /* "no", "by reading", "by setup" */

const struct source *counter_semantics_find(const char *owner, const char *counter); /* NULL: nothing is known of it */
/* Does this counter of the trial's capture, or of the capture below it, include lost frames? */
bool counter_semantics_includes_drops(const struct trial *t, const char *counter);

#endif
