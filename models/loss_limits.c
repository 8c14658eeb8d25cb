// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "models/loss_limits.h"

/* Unpaced is above every rate. */
static double asked(const struct point *p)
{
	return isnan(p->asked_pps) ? INFINITY : p->asked_pps;
}

static int by_rate(const void *a, const void *b)
{
	double x = asked(*(const struct point *const *)a), y = asked(*(const struct point *const *)b);

	return (x > y) - (x < y);
}

struct loss_limits loss_limits(const struct point **p, size_t n)
{
	struct loss_limits found = { 0, INFINITY, NULL };
	size_t i, k;

	qsort(p, n, sizeof(*p), by_rate);
	for (i = 0; i < n && !found.first_bad; i = k) {
		double sum = 0;

		for (k = i; k < n && asked(p[k]) == asked(p[i]); k++) {
			sum += p[k]->achieved_pps;
			if (!found.first_bad && p[k]->carried != p[k]->sent)
				found.first_bad = p[k];
		}
		*(found.first_bad ? &found.bad : &found.free) = sum / (double)(k - i);
	}
	return found;
}
