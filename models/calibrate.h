/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parameters of the models, from low-load trials only.
 *
 * A trial calibrates when it was asked for at most max_pps, lost nothing, kept
 * the DUT busy for at most max_utilisation of the time, and no timer polled in
 * place of interrupts (napi_defer_hard_irqs). Such a trial is never predicted,
 * and no other one calibrates. What is learned belongs to a family (point.h) at
 * one frame size.
 *
 * Work of a trial, in instructions (wall clock: ns of CPU):
 *     busy = constant + idle total + packets cost(x),    x = interrupts / packets
 * constant, idle: what the trial costs without packets, once and for each ns from
 *     fire to drained. By least squares over trials that differ in the number of
 *     packets, with a straight line for cost(x); where a family has none, those of
 *     the family that is nearest.
 * cost(x): straight lines between the measured points, the last ones prolonged.
 *     Low x is what counts at saturation, where a poll takes 64 packets.
 *
 * Rules, as printed:
 *   fitted        its own points, at two values of x or more
 *   borrowed      its own point; the shape of the nearest fitted family
 *   constant-cost its own point, and nothing known of x
 *   relative      no point of its own: a family of the same capture at heart
 *   none          it is not predicted
 * Nearest: the same capture at heart and frame size; the same frame size; any.
 *
 * Speed of the DUT, in instructions per ns of the virtual clock: mean cpu.dut_share
 * of its calibrating trials, or else DUT_SHARE_DEFAULT. On a wall clock it is 1.
 */
#ifndef RXLAB_CALIBRATE_H
#define RXLAB_CALIBRATE_H

#include "models/point.h"

#define CALIBRATE_PPS 15000
#define CALIBRATE_UTILISATION 0.5
#define DUT_SHARE_DEFAULT 0.25 /* the lab deals the clock 3:1 between sender and DUT (docs/lab.md) */
#define KNOTS_MAX 8

struct calibrate_options {
	double max_pps;
	double max_utilisation;
};

enum calibration_rule { RULE_NONE, RULE_FITTED, RULE_BORROWED, RULE_CONSTANT, RULE_RELATIVE };
extern const char *const calibration_rules[];

/* Trials with about the same x, their means. */
struct knot {
	double x; /* interrupts a packet */
	double cost; /* instructions a packet, without constant and idle */
	double delay; /* ns, mean latency without the wait for the interrupt; NAN = unknown */
	double n;
};

/* The parameters of one family at one frame size. */
struct calibration {
	const char *family; /* of its first point, as all texts here */
	const char *variant;
	const char *heart; /* the capture under the knobs */
	double frame_bytes;
	enum calibration_rule rule;
	struct knot knots[KNOTS_MAX]; /* by rising x */
	size_t n_knots;
	double constant, idle; /* instructions; instructions per ns */
	bool background_measured;
	double share;
	bool share_measured;
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

/* Instructions a packet at x interrupts a packet; without constant and idle. */
double calibration_cost(const struct calibration *c, double x);
/* More instructions for one more interrupt, where they are few. */
double calibration_slope(const struct calibration *c);
/* What is left of the mean latency beyond the wait for the interrupt, ns; NAN = unknown. */
double calibration_delay(const struct calibration *c, double x);
/* What a trial costs without packets. */
double calibration_background(const struct calibration *c, const struct point *p);

#endif
