/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's pktgen through /proc/net/pktgen: every write is read back. */
#ifndef RXLAB_PG_H
#define RXLAB_PG_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/util/err.h"

#define PG_DIR "/proc/net/pktgen"

/* A device's report after the stop. */
struct pg_result {
	uint64_t sent;
	uint64_t usec; /* from the first frame to the stop */
	uint64_t pps;
	uint64_t errors;
};

/*
 * Writes a command to a file of PG_DIR and requires that the file then says "Result: OK" for command and value: an
 * ignored command leaves the answer of an earlier one.
 */
int pg_set(const char *file, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int pg_read(const char *file, struct pg_result *r, struct err *e);
bool pg_answers(const char *result, const char *command); /* result: from "Result:" on */
/* The pure part of pg_read(): parses the text of a device's file. -EINVAL if it holds no result of a run. */
int pg_parse(const char *text, struct pg_result *r);

#endif
