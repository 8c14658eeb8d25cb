/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture stage: softirq -> ring of the capture -> reader.
 *
 * Rates in 1/s, times in s. Poisson arrivals unless said otherwise. A reader that polls without end is M/G/1/K
 * (mg1k.h); one that sleeps and takes w to wake up is the set-up queue (napi_setup_solve()), with wake-ups for
 * interrupts.
 */
#ifndef RXLAB_STAGE_H
#define RXLAB_STAGE_H

#include "harness/util/err.h"

/* Softirq and reader on their own CPUs, both exponential; drops at the second ring do not hold up the first. */
struct tandem {
	double loss_first, loss_second; /* of what comes to each */
	double loss; /* of what is offered */
	double X_first, X_second;
	double L_first, L_second;
	double alone; /* loss_second if the second ring were M/M/1/K at X_first: too high */
};

int tandem_solve(double arrival_rate, double rate_first, double rate_second, double ring_first, double ring_second,
		 struct tandem *r, struct err *e);

/* M/M/1/K whose full queue drops its newest or its oldest; the packet in service is never dropped. */
struct overwrite {
	double loss; /* the same for both */
	double loss_chain; /* of overwrite-oldest, from its own chain: a check */
	double wait_newest, wait_oldest; /* mean wait of delivered packets */
};

int overwrite_solve(double arrival_rate, double service_rate, double capacity, struct overwrite *r, struct err *e);

/* TPACKET_V3: blocks of so many packets, closed when full or by a timer that runs from their opening; a fast reader. */
struct blocks {
	double wakeups; /* a second */
	double delay; /* mean, from a packet's arrival to its block's end */
};

int blocks_solve(double arrival_rate, double timeout, double packets, struct blocks *r, struct err *e);

/* Kernel and reader on one CPU, C_k and C_u a packet; fluid, so exact in the limit of many packets. */
enum sharing { SHARING_STRICT, SHARING_FAIR };
int same_core(enum sharing rule, double rate, double C_k, double C_u, double *goodput, struct err *e);

#endif
