/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a frame, an interrupt and a wake-up cost, each by itself, and how sure that is.
 *
 * Work of a trial at low load, in instructions (wall clock: ns of CPU):
 *     busy = constant + idle total + frames (a + b bytes) + cycle interrupts + wake switches
 * constant, idle: what a trial costs without frames, once and for each ns; cycle: an interrupt with its poll, and
 * the way out of idle and back; wake: a switch from one thread to another, of which a reader that sleeps makes two.
 * These belong to the machine, b to a capture at heart, a to a family (point.h). All are found at once, by least
 * squares over the low-load trials of all families; standard deviations are from the residuals. What the trials do not
 * determine, or not beyond its own uncertainty, is left out and 0.
 *
 * The line holds where an interrupt brings several frames (COSTS_X_MOST); there GRO's lists are full.
 *
 * Dedicated trials, of the null capture under overload at several rx_usecs, tell what an interrupt costs that finds
 * NAPI at work: their polls are all full, and the slope over interrupts is left. Without them it is taken as anything
 * from 0 to a cycle.
 */
#ifndef RXLAB_COSTS_H
#define RXLAB_COSTS_H

#include "models/leastsq.h"
#include "models/point.h"

#define COSTS_X_MOST 0.35 /* interrupts a frame */
#define COSTS_NO_READER "null" /* the capture that nobody reads */
#define NAPI_WEIGHT 64 /* frames a poll while the queue never empties */

struct cost {
	double value, sd; /* sd NAN: unknown */
};

enum { COST_CYCLE, COST_CONSTANT, COST_WAKE, COST_IDLE, COST_COMMON };

struct costs {
	const char **family, **heart; /* names, of the points */
	size_t n_families, n_hearts;
	size_t n_trials;
	size_t columns;
	bool *use; /* columns: families, hearts, common ones */
	struct leastsq fit;
	struct cost interrupt; /* that finds NAPI at work */
	bool interrupt_measured;
};

/* Capture under the knobs. */
const char *point_heart(const struct point *p);

/* teaches: trials at low load; dedicated: under overload; by index of the point. On failure nothing is left to free. */
int costs_fit(const struct points *points, const bool *teaches, const bool *dedicated, struct costs *k, struct err *e);
void costs_free(struct costs *k);

struct cost costs_common(const struct costs *k, int which);
/* -1: no trial of that family. */
int costs_family(const struct costs *k, const char *family);
struct cost costs_frame(const struct costs *k, int family); /* a */
struct cost costs_byte(const struct costs *k, const char *heart); /* b */
/*
 * A frame of so many bytes at saturation, with so many interrupts: polls take NAPI_WEIGHT frames; a poll costs from 0
 * to what a cycle has beside its interrupt, and wakes the reader or not: low load, where timers wake it too, does not
 * tell.
 */
struct cost costs_saturated(const struct costs *k, int family, const char *heart, double bytes, double interrupts);

#endif
