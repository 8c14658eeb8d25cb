/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parameters of the models, from low-load trials only.
 *
 * A trial calibrates when it was asked for at most max_pps, lost nothing, kept
 * the DUT busy for at most max_utilisation of the time, and no timer polled in
 * place of interrupts (napi_defer_hard_irqs). Such a trial is never predicted,
 * and no other one calibrates. What is learned belongs to a family (point.h) at
 * one frame size. Dedicated trials (costs.h)
 * calibrate too.
 *
 * What is learned twice:
 *   costs (costs.h): a line through all families at once, for saturation, where
 *       interrupts and wake-ups are few;
 *   cost(x), x = interrupts / packets: what a packet takes at low load, without
 *       constant and idle; straight lines between the measured points, the last
 *       ones prolonged. It is no straight line in all.
 *
 * Rules for cost(x), as printed:
 *   fitted        its own points, at two values of x or more
 *   borrowed      its own point; the shape of the nearest fitted family
 *   constant-cost its own point, and nothing known of x
 *   law           its family's points at the nearest frame size, by a + b bytes
 *   relative      no point of its own: a family of the same capture at heart
 *   none          it is not predicted
 * Nearest: the same capture at heart and frame size; the same frame size; any.
 *
 * Speed of the DUT, in instructions per ns of the virtual clock: mean cpu.dut_share
 * of its calibrating trials, or else DUT_SHARE_DEFAULT. On a wall clock it is 1.
 */
#ifndef RXLAB_CALIBRATE_H
#define RXLAB_CALIBRATE_H

#include "models/costs.h"
#include "models/point.h"

#define CALIBRATE_PPS 15000
#define CALIBRATE_UTILISATION 0.5
#define DUT_SHARE_DEFAULT 0.25 /* the lab deals the clock 3:1 between sender and DUT (docs/lab.md) */
#define KNOTS_MAX 8

struct calibrate_options {
	double max_pps;
	double max_utilisation;
};

enum calibration_rule { RULE_NONE, RULE_FITTED, RULE_BORROWED, RULE_CONSTANT, RULE_RELATIVE, RULE_LAW };
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
	const char *family; /* points into its first point, like all texts here */
	const char *variant;
	const char *heart; /* the capture below the knobs */
	double frame_bytes;
	enum calibration_rule rule;
	struct knot knots[KNOTS_MAX]; /* by rising x */
	size_t n_knots;
	double constant, idle; /* instructions; instructions per ns */
	const struct costs *costs;
	int costs_family; /* index in costs; -1 = none */
	double share;
	bool share_measured;
	size_t n; /* number of trials that it was learned from */
	const struct calibration *from; /* RULE_RELATIVE, RULE_LAW: whose parameters these are */
};

struct calibrations {
	struct calibration *c;
	size_t n;
	size_t *of_point; /* index into c, by index of the point */
	bool *calibrates; /* by index of the point: it is used for calibration, or it is dedicated */
	bool *teaches, *dedicated;
	struct costs *costs;
};

int calibrate(const struct points *points, const struct calibrate_options *o, struct calibrations *cals, struct err *e);
void calibrations_free(struct calibrations *cals);

/* Instructions a packet at x interrupts a packet; without constant and idle. */
double calibration_cost(const struct calibration *c, double x);
/* Additional instructions for each additional interrupt, when interrupts are few. */
double calibration_slope(const struct calibration *c);
/* Instructions a packet at saturation, at so many interrupts a packet; NAN = unknown. */
struct cost calibration_saturated(const struct calibration *c, double interrupts);
/* The mean latency less the wait for the interrupt, ns; NAN = unknown. */
double calibration_delay(const struct calibration *c, double x);
/* What a trial costs without packets. */
double calibration_background(const struct calibration *c, const struct point *p);

#endif
