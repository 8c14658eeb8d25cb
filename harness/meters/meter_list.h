/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every meter by name, for lists: what it counts, and whether a testbed's records have it here. */
#ifndef RXLAB_METER_LIST_H
#define RXLAB_METER_LIST_H

#include <stdbool.h>

#include "harness/util/err.h"

struct listed_meter {
	const char *name; /* as its field or part of the record */
	const char *counts;
};

bool meter_listed(unsigned int i, struct listed_meter *m); /* false behind the last */
/* On a testbed of that clock, on this machine? 0, or -errno and the reason. Counts nothing, changes nothing. */
int meter_usable(unsigned int i, bool wall, struct err *why);

#endif
