/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader: a thread on the CPU that the trial names, which polls a capture until told to stop. */
#ifndef RXLAB_READER_H
#define RXLAB_READER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "capture-impls/capture.h"
#include "harness/meters/thread.h"
#include "harness/trial/fault.h"

#define READER_BUDGET 64 /* frames a poll, NAPI's quota */
#define READER_SPIN_MAX 1000000 /* us */
#define READER_WAIT_NS 20000000ULL /* longest sleep between looks at the stop flag */

struct reader {
	struct capture *capture;
	pthread_t thread;
	sem_t ready; /* posted when open() is through, well or not */
	atomic_int stop;
	atomic_int stalled; /* injected: it does not begin before this is 0 */
	uint64_t leaves_after; /* injected: it goes away after so many frames; 0: never */
	uint32_t cpu;
	uint64_t spin_ns; /* it looks so long for more frames before it sleeps; 0: it sleeps at once */
	int result; /* of open() or the first failed poll() */
	int running;
	struct capture *adapts; /* a set's controller, opened behind the capture; NULL: none */
	struct cpu_used used; /* by the thread, from ready to the last poll */
	enum metering metering;
	struct thread_used metered; /* likewise */
	struct capture_counts counts; /* taken after the last poll */
};

/* The setting "spin_usecs" of a trial: so long a reader looks for more frames before it sleeps. -EINVAL. */
int reader_spin(uint64_t *spin_ns, const struct trial *t, struct err *e);
/* How a reader is to work. */
struct reader_setup {
	uint32_t cpu;
	uint64_t spin_ns; /* as reader_spin() says */
	struct capture *adapts; /* as capture_adapts() says, not open yet; NULL: none */
	const struct fault *fault; /* not needed after the start */
	enum metering metering;
};

/* Starts the thread, which opens the capture; returns when it is ready to receive. 0, or what open() said. */
int reader_start(struct reader *r, struct capture *c, const struct reader_setup *s, struct err *e);
/* Stops and joins; the capture stays open. The reader's result. */
int reader_stop(struct reader *r, struct err *e);

#endif
