/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The models' prediction of a trial's highest rate, for choosing what to measure. */
#ifndef RXLAB_PREDICTED_H
#define RXLAB_PREDICTED_H

#include "harness/campaign/rate_prior.h"
#include "harness/record/trial_spec.h"
#include "models/validate.h"

/* Calibrates from the low-load trials of a results folder. */
int predicted_open(struct validation *v, const char *dir, struct err *e);
/*
 * The highest rate at which t loses at most this share of its frames: the model's prediction from low load alone (pps; may
 * be NULL), and where to search: the prediction corrected by what overloaded trials of this kind have shown. -ENOENT
 * if nothing is known of such trials.
 */
int predicted_rate(const struct validation *v, const struct trial *t, double loss, double *pps, struct rate_prior *b,
		   struct err *e);

#endif
