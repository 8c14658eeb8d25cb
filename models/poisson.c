// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "models/poisson.h"

#define NEGLIGIBLE 1e-18 /* of a sum; the terms fall faster than geometrically behind the mean */
#define FULL_DIGITS 1e-280

double poisson_pmf(double m, double k)
{
	if (m == 0)
		return k == 0;
	return exp(k * log(m) - m - lgamma(k + 1));
}

/* Far below the mean the first terms have few digits in a double, or none; the product would keep to them. */
static double next_term(double term, double m, double k)
{
	return term > FULL_DIGITS ? term * m / k : poisson_pmf(m, k);
}

double poisson_tail(double m, double k)
{
	double term = poisson_pmf(m, k + 1), sum = term;

	for (k += 2; k <= m || term > sum * NEGLIGIBLE; k++) {
		term = next_term(term, m, k);
		sum += term;
	}
	return sum;
}

double poisson_excess(double m, double c)
{
	double k = c + 1, term = poisson_pmf(m, k), sum = term, add = term;

	for (k++; k <= m || add > sum * NEGLIGIBLE; k++) {
		term = next_term(term, m, k);
		add = (k - c) * term;
		sum += add;
	}
	return sum;
}

void poisson_tails(double m, size_t n, double *tail)
{
	if (n == 0)
		return;
	tail[n - 1] = poisson_tail(m, (double)(n - 1));
	for (size_t k = n - 1; k > 0; k--)
		tail[k - 1] = tail[k] + poisson_pmf(m, (double)k);
}
