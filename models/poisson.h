/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The number of Poisson arrivals in a time: M with mean m >= 0.
 *
 * The pmf is exp(k ln m - m - ln k!), so that m^k does not overflow; its relative error grows as m and stays below
 * 1e-11 up to m = 10^4. Sums are of positive terms, outwards from the near end, never 1 - a number near 1, so that
 * small tails keep their digits down to the smallest double.
 */
#ifndef RXLAB_POISSON_H
#define RXLAB_POISSON_H

#include <stddef.h>

double poisson_pmf(double m, double k);
/* P(M > k). */
double poisson_tail(double m, double k);
/* E[(M - c)+], c >= 0. */
double poisson_excess(double m, double c);
/* tail[k] = P(M > k) for k < n. */
void poisson_tails(double m, size_t n, double *tail);

#endif
