/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pure polling: the server looks at the queue when it wants to, without interrupts.
 *
 * Rates in 1/s, times in s; Poisson arrivals, infinite buffers.
 */
#ifndef RXLAB_POLLING_H
#define RXLAB_POLLING_H

#include "models/law.h"

enum polling_rule {
	POLLING_EXHAUSTIVE, /* a visit goes on until the queue is empty */
	POLLING_GATED, /* a visit takes what it found */
	POLLING_LIMITED, /* a visit takes one packet */
};

struct polling {
	double Wq; /* mean wait, from arrival to service */
	double cycle; /* mean time from poll to poll */
	double cpu_share; /* of polls and packets */
};

/* One queue; pause: between the end of a visit and the next; poll_cost: CPU of one poll, within the pause. */
int polling_solve(enum polling_rule rule, double rate, const struct law *service, const struct law *pause,
		  double poll_cost, struct polling *r, struct err *e);
/* A ring of R loses nothing of a constant rate, polled once in T, when rate T <= R (service faster than arrivals). */
double polling_longest(double rate, double R);
/* N alike queues, each at rate, visited in turn; switch_time: from one to the next, mean above 0. */
int polling_queues_solve(enum polling_rule rule, double N, double rate, const struct law *service,
			 const struct law *switch_time, double *Wq, struct err *e);

#endif
