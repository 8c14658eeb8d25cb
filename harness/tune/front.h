/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pareto fronts of points whose every measure is a cost. Pure. */
#ifndef RXLAB_TUNE_FRONT_H
#define RXLAB_TUNE_FRONT_H

#include <stdbool.h>
#include <stddef.h>

#define FRONT_DIMENSIONS_MAX 5
#define FRONT_REFERENCE 1.1 /* of every scaled measure: 0 is the least, 1 the most that was seen */

struct front_point {
	double at[FRONT_DIMENSIONS_MAX];
};

/* Is a nowhere worse than b, and somewhere better? */
bool front_dominates(const struct front_point *a, const struct front_point *b, size_t dimensions);
/* on[i]: is points[i] dominated by none? Of equal points the first is on the front. Returns how many are. */
size_t front_find(const struct front_point *points, size_t n, size_t dimensions, bool *on);
/* Volume between the points and the reference, exact, by slices; 0 of no points. NaN if memory is short. */
double front_volume(const struct front_point *points, size_t n, size_t dimensions);

#endif
