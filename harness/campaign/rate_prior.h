/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The prior over a rate, before it is measured: a Cauchy distribution in log(rate) around a prediction, mixed with a
 * flat one for the case that the prediction is wrong. Pure.
 */
#ifndef RXLAB_RATE_PRIOR_H
#define RXLAB_RATE_PRIOR_H

#define RATE_PRIOR_DOUBT 0.2 /* share of the flat part */

struct rate_prior {
	double rate; /* predicted, pps; 0 = nothing is known, all of it is flat */
	double scale; /* half of the other part is within this share of the rate */
};

/*
 * The rate with a share q of the belief between low and high below it. All in pps: least and most are where the flat
 * part ends, 0 < least <= low <= high <= most.
 */
double rate_prior_quantile(const struct rate_prior *b, double least, double most, double low, double high, double q);

#endif
