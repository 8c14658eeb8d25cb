/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record: one JSON line a trial (results/schema.json). A lab record holds
 * nothing of the host and nothing of wall-clock time.
 */
#ifndef RXLAB_RECORD_H
#define RXLAB_RECORD_H

#include "harness/record/outcome.h"
#include "harness/record/trial_spec.h"
#include "harness/util/clock.h"

#define RECORD_SCHEMA 1

/* malloc'd line without the newline; keys in fixed order; caller frees; NULL = out of memory. */
char *record_line(const struct trial *t, const struct outcome *o, enum clock clock, const char *identity);

/* Appends the line and a newline in one write, then fsync. -errno; after a short write the file is cut back. */
int record_append(int fd, const char *line, struct err *e);

#endif
