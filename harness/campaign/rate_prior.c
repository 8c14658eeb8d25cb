// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "harness/campaign/rate_prior.h"

#define HALVINGS 60 /* of an interval of logs: to the last bit of a rate */

/* Up to a constant. */
static double below(const struct rate_prior *b, double least, double most, double x)
{
	double flat = x / log(most / least);

	if (b->rate <= 0)
		return flat;
	return RATE_PRIOR_DOUBT * flat + (1 - RATE_PRIOR_DOUBT) * atan((x - log(b->rate)) / b->scale) / M_PI;
}

double rate_prior_quantile(const struct rate_prior *b, double least, double most, double low, double high, double q)
{
	double from = log(low), to = log(high);
	double start = below(b, least, most, from), wanted = start + q * (below(b, least, most, to) - start);

	for (int i = 0; i < HALVINGS; i++) {
		double x = (from + to) / 2;

		*(below(b, least, most, x) < wanted ? &from : &to) = x;
	}
	return exp((from + to) / 2);
}
