/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trials in processes of their own, some at a time: whatever a trial does
 * (crash, hang, leave children) ends with its process group and becomes an
 * outcome; the runner goes on.
 *
 * SIGINT and SIGTERM end the trials under way and then jobs_run(); a second
 * one does not wait for their cleaning up.
 */
#ifndef RXLAB_JOBS_H
#define RXLAB_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/record/outcome.h"
#include "harness/record/trial_spec.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/err.h"

#define JOBS_MAX 64
#define JOBS_TIMEOUT_S 300 /* testbeds have their own, shorter limits; this one is for a testbed that hangs */

struct jobs {
	const struct testbed_ops *testbed;
	const char *side; /* each trial gets a folder in it, named by its id */
	unsigned int at_once;
	unsigned int timeout_s;
	/* The next trial to start; false when there is none. */
	bool (*next)(void *context, size_t *index, struct trial *t);
	/* A trial has ended. An error stops all. */
	int (*ended)(void *context, size_t index, const struct trial *t, const struct outcome *o, struct err *e);
	void (*tick)(void *context); /* several times a second; NULL = none */
	void *context;
};

/* 0 when all have ended, -EINTR after a signal, else the error of ended() or of a testbed that is unusable. */
int jobs_run(const struct jobs *j, struct err *e);

#endif
