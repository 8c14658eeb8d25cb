/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undo stack: whoever alters the machine first pushes how to undo the
 * change. Popped last-in first-out on success and on error. What outlives
 * the trial's process is in its journal too: when a signal, a crash or a limit
 * of time ends the process, the runner puts it back (journal.h).
 */
#ifndef RXLAB_UNDO_H
#define RXLAB_UNDO_H

#include <stdbool.h>

#include "harness/dut/journal.h"
#include "harness/util/err.h"

#define UNDO_MAX 64

struct undo_step {
	int (*fn)(const char *target, const char *value, struct err *e); /* NULL: decided by kind */
	enum journal_kind kind;
	char target[128]; /* "net.core.netdev_budget", "eth1 rx_usecs", ... */
	char value[64]; /* what was there before */
};

struct undo {
	struct undo_step steps[UNDO_MAX];
	unsigned int n;
	bool journaled; /* the machine outlives the trial: undo_push_lasting() writes a journal */
	struct journal journal;
};

/* For a change that ends with the trial's namespaces, or with the guest. */
int undo_push(struct undo *u, int (*fn)(const char *, const char *, struct err *), const char *target,
	      const char *value); /* -ENOSPC when full: then do not alter */
/* For a change that outlasts the trial's process. 0, or -errno with a reason: then do not alter. */
int undo_push_lasting(struct undo *u, enum journal_kind kind, const char *target, const char *value, struct err *e);
/* Drops the last push: its change did not happen. */
void undo_drop(struct undo *u);
/* Runs every step, last first, and continues after errors; returns the first error, also kept in e. */
int undo_all(struct undo *u, struct err *e);

#endif
