/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The meters of a testbed on the wall clock: the machine's CPUs (percpu.h), the trial's threads (thread.h), the
 * counters of perf (perf.h), read before the sender starts and when all is drained, into the record's part "meters".
 */
#ifndef RXLAB_WALL_H
#define RXLAB_WALL_H

#include <jansson.h>

#include "harness/meters/percpu.h"
#include "harness/meters/thread.h"

struct wall {
	bool perf;
	uint64_t begin_ns, end_ns; /* CLOCK_MONOTONIC, of the two readings */
	struct percpu before, after;
	unsigned int n; /* number of CPUs with perf counters */
	struct perf *counters;
	struct perf_used *counted;
};

/* A thread's figures, and its name in the record. */
struct wall_thread {
	const char *name;
	const struct thread_used *used;
};

int wall_begin(struct wall *w, bool perf, struct err *e); /* -ENOMEM */
void wall_end(struct wall *w);
/*
 * The difference of the two readings: numbers, or null with the reason under "unknown". The first thread is the reader,
 * the only one with perf. The caller owns it; NULL = out of memory.
 */
json_t *wall_json(const struct wall *w, const struct wall_thread *threads, unsigned int n);
void wall_free(struct wall *w); /* safe on a zeroed struct */

#endif
