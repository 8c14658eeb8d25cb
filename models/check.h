/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Refuses parameters that would give a meaningless result. -EINVAL; the message names parameter and condition.
 */
#ifndef RXLAB_CHECK_H
#define RXLAB_CHECK_H

#include "harness/util/err.h"

#define CAPACITY_MAX 10000000 /* if the work grows with the capacity */
#define CAPACITY_SQUARE_MAX 65536 /* if it grows with its square: some seconds */

int check_positive(const char *name, double value, struct err *e); /* 1e-30 to 1e30 */
int check_not_negative(const char *name, double value, struct err *e); /* 0 to 1e30 */
int check_whole(const char *name, double value, double most, struct err *e); /* 1 to most */
int check_share(const char *name, double value, struct err *e); /* above 0, below 1 */
/* A queue without a limit has a steady state only below 1. */
int check_stable(double load, struct err *e);

#endif
