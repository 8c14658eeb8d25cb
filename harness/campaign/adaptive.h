/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates that a model chooses: for every curve of a campaign (what it measures at two rates or more, whatever the seed)
 * so many more rates, of its lowest seed, between the ends of the band around the predicted highest rate without loss,
 * closer together where the knee is thought to be. Pure: the same plan and predictions give the same plan.
 */
#ifndef RXLAB_ADAPTIVE_H
#define RXLAB_ADAPTIVE_H

#include "harness/campaign/rate_prior.h"
#include "harness/campaign/plan.h"

/* 0, or -errno where there is no prediction for such a trial. */
typedef int (*adaptive_predict)(void *context, const struct trial *t, struct rate_prior *b, struct err *e);

/* Adds the rates that c->adaptive_rates asks for to p, and orders it again. -ENOENT if none of its curves can be predicted. */
int adaptive_extend(struct plan *p, const struct campaign *c, adaptive_predict predict, void *context, struct err *e);

#endif
