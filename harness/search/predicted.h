/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the models say of a trial's highest rate, for those that choose what to measure. */
#ifndef RXLAB_PREDICTED_H
#define RXLAB_PREDICTED_H

#include "harness/campaign/rate_prior.h"
#include "harness/record/trial_spec.h"
#include "models/validate.h"

/* Calibrates from the low-load trials of a results folder. */
int predicted_open(struct validation *v, const char *dir, struct err *e);
/*
 * Up to which rate t loses at most so large a share of its frames: what the model predicts from low load alone (pps; may
 * be NULL), and where to look for it, which is that moved by what overload has shown of such trials before. -ENOENT
 * where nothing is known of them.
 */
int predicted_rate(const struct validation *v, const struct trial *t, double loss, double *pps, struct rate_prior *b,
		   struct err *e);

#endif
