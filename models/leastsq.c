// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "models/leastsq.h"

#define SINGULAR 1e-9 /* of a column of length 1, after what the earlier columns explain is taken away */

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Gram and Schmidt on the columns scaled to length 1, then substitution backwards. */
bool leastsq(const double (*rows)[LEASTSQ_COLUMNS], const double *y, size_t n, size_t columns, double *b)
{
	double q[LEASTSQ_COLUMNS][n + 1], r[LEASTSQ_COLUMNS][LEASTSQ_COLUMNS] = { 0 }, scale[LEASTSQ_COLUMNS];

	if (n < columns)
		return false;
	for (size_t k = 0; k < columns; k++) {
		for (size_t i = 0; i < n; i++)
			q[k][i] = rows[i][k];
		scale[k] = sqrt(dot(q[k], q[k], n));
		if (!(scale[k] > 0))
			return false;
		for (size_t i = 0; i < n; i++)
			q[k][i] /= scale[k];
		for (size_t j = 0; j < k; j++) {
			r[j][k] = dot(q[j], q[k], n);
			for (size_t i = 0; i < n; i++)
				q[k][i] -= r[j][k] * q[j][i];
		}
		r[k][k] = sqrt(dot(q[k], q[k], n));
		if (r[k][k] < SINGULAR)
			return false;
		for (size_t i = 0; i < n; i++)
			q[k][i] /= r[k][k];
	}
	for (size_t k = columns; k-- > 0;) {
		b[k] = dot(q[k], y, n);
		for (size_t j = k + 1; j < columns; j++)
			b[k] -= r[k][j] * b[j];
		b[k] /= r[k][k];
	}
	for (size_t k = 0; k < columns; k++)
		b[k] /= scale[k];
	return true;
}
