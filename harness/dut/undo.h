/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undo stack: whatever alters the machine pushes how to put it back before it
 * alters it. Popped last-in first-out on success, error and signal alike.
 */
#ifndef RXLAB_UNDO_H
#define RXLAB_UNDO_H

#include "harness/util/err.h"

#define UNDO_MAX 64

struct undo_step {
	int (*fn)(const char *target, const char *value, struct err *e);
	char target[128]; /* "net.core.netdev_budget", "eth1 rx_usecs", ... */
	char value[64]; /* what was there before */
};

struct undo {
	struct undo_step steps[UNDO_MAX];
	unsigned int n;
};

int undo_push(struct undo *u, int (*fn)(const char *, const char *, struct err *), const char *target,
	      const char *value); /* -ENOSPC when full: then do not alter */
/* Runs every step, last first, going on after errors; the first error is returned and kept in e. */
int undo_all(struct undo *u, struct err *e);

#endif
