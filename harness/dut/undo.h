/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undo stack: whatever alters the machine pushes how to put it back before it
 * alters it. Popped last-in first-out on success and on error. What outlives
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
	int (*fn)(const char *target, const char *value, struct err *e); /* NULL: kind says */
	enum journal_kind kind;
	char target[128]; /* "net.core.netdev_budget", "eth1 rx_usecs", ... */
	char value[64]; /* what was there before */
};

struct undo {
	struct undo_step steps[UNDO_MAX];
	unsigned int n;
	bool journaled; /* this machine goes on after the trial: undo_push_lasting() writes a journal */
	struct journal journal;
};

/* What ends with the namespaces of a trial, or with the guest. */
int undo_push(struct undo *u, int (*fn)(const char *, const char *, struct err *), const char *target,
	      const char *value); /* -ENOSPC when full: then do not alter */
/* What stays when the trial's process is gone. 0, or -errno with a reason: then do not alter. */
int undo_push_lasting(struct undo *u, enum journal_kind kind, const char *target, const char *value, struct err *e);
/* The change of the last push did not happen. */
void undo_drop(struct undo *u);
/* Runs every step, last first, going on after errors; the first error is returned and kept in e. */
int undo_all(struct undo *u, struct err *e);

#endif
