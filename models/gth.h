/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steady state of a Markov chain in continuous time, by the elimination of Grassmann, Taksar and Heyman: no
 * subtraction, so every share keeps its relative precision however small it is.
 *
 * States are numbered so that no transition is longer than `band`: work of the order states x band^2.
 */
#ifndef RXLAB_GTH_H
#define RXLAB_GTH_H

#include <stddef.h>

#include "harness/util/err.h"

struct gth {
	size_t states;
	size_t band;
	double *later; /* [b]: what the shares of the states below b are still to be multiplied by */
	double *rate; /* states rows of 2 band + 1: rate[i][band + j - i] */
};

/* -EINVAL: more work than about ten seconds. */
int gth_init(struct gth *g, size_t states, size_t band, struct err *e);
/* Adds to the rate of i -> j; |i - j| <= band. */
void gth_add(struct gth *g, size_t i, size_t j, double rate);
/* share: one for each state. The rates are used up. From each state there is a way to state 0. */
void gth_solve(struct gth *g, double *share);
void gth_free(struct gth *g);

#endif
