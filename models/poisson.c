// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "models/poisson.h"

#define NEGLIGIBLE 1e-18 /* of a sum; away from the mean the terms fall faster than geometrically */

double poisson_pmf(double m, double k)
{
	if (m == 0)
		return k == 0;
	return exp(k * log(m) - m - lgamma(k + 1));
}

/* From k + 1 >= m upwards: P(M > k), E[(M - k)+]. */
static void upper_sums(double m, double k, double *tail, double *excess)
{
	double j = k + 1, term = poisson_pmf(m, j), add;

	*tail = *excess = 0;
	do {
		add = (j - k) * term;
		*tail += term;
		*excess += add;
		term *= m / ++j;
	} while (add > *excess * NEGLIGIBLE);
}

/* From k < m downwards: P(M <= k), E[(k - M)+]. */
static void lower_sums(double m, double k, double *head, double *shortfall)
{
	double j = k, term = poisson_pmf(m, j);

	*head = *shortfall = 0;
	while (j >= 0 && term > *head * NEGLIGIBLE) {
		*head += term;
		*shortfall += (k - j) * term;
		term *= j-- / m;
	}
}

/* Below the mean 1 - P(M <= k), which is then at least about a half. */
double poisson_tail(double m, double k)
{
	double a, b;

	if (k < m) {
		lower_sums(m, k, &a, &b);
		return 1 - a;
	}
	upper_sums(m, k, &a, &b);
	return a;
}

/* Below the mean m - c + E[(c - M)+], both positive. */
double poisson_excess(double m, double c)
{
	double a, b;

	if (c < m) {
		lower_sums(m, c, &a, &b);
		return m - c + b;
	}
	upper_sums(m, c, &a, &b);
	return b;
}

void poisson_tails(double m, size_t n, double *tail)
{
	if (n == 0)
		return;
	tail[n - 1] = poisson_tail(m, (double)(n - 1));
	for (size_t k = n - 1; k > 0; k--)
		tail[k - 1] = tail[k] + poisson_pmf(m, (double)k);
}
