/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrivals that are not Poisson: GI/M/1, D/M/1/K, and the two-moment rules for G/G/1.
 *
 * Rates in 1/s, times in s. A constant-rate sender against an exponential service is D/M/1: at the same load it loses
 * an order of magnitude less than M/M/1.
 */
#ifndef RXLAB_GIM1_H
#define RXLAB_GIM1_H

#include <stddef.h>

#include "models/law.h"
#include "models/queue.h"

/* sigma (may be NULL): chance that an arrival finds the server busy. -EINVAL unless the load is below 1. */
int gim1_solve(const struct law *gap, double service_time, struct queue *r, double *sigma, struct err *e);
int dm1k_solve(double arrival_rate, double service_time, double capacity, struct queue *r, struct err *e);

/* Squared coefficients of variation of gap and service. */
struct two_moments {
	double rate, service_time, gap_scv, service_scv;
};

/* Wait in the queue of a stable G/G/1. */
double gg1_wait_bound(const struct two_moments *q); /* Kingman's upper bound */
double gg1_wait(const struct two_moments *q); /* the usual approximation */
double gg1_klb_factor(const struct two_moments *q); /* Kraemer and Langenbach-Belz: factor to it */

#endif
