/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that come in batches: a sender's bursts, GRO, what one interrupt hands over.
 *
 * Batches are Poisson at batch_rate; their sizes are independent, pmf[k - 1] = P(size k). Rates in 1/s, times in s.
 */
#ifndef RXLAB_BATCH_H
#define RXLAB_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "models/law.h"
#include "models/queue.h"

struct batches {
	double rate; /* of batches */
	const double *pmf;
	size_t n;
};

/* What a ring does with a batch that does not fit: fill up and drop the rest, or drop all of it. */
enum batch_rule { BATCH_PARTLY, BATCH_WHOLE };

double batch_mean(const struct batches *b);
/* No limit to the queue. */
int mxg1_solve(const struct batches *b, const struct law *service, struct queue *r, struct err *e);
/* Exponential service, K in the system. */
int mxm1k_solve(const struct batches *b, double service_rate, double capacity, enum batch_rule rule, struct queue *r,
		struct err *e);

#endif
