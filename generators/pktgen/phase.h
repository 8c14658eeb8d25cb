/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The start phase of pktgen: when, relative to the kernel's tick, the first frame
 * leaves. pktgen's threads look for work when a timer of the tick wakes them,
 * so without help every run would start at the same place. A real-time thread
 * holds the sender's CPU over each tick, for as long as the seed says, until
 * the first frame has left.
 */
#ifndef RXLAB_PHASE_H
#define RXLAB_PHASE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

#include "harness/util/err.h"

#define PHASE_MAX_NS 20000

struct phase {
	pthread_t holder;
	sem_t hold; /* posted at each tick, and at the end */
	atomic_int over;
	uint64_t until_ns; /* CLOCK_MONOTONIC: the end of this hold */
	uint32_t cpu;
	int running;
};

/* ns after the tick, from 0 to PHASE_MAX_NS, by the seed. Pure. */
uint64_t phase_of_seed(uint64_t seed);
int phase_start(struct phase *p, uint32_t cpu, struct err *e);
/*
 * After the generator was told to start: holds its CPU over each tick until
 * ifname has sent its first frame, or timeout_ns is over. Runs on the caller's
 * CPU, which must be another one. Does nothing if ifname has no counter in
 * /sys: that is on the wall clock, where no phase is kept anyway.
 */
void phase_hold(struct phase *p, const char *ifname, uint64_t phase_ns, uint64_t timeout_ns, void (*starting)(void *),
		void *arg);
void phase_end(struct phase *p); /* safe on a zeroed struct */

#endif
