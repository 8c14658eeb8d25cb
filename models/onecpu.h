/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt and softirq on one CPU: how interrupts take it from the packets (receive livelock).
 *
 * Fluid figures and means without a limit to the queues; the exact curve with finite ones is two_stage.h.
 * T_I: one interrupt; S: softirq work of one packet, mu = 1 / S; r = 1 / T_I. Rates in 1/s, times in s.
 *   V1   one interrupt a packet, which pre-empts the softirq (no masking)
 *   V2a  an interrupt takes along what comes while it runs
 *   V2b  as V2a, but one more interrupt is latched meanwhile (edge and pending bit)
 *   V3   interrupts off until the queue is empty (NAPI without a budget)
 * Sources: derived; simulation and CTMCs in the tests. On livelock: J. Mogul and K. Ramakrishnan, ACM TOCS 15, 1997.
 */
#ifndef RXLAB_ONECPU_H
#define RXLAB_ONECPU_H

#include "models/law.h"
#include "models/queue.h"

struct onecpu {
	double interrupts; /* a second */
	double isr_share; /* of the CPU's time, in interrupts */
	double service_rate; /* of the softirq, with what interrupts leave of the CPU */
	double throughput; /* fluid: min(rate, service_rate) */
	double user_share; /* of the CPU, left to everyone else */
};

enum isr_law { ISR_CONSTANT, ISR_EXPONENTIAL };

int onecpu_v1(double rate, double T_I, double S, struct onecpu *r, struct err *e);
double onecpu_v1_saturation(double T_I, double S); /* = the fluid MLFRR */
double onecpu_v1_livelock(double T_I); /* nothing is delivered from here on */
/* Exact mean time from arrival to the end of the softirq work, Poisson arrivals. */
int onecpu_v1_sojourn(double rate, const struct law *isr, const struct law *service, double *W, struct err *e);
/* The usual approximation, M/M/1 at what is left of the CPU. */
int onecpu_v1_sojourn_mm1(double rate, double T_I, double S, double *W, struct err *e);

int onecpu_v2a(double rate, double T_I, double S, struct onecpu *r, struct err *e);
double onecpu_v2a_saturation(double T_I, double S);
/* Exact mean number of packets for exponential times. */
int onecpu_v2a_content(double rate, double T_I, double S, double *L, struct err *e);

int onecpu_v2b(enum isr_law law, double rate, double T_I, double S, struct onecpu *r, struct err *e);
double onecpu_v2b_saturation(enum isr_law law, double T_I, double S);

/* setup: from interrupt to first packet, T_I of it CPU. */
int onecpu_v3(double rate, double T_I, const struct law *setup, const struct law *service, struct queue *r, double *f,
	      struct err *e);
/* The rate from which V3 costs less than V1, when masking, unmasking and the poll cost mask for each interrupt. */
double onecpu_hybrid_switch(double T_I, double S, double setup, double mask);

#endif
