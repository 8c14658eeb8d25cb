/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trial's frames one after the other, for generators that send a mix of sizes in the order of mix_order(). */
#ifndef RXLAB_MIXED_H
#define RXLAB_MIXED_H

#include <stdint.h>

#include "harness/record/trial_spec.h"

struct mixed {
	uint32_t n; /* sizes; 1 without a mix */
	uint32_t bytes[MIX_SIZES_MAX]; /* of each, without FCS */
	uint32_t period; /* of of[] */
	uint8_t of[MIX_PERIOD_MAX]; /* which size a frame has, by its index modulo period */
};

void mixed_of_trial(struct mixed *m, const struct trial *t);
/* The lengths() of a generator: NULL without a mix. */
int mixed_lengths(const struct trial *t, uint16_t **lengths, uint32_t *n, struct err *e);

#endif
