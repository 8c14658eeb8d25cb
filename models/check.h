/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parameters refused before they make a number that means nothing. -EINVAL; the message names parameter and condition.
 */
#ifndef RXLAB_CHECK_H
#define RXLAB_CHECK_H

#include "harness/util/err.h"

#define CAPACITY_MAX 10000000 /* where the work is of the order of the capacity */
#define CAPACITY_SQUARE_MAX 65536 /* where it is of the order of its square: seconds */

int check_positive(const char *name, double value, struct err *e); /* 1e-30 to 1e30 */
int check_not_negative(const char *name, double value, struct err *e); /* 0 to 1e30 */
int check_whole(const char *name, double value, double most, struct err *e); /* 1 to most */
int check_share(const char *name, double value, struct err *e); /* above 0, below 1 */
/* A queue without a limit has a steady state only below 1. */
int check_stable(double load, struct err *e);

#endif
