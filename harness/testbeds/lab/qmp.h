/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A QEMU process and its control channel (QMP on its standard input and output). */
#ifndef RXLAB_QMP_H
#define RXLAB_QMP_H

#include <stdint.h>
#include <sys/types.h>

#include "harness/util/err.h"

struct qmp {
	pid_t pid;
	int in, out; /* to and from QEMU */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC: every wait ends there with -ETIMEDOUT */
	char line[65536];
	size_t have;
};

/* Starts argv, which must contain "-qmp stdio"; its messages go to log. Ends with this process (PR_SET_PDEATHSIG). */
int qmp_start(struct qmp *q, char *const argv[], const char *library_path, const char *log, uint64_t timeout_ns,
	      struct err *e);
/* One command; arguments as JSON or NULL. -EIO with QEMU's own words when it refuses. */
int qmp_command(struct qmp *q, const char *command, const char *arguments, struct err *e);
/* The status from query-status ("running", "inmigrate", ...). */
int qmp_status(struct qmp *q, char status[32], struct err *e);
/* The status from query-migrate ("completed", "failed", ...). */
int qmp_migration(struct qmp *q, char status[32], struct err *e);
/* The guest's clock, in instructions. */
int qmp_virtual_ns(struct qmp *q, uint64_t *ns, struct err *e);
void qmp_wait_at_most(struct qmp *q, uint64_t ns); /* sets the deadline to now + ns */
int qmp_wait_exit(struct qmp *q, int *status, struct err *e); /* wait status as waitpid() gives */
void qmp_kill(struct qmp *q); /* safe if it has ended already */

#endif
