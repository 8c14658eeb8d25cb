/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt coalescing: how many interrupts, and what the packets wait for them.
 *
 * Rules that tables of NIC settings tend to confuse:
 *   count   every N packets
 *   gap     at least T between two interrupts (EITR of the 82574 and the 82576)
 *   timer   T after the first packet that waits (ethtool's wording of rx-usecs)
 *   first   timer or count, whichever comes first (ethtool's rx-usecs with rx-frames)
 *   restart T after the last packet, but at most a cap after the first (RDTR and RADV of the 8254x)
 *   refire  a gap whose end interrupts too, packets or not (QEMU's igb as it is, nic.h)
 * At a constant rate they differ sharply: a gap of T below the gap of the
 * packets changes nothing, a timer of T delays every packet by T, and refire
 * gives two interrupts for each that a gap gives.
 *
 * Rates in 1/s, times in s. Service takes no time here unless a function says so:
 * what a busy CPU merges in addition is in predict.c. Source: renewal arguments, given at each function; Poisson
 * results checked against event simulation, registers in the 82576 datasheet (EITR).
 */
#ifndef RXLAB_COALESCE_H
#define RXLAB_COALESCE_H

#include "harness/util/err.h"
#include "models/law.h"

enum coalesce_arrivals { ARRIVALS_POISSON, ARRIVALS_CONSTANT };

struct coalesce {
	double f; /* interrupts a second */
	double packets; /* packets an interrupt */
	double delay; /* mean time from a packet's arrival to its interrupt, s */
};

/* rate > 0 (1/s), T >= 0 (s). -EINVAL names the parameter. */
int coalesce_gap(enum coalesce_arrivals law, double rate, double T, struct coalesce *r, struct err *e);
int coalesce_timer(enum coalesce_arrivals law, double rate, double T, struct coalesce *r, struct err *e);
int coalesce_refire(enum coalesce_arrivals law, double rate, double T, struct coalesce *r, struct err *e);

int coalesce_count(enum coalesce_arrivals law, double rate, double frames, struct coalesce *r, struct err *e);
/*
 * The same with service, Poisson arrivals, interrupts off while packets are there: r->delay is the mean wait for
 * service.
 */
int coalesce_count_served(double rate, const struct law *service, double frames, struct coalesce *r, struct err *e);
/* Poisson arrivals; by_count: share of the interrupts that the count made. */
int coalesce_first(double rate, double T, double frames, struct coalesce *r, double *by_count, struct err *e);
/* Poisson arrivals; cap may be INFINITY. The delay has no closed form and is NAN. */
int coalesce_restart(double rate, double T, double cap, struct coalesce *r, struct err *e);

/* Share lost when a ring of R descriptors is polled only once in so many packets, which come at a constant rate; the
 * poll uses rho < 1 of the CPU. It finds the ring full and has caught up after R / (1 - rho) packets. */
double coalesce_ring_loss(double packets, double rho, double R);
/* Share lost when a ring of R descriptors is emptied only at each interrupt; Poisson arrivals, gap rule. */
double coalesce_gap_ring_loss(double rate, double T, double R);
/* Longest gap that loses nothing of a constant rate, when a packet waits D more after the interrupt: R / rate - D. */
double coalesce_gap_longest(double rate, double R, double D);

/* Highest rate that one CPU carries with S a packet and T_I an interrupt. */
double coalesce_count_saturation(double S, double T_I, double frames);
double coalesce_gap_saturation(double S, double T_I, double T);
double coalesce_timer_saturation(double S, double T_I, double T);

#endif
