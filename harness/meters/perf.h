/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * perf_event_open(): counters of a thread, or of a CPU, whatever runs there. Both user space and kernel; a thread's
 * counters include interrupts that came while it ran.
 */
#ifndef RXLAB_PERF_H
#define RXLAB_PERF_H

#include <stdbool.h>

#include "harness/record/trial_spec.h"
#include "harness/util/counter.h"
#include "harness/util/err.h"

enum perf_event {
	PERF_CYCLES,
	PERF_INSTRUCTIONS,
	PERF_CACHE_MISSES,
	PERF_TASK_CLOCK, /* for a thread only: for a CPU it would be the elapsed time */
	PERF_CONTEXT_SWITCHES,
	PERF_PAGE_FAULTS,
	PERF_EVENTS
};

extern const char *const perf_names[PERF_EVENTS]; /* as in records: "cycles", ..., "task_clock_ns", ... */

/* The kernel's answer for one counter; many events take turns on few hardware counters. */
struct perf_reading {
	uint64_t value, enabled_ns, running_ns;
};

struct perf {
	bool open;
	int fd[PERF_EVENTS]; /* file descriptor, or -errno */
	struct perf_reading start[PERF_EVENTS];
};

struct perf_used {
	struct counter value[PERF_EVENTS];
	double share[PERF_EVENTS]; /* share of the time that it was counted; if below 1, the value is scaled up */
	struct err why[PERF_EVENTS]; /* why an event is unknown */
};

int perf_check(const struct trial *t, bool wall, struct err *e); /* checks the setting; -EINVAL */
bool perf_wanted(const struct trial *t);

/* Starts counting; cpu -1: the calling thread on any CPU, else all that this CPU runs. Errors show in perf_end(). */
void perf_begin(struct perf *p, int cpu);
void perf_end(struct perf *p,
	      struct perf_used *used); /* what was counted since, and nothing where none began; closes */
/*
 * value * enabled / running between the two readings, as in perf_event_open(2), and the share running / enabled.
 * Unknown if the counter never had its turn; a thread that did not run at all counts 0.
 */
struct counter perf_scale(const struct perf_reading *after, const struct perf_reading *before, double *share);
/* Can this event be counted here, of a thread of ours (cpu -1) or of a CPU? 0, or -errno and the reason. */
int perf_probe(enum perf_event event, int cpu, struct err *why);

#endif
