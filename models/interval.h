/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How sure a measured number is. */
#ifndef RXLAB_INTERVAL_H
#define RXLAB_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

/* Quantile of Student's t with df degrees of freedom. */
double student_quantile(double p, double df);

/* y = a + b x by least squares, with standard errors. */
struct line_fit {
	double a, b, s, se_a, se_b, r2;
};
/* false: fewer than 3 points, or all x alike. */
bool line_fit(const double *x, const double *y, size_t n, struct line_fit *fit);

#endif
