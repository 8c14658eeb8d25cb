// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "harness/tune/front.h"

static bool covers(const struct front_point *a, const struct front_point *b, size_t dimensions)
{
	for (size_t d = 0; d < dimensions; d++)
		if (a->at[d] > b->at[d])
			return false;
	return true;
}

bool front_dominates(const struct front_point *a, const struct front_point *b, size_t dimensions)
{
	return covers(a, b, dimensions) && !covers(b, a, dimensions);
}

static bool is_beaten(const struct front_point *points, size_t n, size_t dimensions, size_t i)
{
	for (size_t j = 0; j < n; j++)
		if (j != i && covers(&points[j], &points[i], dimensions) &&
		    (j < i || !covers(&points[i], &points[j], dimensions)))
			return true;
	return false;
}

size_t front_find(const struct front_point *points, size_t n, size_t dimensions, bool *on)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += on[i] = !is_beaten(points, n, dimensions, i);
	return found;
}

static size_t slicing; /* the dimension that qsort() compares by: it takes no context */

static int by_last(const void *a, const void *b)
{
	double x = ((const struct front_point *)a)->at[slicing], y = ((const struct front_point *)b)->at[slicing];

	return (x > y) - (x < y);
}

/* Those of the n points that no other covers, moved to the beginning; how many. */
static size_t keep_best(struct front_point *points, size_t n, size_t dimensions)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool beaten = false;
		size_t left = 0;

		for (size_t j = 0; j < kept && !beaten; j++)
			beaten = covers(&points[j], &points[i], dimensions);
		if (beaten)
			continue;
		for (size_t j = 0; j < kept; j++)
			if (!covers(&points[i], &points[j], dimensions))
				points[left++] = points[j];
		points[left++] = points[i];
		kept = left;
	}
	return kept;
}

/* Slices along the last dimension; in each, the volume of those points that reach into it. Takes the points over. */
static double volume(struct front_point *points, size_t n, size_t dimensions)
{
	struct front_point *slice;
	double sum = 0;

	n = keep_best(points, n, dimensions);
	slicing = dimensions - 1;
	qsort(points, n, sizeof(*points), by_last);
	if (dimensions == 1)
		return n ? FRONT_REFERENCE - points[0].at[0] : 0;
	slice = malloc((n + 1) * sizeof(*slice));
	if (!slice)
		return NAN;
	for (size_t i = 0; i < n; i++) {
		double from = points[i].at[dimensions - 1];
		double to = i + 1 < n ? points[i + 1].at[dimensions - 1] : FRONT_REFERENCE;

		for (size_t j = 0; j <= i; j++)
			slice[j] = points[j];
		if (to > from)
			sum += (to - from) * volume(slice, i + 1, dimensions - 1);
	}
	free(slice);
	return sum;
}

double front_volume(const struct front_point *points, size_t n, size_t dimensions)
{
	struct front_point *inside = malloc((n + 1) * sizeof(*inside));
	size_t kept = 0;
	double sum;

	if (!inside)
		return NAN;
	for (size_t i = 0; i < n; i++) {
		bool in = true;

		for (size_t d = 0; d < dimensions; d++)
			in = in && points[i].at[d] < FRONT_REFERENCE;
		if (in)
			inside[kept++] = points[i];
	}
	sum = kept ? volume(inside, kept, dimensions) : 0;
	free(inside);
	return sum;
}
