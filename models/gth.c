// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "models/gth.h"

#define WORK_MAX 1e10
#define ENTRIES_MAX 1e8
#define LARGE 1e200

int gth_init(struct gth *g, size_t states, size_t band, struct err *e)
{
	double n = (double)states, w = (double)band;

	*g = (struct gth) { .states = states, .band = band };
	if (n * w * w > WORK_MAX || n * (2 * w + 1) > ENTRIES_MAX)
		return err_set(e, -EINVAL, "capacity: the chain has %zu states, too many for their band of %zu", states,
			       band);
	g->rate = calloc(states * (2 * band + 1), sizeof(*g->rate));
	g->later = calloc(states + 1, sizeof(*g->later));
	if (g->rate && g->later)
		return 0;
	gth_free(g);
	return err_set(e, -ENOMEM, "out of memory");
}

void gth_free(struct gth *g)
{
	free(g->rate);
	free(g->later);
	g->rate = g->later = NULL;
}

static double *entry(const struct gth *g, size_t i, size_t j)
{
	return &g->rate[i * (2 * g->band + 1) + g->band + j - i];
}

void gth_add(struct gth *g, size_t i, size_t j, double rate)
{
	*entry(g, i, j) += rate;
}

/* Eliminates state k: transitions into it are passed on to its successors. */
static void eliminate(const struct gth *g, size_t k, size_t first)
{
	const double *out = entry(g, k, first);
	double sum = 0;

	for (size_t j = first; j < k; j++)
		sum += out[j - first];
	for (size_t i = first; i < k; i++) {
		double *row = entry(g, i, first), share = *entry(g, i, k) / sum;

		*entry(g, i, k) = share;
		if (share == 0)
			continue;
		for (size_t j = 0; j < k - first; j++)
			row[j] += share * out[j];
	}
}

/*
 * Only the states that are still needed are scaled at once: all of them each time would be the square of their number.
 */
static void scale(const struct gth *g, double *share, size_t first, size_t k)
{
	double by = share[k];

	for (size_t i = first; i <= k; i++)
		share[i] /= by;
	g->later[first] = (g->later[first] > 0 ? g->later[first] : 1) / by;
}

static void normalise(const struct gth *g, double *share)
{
	double sum = 0, by = 1;

	for (size_t k = g->states; k-- > 0;) {
		if (g->later[k + 1] > 0)
			by *= g->later[k + 1];
		share[k] *= by;
		sum += share[k];
	}
	for (size_t k = 0; k < g->states; k++)
		share[k] /= sum;
}

void gth_solve(struct gth *g, double *share)
{
	for (size_t k = g->states - 1; k > 0; k--)
		eliminate(g, k, k > g->band ? k - g->band : 0);
	share[0] = 1;
	for (size_t k = 1; k < g->states; k++) {
		size_t first = k > g->band ? k - g->band : 0;

		share[k] = 0;
		for (size_t i = first; i < k; i++)
			share[k] += share[i] * *entry(g, i, k);
		if (share[k] > LARGE)
			scale(g, share, first, k);
	}
	normalise(g, share);
}
