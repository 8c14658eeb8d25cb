/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be expected of a setting that was not measured, of one measure, from those that were: a Gaussian process
 * whose kernel is a product over the knobs, 1 + a[k] c(distance of levels). Multiplied out it has a term for each knob and
 * one for each group of knobs, so that single effects and those that knobs have only together are found from the same few
 * trials; a[k], how much a knob matters, is where the likelihood is greatest, and 0 for most. Pure and without chance.
 */
#ifndef RXLAB_TUNE_SURROGATE_H
#define RXLAB_TUNE_SURROGATE_H

#include "harness/tune/space.h"

struct surrogate {
	const struct tune_space *space;
	size_t n; /* settings learned from */
	struct tune_setting *at;
	double *y; /* standardised */
	double *factor; /* Cholesky's, n * n, lower */
	double *weights; /* covariance^-1 y */
	double *solved; /* room for one column */
	double mean, scale; /* of the values learned from */
	double spread; /* the kernel's own standard deviation, of 1 */
	double a[TUNE_KNOBS_MAX], steep[TUNE_KNOBS_MAX]; /* steep: how fast levels become strangers */
	double noise; /* variance, of 1 */
};

/*
 * Learns from n settings and their values, all of them known. before: the parameters to begin from, or NULL; fit: look
 * for better ones. -ENOMEM; s is safe to free in any case.
 */
int surrogate_learn(struct surrogate *s, const struct tune_space *space, const struct tune_setting *at, const double *y,
		    size_t n, const struct surrogate *before, bool fit);
void surrogate_free(struct surrogate *s); /* safe on a zeroed struct */
/* Mean and standard deviation. */
void surrogate_expect(const struct surrogate *s, const struct tune_setting *at, double *mean, double *sd);

#endif
