/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intervals and errors: how sure a measured number is, and how far a prediction is off it. */
#ifndef RXLAB_INTERVAL_H
#define RXLAB_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

struct interval {
	double low, high;
};

/* Of a share, k of n, by Wilson's score; two-sided, confidence 0 ... 1. Not for drops that come in clusters. */
struct interval interval_wilson(double k, double n, double confidence);
/* Upper bound of a share of which n saw none, one-sided: -ln(1 - confidence) / n. */
double interval_none_seen(double n, double confidence);
/* Student's t: mean +- half of n values, n >= 2. */
void interval_mean(const double *x, size_t n, double confidence, double *mean, double *half);
/* Quantile of the normal and of Student's t with df degrees of freedom. */
double normal_quantile(double p);
double student_quantile(double p, double df);

/* Mean of |predicted - measured| / measured, percent. */
double error_mape(const double *predicted, const double *measured, size_t n);
/* (predicted - measured) loss in percentage points, throughputs at an offered rate. */
double error_loss_points(double predicted_pps, double measured_pps, double offered_pps);

/* y = a + b x by least squares, with standard errors. */
struct line_fit {
	double a, b, s, se_a, se_b, r2;
};
/* false: fewer than 3 points, or all x alike. */
bool line_fit(const double *x, const double *y, size_t n, struct line_fit *fit);

#endif
