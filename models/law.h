/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The law of a time: what a service, an interrupt or a pause takes, in the unit of the caller (s).
 *
 * Beside its moments a law knows what the embedded chains need: the number A of Poisson arrivals in one such time.
 *   constant     A ~ Poisson(rate x)
 *   mix          one of up to LAW_PARTS constants: the mixture of their Poissons; a measured histogram is one
 *   exponential  geometric
 *   hyper        one of several exponentials
 *   gamma        negative binomial; shape 1 / scv
 * All exact. The text form is one value of a file: "5e-6", "exponential 5e-6", "mix 0.75:2e-6,0.25:10e-6",
 * "hyper 0.4:2,0.6:0.5" (shares and means), "gamma 5e-6 0.5" (mean and squared coefficient of variation).
 */
#ifndef RXLAB_LAW_H
#define RXLAB_LAW_H

#include <stddef.h>

#include "harness/util/err.h"

#define LAW_PARTS 64

enum law_kind { LAW_CONSTANT, LAW_EXPONENTIAL, LAW_GAMMA };

/* A mixture of n laws of one kind; n = 1 is the law itself. */
struct law {
	enum law_kind kind;
	size_t n;
	double share[LAW_PARTS]; /* sum to 1 */
	double mean[LAW_PARTS];
	double scv; /* gamma only */
};

struct law law_constant(double x);
struct law law_exponential(double mean);
struct law law_gamma(double mean, double scv);
/* name is what a message calls it. -EINVAL: not a law, a mean below 0, shares that do not add up to 1. */
int law_parse(const char *name, const char *text, struct law *law, struct err *e);
/* "p:S,p:S,...": constants and their shares. */
int law_parse_mix(const char *name, const char *text, struct law *law, struct err *e);

double law_mean(const struct law *law);
double law_square(const struct law *law); /* E[X^2] */
double law_scv(const struct law *law); /* variance / mean^2 */
/* E[exp(-s X)] - 1, without cancellation at small s. */
double law_transform_less_one(const struct law *law, double s);

/* P(no arrival in the time). */
double law_none(const struct law *law, double rate);
/* tail[k] = P(A > k), excess[k] = E[(A - k)+], for k < n. */
void law_arrivals(const struct law *law, double rate, size_t n, double *tail, double *excess);

#endif
