/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * M/G/1 and M/G/1/K: Poisson arrivals, any service time, one server; K counts the packet in service.
 *
 * M/D/1 and M/D/1/K are these with a constant service time. Rates in 1/s, times in s. Sources: Pollaczek and
 * Khinchine's formula, in any queueing text; the embedded chain is at mg1k_solve().
 */
#ifndef RXLAB_MG1K_H
#define RXLAB_MG1K_H

#include "models/law.h"
#include "models/queue.h"

/* No limit to the queue; -EINVAL unless the load is below 1. */
int mg1_solve(double arrival_rate, const struct law *service, struct queue *r, struct err *e);
/* P(n in the system) of M/D/1, load < 1, n = 0, 1 or 2. */
double md1_share(double load, int n);
int mg1k_solve(double arrival_rate, const struct law *service, double capacity, struct queue *r, struct err *e);

#endif
