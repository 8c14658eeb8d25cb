/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XDP program that numbers, stamps and sends one frame each time it is run. */
#ifndef RXLAB_XDP_LIVE_PROGRAM_H
#define RXLAB_XDP_LIVE_PROGRAM_H

#include <stdint.h>

#include "harness/util/err.h"

#define LIVE_STAMP_EVERY 16 /* so many unpaced frames share a stamp: reading the clock costs as much as sending */

/* What the program and this process share: the value of a mapped array of one element. */
struct live_state {
	uint64_t sent;
	uint64_t count;
	uint64_t start_ns; /* CLOCK_MONOTONIC; time 0 for the times in the other map */
	uint64_t realtime_ns; /* CLOCK_REALTIME less CLOCK_MONOTONIC */
	uint64_t stamp; /* the program's own */
	uint64_t first_ns; /* CLOCK_MONOTONIC when the first frame was made */
	uint64_t last_ns; /* and when the clock was read last for a frame */
};

/*
 * state: map of one struct live_state; due: map with each frame's time in ns, or -1: unpaced. A frame that
 * is not due is dropped, and its number used for the next. Returns a file descriptor, or -errno.
 */
int live_program(int state, int due, struct err *e);

#endif
