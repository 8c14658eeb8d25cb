/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RXLAB_LEASTSQ_H
#define RXLAB_LEASTSQ_H

#include <stdbool.h>
#include <stddef.h>

#define LEASTSQ_COLUMNS 4

/* y = rows b in the sense of least squares; false when the rows do not determine b. */
bool leastsq(const double (*rows)[LEASTSQ_COLUMNS], const double *y, size_t n, size_t columns, double *b);

#endif
