/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Predicts the highest rate at which a trial stays within a loss limit, before it is measured. */
#ifndef RXLAB_MLFRR_H
#define RXLAB_MLFRR_H

#include "harness/record/trial_spec.h"
#include "models/validate.h"

/* Bands where nothing of overload was measured, from a fitted calibration (twice that from another), and where it was. */
#define MLFRR_BAND 0.05
#define MLFRR_BAND_KNOWN 0.02

struct mlfrr {
	double rate; /* pps: the prediction, from low load alone */
	/* By how much trials of the same costs under overload carried more than predicted, share; 0 where there are none. */
	double offset;
	double band; /* share of rate (1 + offset) by which it may be wrong */
};

/*
 * The rate up to which t, with whatever its own rate is, loses at most the share `loss` of its frames. From the
 * calibration of the same capture, settings and frame size in v; base: the capture under a derived one, or NULL.
 * rx_usecs, where t does not set it, and the ring are those that most of these trials had.
 * -ENOENT, with a message, where v holds no such trial or no calibration for it.
 */
int model_mlfrr(const struct validation *v, const struct trial *t, const char *base, double loss, struct mlfrr *m,
		struct err *e);

#endif
