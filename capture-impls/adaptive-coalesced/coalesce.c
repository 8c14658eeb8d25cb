// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture-impls/adaptive-coalesced/coalesce.h"

#define LEAST_CHANGE 0.25 /* of the value in force: a change costs a system call and the driver's lock */

uint32_t coalesce_for(const struct coalesce_by_load *by, double pps, uint32_t usecs)
{
	double place = (pps - by->quick_pps) / (double)(by->bulk_pps - by->quick_pps), wanted, change;

	if (place <= 0)
		return by->quick_usecs;
	if (place >= 1)
		return by->bulk_usecs;
	wanted = by->quick_usecs + place * (double)(by->bulk_usecs - by->quick_usecs);
	change = wanted > usecs ? wanted - usecs : usecs - wanted;
	return change < LEAST_CHANGE * usecs ? usecs : (uint32_t)(wanted + 0.5);
}
