/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RXLAB_LEASTSQ_H
#define RXLAB_LEASTSQ_H

#include <stdbool.h>
#include <stddef.h>

struct leastsq {
	double *b; /* a coefficient a column; 0 where the column is not used */
	double *cov; /* their covariances, columns x columns; NAN where as many columns are used as there are rows */
	double residual; /* standard deviation of what is left; NAN likewise */
};

/*
 * Least squares for y = rows b. rows: n times columns, row by row. use: on entry, which columns may be used;
 * on return, which were: not those that earlier ones explain. -ENOMEM: out of memory. leastsq_free() in any case.
 */
int leastsq_fit(const double *rows, const double *y, size_t n, size_t columns, bool *use, struct leastsq *fit);
void leastsq_free(struct leastsq *fit);

#endif
