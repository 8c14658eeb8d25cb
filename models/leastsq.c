// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/leastsq.h"

#define SINGULAR 1e-6 /* remaining length, below which a column (of length 1) is explained by the earlier ones */

/* The used columns as an orthonormal q (n values a column) and a triangular r, both of columns of length 1. */
struct factors {
	double *q, *r, *scale;
	size_t n, columns;
};

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static double scale_down(double *a, size_t n)
{
	double length = sqrt(dot(a, a, n));

	for (size_t i = 0; i < n && length > 0; i++)
		a[i] /= length;
	return length;
}

/* Gram-Schmidt; leaves out a column that the earlier ones explain, up to rounding. */
static void factor(struct factors *f, const double *rows, bool *use)
{
	for (size_t k = 0; k < f->columns; k++) {
		double *q = f->q + k * f->n, *r = f->r + k * f->columns;

		if (!use[k])
			continue;
		for (size_t i = 0; i < f->n; i++)
			q[i] = rows[i * f->columns + k];
		f->scale[k] = scale_down(q, f->n);
		for (size_t j = 0; j < k; j++) {
			r[j] = use[j] ? dot(f->q + j * f->n, q, f->n) : 0;
			for (size_t i = 0; i < f->n && use[j]; i++)
				q[i] -= r[j] * f->q[j * f->n + i];
		}
		r[k] = scale_down(q, f->n);
		use[k] = f->scale[k] > 0 && r[k] > SINGULAR;
	}
}

/* Solves r x = v in place, from the last column to the first, and undoes the scaling. */
static void solve(const struct factors *f, const bool *use, double *x)
{
	for (size_t k = f->columns; k-- > 0;) {
		if (!use[k]) {
			x[k] = 0;
			continue;
		}
		for (size_t j = k + 1; j < f->columns; j++)
			x[k] -= use[j] ? f->r[j * f->columns + k] * x[j] : 0;
		x[k] /= f->r[k * f->columns + k];
	}
	for (size_t k = 0; k < f->columns; k++)
		x[k] /= use[k] ? f->scale[k] : 1;
}

/* Standard deviation of y less rows b, by the degrees of freedom that are left. */
static double residual_of(const double *rows, const double *y, size_t n, size_t columns, size_t used, const double *b)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double left = y[i] - dot(rows + i * columns, b, columns);

		sum += left * left;
	}
	return n > used ? sqrt(sum / (double)(n - used)) : NAN;
}

/* (R'R)^-1 s^2: the sum over the columns of R^-1. */
static void covariance(const struct factors *f, const bool *use, double residual, double *cov, double *x)
{
	for (size_t k = 0; k < f->columns; k++) {
		memset(x, 0, f->columns * sizeof(*x));
		x[k] = 1;
		solve(f, use, x);
		for (size_t i = 0; i < f->columns && use[k]; i++)
			for (size_t j = 0; j < f->columns; j++)
				cov[i * f->columns + j] += x[i] * x[j] * residual * residual;
	}
}

int leastsq_fit(const double *rows, const double *y, size_t n, size_t columns, bool *use, struct leastsq *fit)
{
	struct factors f = { .q = calloc(n * columns + 1, sizeof(*f.q)),
			     .r = calloc(columns * columns, sizeof(*f.r)),
			     .scale = calloc(columns, sizeof(*f.scale)),
			     .n = n,
			     .columns = columns };
	double *x = calloc(columns, sizeof(*x));
	size_t used = 0;

	*fit = (struct leastsq) { calloc(columns, sizeof(*fit->b)), calloc(columns * columns, sizeof(*fit->cov)), NAN };
	if (f.q && f.r && f.scale && x && fit->b && fit->cov) {
		factor(&f, rows, use);
		for (size_t k = 0; k < columns; k++) {
			used += use[k];
			fit->b[k] = use[k] ? dot(f.q + k * n, y, n) : 0;
		}
		solve(&f, use, fit->b);
		fit->residual = residual_of(rows, y, n, columns, used, fit->b);
		covariance(&f, use, fit->residual, fit->cov, x);
	}
	free(f.q);
	free(f.r);
	free(f.scale);
	free(x);
	return used || n == 0 ? 0 : -ENOMEM;
}

void leastsq_free(struct leastsq *fit)
{
	free(fit->b);
	free(fit->cov);
	memset(fit, 0, sizeof(*fit));
}
