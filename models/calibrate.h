/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parameters of the models, from low-load trials only.
 *
 * A trial calibrates when it was asked for at most max_pps, lost nothing, and
 * kept the DUT busy for at most max_utilisation of the time. Such a trial is
 * never predicted, and no other one calibrates. Where a variant has none:
 *   relative  the parameters of the capture that it is made from, or of another
 *             one made from the same capture, at the same frame size
 *   extremes  of its own loss-free trials at the lowest rate, the two with the
 *             most and the fewest interrupts a packet (these are not predicted)
 *   none      it is not predicted
 *
 * Cost of a packet in instructions (wall clock: ns), by least squares over the
 * trials of one variant and frame size, which differ in rx_usecs or rate:
 *     busy / packets = a + t_i (interrupts / packets)
 * a is the work of a packet, t_i of an interrupt with its poll and the wake-up
 * of the reader. Where all trials have one ratio, a capture made from another
 * one takes the parameters of its relative and is predicted at low load too (its
 * knobs alter what comes with an interrupt); any other borrows t_i, the median
 * over its fitted relatives, or else the frame size, or else all. Without any,
 * t_i is 0 and the cost is constant. Which rule was taken is in the output.
 *
 * Speed of the DUT, in instructions per ns of the virtual clock: the mean over
 * the calibrating trials whose sender spins (gap below 100 us; a sender that sleeps
 * leaves the clock to the DUT) and whose share is near a half; otherwise
 * DUT_SHARE_DEFAULT. On a wall clock it is 1.
 */
#ifndef RXLAB_CALIBRATE_H
#define RXLAB_CALIBRATE_H

#include "models/point.h"

#define CALIBRATE_PPS 15000
#define CALIBRATE_UTILISATION 0.5
#define DUT_SHARE_DEFAULT \
	0.434 /* measured in the lab beside one paced sender: 0.434 at 200,000 pps, 0.437 at 300,000 */
#define DUT_SHARE_LOW 0.3
#define DUT_SHARE_HIGH 0.6
#define PKTGEN_SPINS_PPS 10000 /* pktgen sleeps when the gap is 100 us or more */

struct calibrate_options {
	double max_pps;
	double max_utilisation;
};

enum calibration_rule {
	RULE_NONE, /* no trial to learn from */
	RULE_FITTED, /* a and t_i by least squares */
	RULE_BORROWED, /* a from its own trials, t_i of other variants */
	RULE_CONSTANT, /* a only */
	RULE_RELATIVE, /* all of another variant */
};
extern const char *const calibration_rules[];

/* The parameters of one variant at one frame size. */
struct calibration {
	const char *variant; /* of its first point */
	const char *capture;
	const char *base;
	double frame_bytes;
	enum calibration_rule rule;
	double a; /* instructions a packet */
	double t_i; /* instructions an interrupt */
	double share;
	bool share_measured;
	double latency_base_ns; /* what is left of the mean latency beyond the coalescing; NAN = unknown */
	size_t n; /* trials that it was learned from */
	const struct calibration *from; /* RULE_RELATIVE: whose parameters these are */
};

struct calibrations {
	struct calibration *c;
	size_t n;
	size_t *of_point; /* index into c, by index of the point */
	bool *calibrates; /* by index of the point */
};

int calibrate(const struct points *points, const struct calibrate_options *o, struct calibrations *cals, struct err *e);
void calibrations_free(struct calibrations *cals);

/* rx_usecs of 1, 2 and 3 choose igb's adaptive modes: no gap is known then, and NAN comes back. s. */
double calibrate_gap(const struct point *p);
/* Least squares y = a + b x; false when the x hardly differ (by less than a tenth). */
bool calibrate_fit(const double *x, const double *y, size_t n, double *a, double *b);

#endif
