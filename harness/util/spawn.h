/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs, always by argument vector, never through a shell. */
#ifndef RXLAB_SPAWN_H
#define RXLAB_SPAWN_H

#include <stddef.h>

#include "harness/util/err.h"

/* Runs argv[0] from PATH and waits: its exit status, 128 + the signal that ended it, or -errno (-ENOENT: no tool). */
int spawn_wait(const char *const argv[], struct err *e);
int spawn_into(const char *const argv[], const char *path, struct err *e); /* the same; its output goes into a file */
/*
 * The same; what it says to stderr is passed on, and last gets its last line that is not empty: a script's reason. "" where it
 * said nothing.
 */
int spawn_said(const char *const argv[], char *last, size_t size, struct err *e);
/* Is there such a program in PATH? */
int spawn_find(const char *tool, struct err *e); /* 0, or -ENOENT with a message that names it */

#endif
