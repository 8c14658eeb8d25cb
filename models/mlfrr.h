/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The highest rate that a trial meets a loss at, predicted before it is measured. */
#ifndef RXLAB_MLFRR_H
#define RXLAB_MLFRR_H

#include "harness/spec.h"
#include "models/validate.h"

/* Least band of predictions from a fitted calibration; twice that from another. */
#define MLFRR_BAND 0.05

struct mlfrr {
	double rate; /* pps */
	double band; /* share of the rate by which it may be off: the least band, or the largest residual under overload */
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
