/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NAPI: interrupts off while packets are there, a quota a poll, a budget a round.
 *
 * The poll takes packets that come meanwhile, so it is exhaustive up to its quota. Rates in 1/s, times in s; K, ring:
 * packets in the system, the one in service counted. Sources: derived at each function.
 */
#ifndef RXLAB_NAPI_H
#define RXLAB_NAPI_H

#include <stdint.h>

#include "models/law.h"
#include "models/queue.h"

struct napi {
	struct queue q;
	double f; /* interrupts a second */
	double squeezed; /* rounds a second that the budget ended (time_squeeze) */
};

/* Any service, constant set-up (interrupt to first packet), Poisson arrivals; f and q. */
int napi_setup_solve(double arrival_rate, const struct law *service, double setup, double capacity, struct napi *r,
		     struct err *e);
/* Exponential service and set-up. */
int napi_markov_solve(double arrival_rate, double service_rate, double setup_rate, double ring, struct napi *r,
		      struct err *e);

struct napi_budget {
	double arrival_rate, service_rate, setup_rate;
	double ring;
	double budget; /* packets a round */
	double resume_rate; /* 1 / mean pause behind a round that the budget ended */
};

int napi_budget_solve(const struct napi_budget *in, struct napi *r, struct err *e);
/* Throughput when packets never run out. */
double napi_budget_saturation(const struct napi_budget *in);

/* Packets an interrupt at a constant gap and constant times, service < gap; whole numbers of one unit. */
uint64_t napi_constant_packets(uint64_t gap, uint64_t service, uint64_t setup);

/* CPU for one packet: service, its part of a poll and of an interrupt. */
struct napi_cost {
	double service, poll, interrupt, budget; /* s; of a packet, a poll, an interrupt, a round */
};
double napi_cost_idle(const struct napi_cost *c); /* a packet a poll */
double napi_cost_full(const struct napi_cost *c, double weight, double budget);
/* polls and f: a second, at this rate. */
double napi_cost_at(const struct napi_cost *c, double rate, double polls, double f);

/*
 * No loss is possible when arrivals stay below burst + rate t and the server gives mu (t - latency)+: the backlog is at
 * most burst + rate latency, for rate <= mu. Packets, to compare with the ring.
 */
double napi_backlog_bound(double burst, double rate, double latency);

#endif
