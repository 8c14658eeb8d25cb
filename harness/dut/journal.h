/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of a trial: changes to the machine that outlast the trial's own process, each written down before it is
 * made, so that others can undo it after the process has ended. Neither a signal handler nor any code of the trial's
 * process has to run for that: the runner does it when the process is gone; `rxlab restore` and the next trial, if the
 * runner is gone too.
 *
 * A trial has a file of its own in journal_folder(), locked as long as its process lives:
 *
 *	KIND <tab> TARGET <tab> VALUE <newline>
 *
 * one line for each change; the last is undone first. Undoing twice does no harm. The folder is lost when the machine
 * reboots, as are modules and sysctls.
 */
#ifndef RXLAB_JOURNAL_H
#define RXLAB_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/util/err.h"

enum journal_kind {
	JOURNAL_FILE, /* target: a file of procfs or sysfs; value: what was in it */
	JOURNAL_MODULE, /* target: a kernel module that was not loaded; value: "" */
	JOURNAL_KINDS,
};

struct journal {
	int fd; /* 0: nothing written yet */
	char path[128];
};

/* $RXLAB_JOURNAL, or /run/rxlab. */
const char *journal_folder(void);

/* Adds a change; it is on disk on return. The first one creates the file. 0, or -errno with a reason. */
int journal_add(struct journal *j, enum journal_kind kind, const char *target, const char *value, struct err *e);
/* Removes the last line: its change did not happen. */
void journal_drop(struct journal *j);
/* Closes the journal, and deletes its file if all was undone. Does nothing if there is no file. */
void journal_close(struct journal *j, bool undone);

/* Undoes one change; 0, or -errno with a reason. It is no error if it was undone already. */
int journal_undo(enum journal_kind kind, const char *target, const char *value, struct err *e);

/*
 * Undoes the journals of ended processes, and deletes them. Returns how many changes; each is passed to told (NULL:
 * nobody asked) as a line of text. -errno and a reason if something cannot be undone: its journal stays, but the others
 * are still undone.
 */
int journal_restore(void (*told)(const char *line), struct err *e);

#endif
