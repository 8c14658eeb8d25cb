/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One interrupt a packet, a finite ring and a finite backlog on one CPU: the livelock curve, exact.
 *
 * Poisson arrivals; up to R packets in the ring wait for their interrupt (or are in it), exponential at rate r; it
 * moves its packet to the backlog of B, or drops it there when that is full, the CPU already spent. The softirq,
 * exponential at mu, runs only while no interrupt does. All rates in 1/s.
 */
#ifndef RXLAB_TWO_STAGE_H
#define RXLAB_TWO_STAGE_H

#include "harness/util/err.h"

struct two_stage_in {
	double arrival_rate, interrupt_rate, service_rate;
	double ring, backlog;
};

struct two_stage {
	double X; /* throughput */
	double ring_drops; /* a second; they cost no CPU */
	double backlog_drops; /* a second */
	double isr_share; /* of the CPU, in interrupts */
	double cpu_share; /* of the CPU, in interrupts and softirq */
};

int two_stage_solve(const struct two_stage_in *in, struct two_stage *r, struct err *e);
/* Throughput of the shortcut M/M/1/B at the service rate that the interrupts leave. */
int two_stage_shortcut(const struct two_stage_in *in, double *X, struct err *e);

#endif
