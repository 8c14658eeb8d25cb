/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * M/M/1 and M/M/1/K: Poisson arrivals, exponential service, one server.
 *
 * K counts the packet in service. Units are free, but one for both rates:
 * packets a second give W in seconds. Source: any queueing text, for example
 * L. Kleinrock, Queueing Systems I, sections 3.2 and 3.6.
 */
#ifndef RXLAB_MM1K_H
#define RXLAB_MM1K_H

#include "harness/util/err.h"
#include "models/queue.h"

/* -EINVAL with a message that names the parameter. */
int mm1k_solve(double arrival_rate, double service_rate, double capacity, struct queue *r, struct err *e);
/* No limit to the queue; arrival_rate must be below service_rate. */
int mm1_solve(double arrival_rate, double service_rate, struct queue *r, struct err *e);
/* P(an accepted packet stays longer than t). */
double mm1k_sojourn_tail(double arrival_rate, double service_rate, double capacity, double t);
/* Time that a share q (0 < q < 1) of the accepted packets does not exceed. */
double mm1k_sojourn_quantile(double arrival_rate, double service_rate, double capacity, double q);
/* Time that a share q (0 < q < 1) of the packets of a stable M/M/1 does not exceed. */
double mm1_sojourn_quantile(double arrival_rate, double service_rate, double q);

#endif
