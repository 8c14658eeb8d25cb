/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * perf_event_open(): counters of a thread, or of a CPU whoever runs there. User space and kernel both; a thread's
 * include the interrupts that found it on its CPU.
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
	PERF_TASK_CLOCK, /* of a CPU it would be the time that went by */
	PERF_CONTEXT_SWITCHES,
	PERF_PAGE_FAULTS,
	PERF_EVENTS
};

extern const char *const perf_names[PERF_EVENTS]; /* as in records: "cycles", ..., "task_clock_ns", ... */

/* What the kernel gives for one counter: it shares few counters of the hardware among many, by turns. */
struct perf_reading {
	uint64_t value, enabled_ns, running_ns;
};

struct perf {
	bool open;
	int fd[PERF_EVENTS]; /* or -errno */
	struct perf_reading start[PERF_EVENTS];
};

struct perf_used {
	struct counter value[PERF_EVENTS];
	double share[PERF_EVENTS]; /* of the time, that it was counted; below 1 the value is scaled up by it */
	struct err why[PERF_EVENTS]; /* of what is unknown */
};

int perf_check(const struct trial *t, bool wall, struct err *e); /* of the setting; -EINVAL */
bool perf_wanted(const struct trial *t);

/* Counts from now on; cpu -1: the calling thread, anywhere, else all that this CPU does. What is refused is kept as such. */
void perf_begin(struct perf *p, int cpu);
void perf_end(struct perf *p,
	      struct perf_used *used); /* what was counted since, and nothing where none began; closes */
/*
 * value * enabled / running of the time between the two, as perf_event_open(2) has it, and the share running / enabled.
 * Unknown when the counter never had its turn; a thread that did not run at all counted 0.
 */
struct counter perf_scale(const struct perf_reading *after, const struct perf_reading *before, double *share);
/* Can this event be counted here, of a thread of ours (cpu -1) or of a CPU? 0, or -errno and the reason. */
int perf_probe(enum perf_event event, int cpu, struct err *why);

#endif
