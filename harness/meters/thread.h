/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread's own meters, read by the thread when its work begins and ends: the scheduler's counts
 * (/proc/thread-self/schedstat: "167349 236943 1") and, where asked for, perf_event_open()'s counters.
 */
#ifndef RXLAB_THREAD_H
#define RXLAB_THREAD_H

#include "harness/meters/perf.h"

struct schedstat {
	struct counter run_ns; /* on a CPU, including interrupts meanwhile, unless the kernel counts them separately */
	struct counter wait_ns; /* ready to run, and kept waiting for its CPU */
	struct counter slices; /* times that it was put on a CPU */
};

enum metering {
	METERING_NONE, /* the virtual clock: none of it applies, and none of it is run */
	METERING_SCHED,
	METERING_PERF, /* that, and perf's counters */
};

struct thread_used {
	struct schedstat sched;
	struct err why; /* why sched is unknown */
	struct perf_used counted;
};

struct thread_meter {
	enum metering metering;
	struct schedstat before;
	struct err why;
	struct perf counters;
};

int schedstat_parse(struct schedstat *s, const char *text, struct err *e); /* -EPROTO: all is unknown */
void thread_begin(struct thread_meter *m, enum metering metering);
void thread_end(struct thread_meter *m, struct thread_used *used); /* METERING_NONE: leaves used as it is */

#endif
