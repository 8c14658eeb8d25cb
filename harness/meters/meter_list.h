/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All meters by name, for `rxlab list`: what each counts, and whether records of a testbed contain it on this machine. */
#ifndef RXLAB_METER_LIST_H
#define RXLAB_METER_LIST_H

#include <stdbool.h>

#include "harness/util/err.h"

struct listed_meter {
	const char *name; /* the field or part of the record */
	const char *counts;
};

bool meter_listed(unsigned int i, struct listed_meter *m); /* false after the last */
/* Is the meter available on this machine, on a testbed of that clock? 0, or -errno and the reason. Changes nothing. */
int meter_usable(unsigned int i, bool wall, struct err *why);

#endif
