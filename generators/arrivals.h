/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When packets come: arrival processes as pure functions of their parameters and a seed, for the simulator and for
 * generators that send by themselves.
 *
 *   constant  equal gaps; fractions of a picosecond are carried over, so that the rate is exact
 *   poisson   independent exponential gaps
 *   on-off    exponential on and off periods; while on, constant gaps of the peak rate
 *   trace     times read from a file
 * Each time may bring a batch, of constant or geometric size. Times are whole picoseconds.
 */
#ifndef RXLAB_ARRIVALS_H
#define RXLAB_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"
#include "harness/util/random.h"

#define ARRIVALS_NEVER INT64_MAX

enum arrivals_law { ARRIVE_CONSTANT, ARRIVE_POISSON, ARRIVE_ON_OFF, ARRIVE_TRACE };

struct arrivals_spec {
	enum arrivals_law law;
	double rate; /* of batches, 1/s; on-off: the peak, while on */
	double on, off; /* mean periods, s */
	double phase; /* first arrival of a constant process, s */
	double batch; /* mean packets a batch, 1 or more */
	bool geometric; /* geometric batch sizes; else constant, and batch is a whole number */
	const int64_t *times; /* trace: rising, ps */
	size_t n_times;
};

struct arrivals {
	struct arrivals_spec spec;
	struct random gaps, periods, sizes;
	int64_t now;
	double gap, carried; /* ps */
	int64_t off_at; /* on-off: end of this on period */
	size_t next; /* trace */
};

/* -EINVAL names the parameter. */
int arrivals_init(struct arrivals *a, const struct arrivals_spec *spec, uint64_t seed, struct err *e);
/* Time of the next batch, ARRIVALS_NEVER after the end of a trace; *size: its packets. */
int64_t arrivals_next(struct arrivals *a, uint32_t *size);
/* Mean rate of packets, 1/s. */
double arrivals_rate(const struct arrivals_spec *spec);
/* The peak rate of the on-off process whose mean is rate, which must be above one arrival a cycle of on and off. */
double arrivals_peak(double rate, double on, double off);
/* Reads one time in seconds from each line, rising; '#' starts a comment. The caller frees *times. */
int arrivals_read_trace(const char *path, int64_t **times, size_t *n, struct err *e);

#endif
