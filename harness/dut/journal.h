/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of a trial: what it altered of the machine beyond the life of its own process, written down before it is
 * altered, so that whoever outlives the process can put it back. Neither a signal handler nor any code of the trial's
 * process has to run for that: the runner does it when the process is gone, `rxlab restore` and the next trial when the
 * runner is gone too.
 *
 * A trial has a file of its own in journal_folder(), locked as long as its process lives:
 *
 *	KIND <tab> TARGET <tab> VALUE <newline>
 *
 * one line a change, the last one to be undone first. Undoing twice does no harm. The folder is lost when the machine
 * starts anew, as are modules and sysctls.
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

/* One change more, on disk when it returns. The first one makes the file. 0, or -errno with a reason. */
int journal_add(struct journal *j, enum journal_kind kind, const char *target, const char *value, struct err *e);
/* The last line was a change that did not happen. */
void journal_drop(struct journal *j);
/* All was undone (then the file goes), or not all. Nothing to do when there is none. */
void journal_close(struct journal *j, bool undone);

/* Undoes one change; 0, or -errno with a reason. What is as it was already is no error. */
int journal_undo(enum journal_kind kind, const char *target, const char *value, struct err *e);

/*
 * Undoes what journals of ended processes say, and takes these away. How many changes; each is handed to told (NULL:
 * nobody asked) as a line of text. -errno and a reason where something cannot be undone: its journal stays, and the others
 * are undone all the same.
 */
int journal_restore(void (*told)(const char *line), struct err *e);

#endif
