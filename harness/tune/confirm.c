// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the answer as good with other seeds, or in blocks beside the default and its twin? */
#include <stdio.h>

#include "harness/tune/steps.h"
#include "harness/util/random.h"

#define CONFIRM_ROUNDS 3 /* answers that are confirmed, if each is worse than it seemed */

/* The settings to be confirmed: answer and default; on the wall clock the default's twin and some of the front as well. */
static size_t confirm_list(const struct tune *t, size_t *at)
{
	static bool on[TUNE_TRIALS_MAX];
	long answer = tune_answer(t, &t->o.wish);
	size_t n = 0;

	if (answer < 0)
		return 0;
	at[n++] = 0;
	if (answer)
		at[n++] = (size_t)answer;
	if (t->o.wall)
		tune_front(t, on);
	for (size_t i = 1; t->o.wall && i < t->n_points && n < TUNE_CONFIRMED_MAX; i++)
		if (on[i] && (long)i != answer)
			at[n++] = i;
	return n;
}

static bool is_confirmed(const struct tune *t, const struct tune_point *p)
{
	/* A busy machine may spoil as many again. */
	size_t most = t->o.wall ? 2 * t->o.confirm : t->o.confirm;

	return p->asked > most || p->valid >= t->o.confirm + !p->twin || p->asked == TUNE_REPEATS_MAX;
}

/* The twin of the default begins with the blocks. */
static void twin_make(struct tune *t)
{
	const struct tune_setting *at = &t->points[0].at;

	if (t->o.wall && tune_find(t, at, true) < 0 && t->n_points < TUNE_TRIALS_MAX)
		t->points[t->n_points++] =
			(struct tune_point) { .at = *at, .twin = true, .phase = TUNE_CONFIRM, .asked = 1, .added = 1 };
}

/*
 * Of those that are to be confirmed, one of the earliest block; within a block the order is another each time. Without
 * blocks the default is first: it is always part of what is compared.
 */
static long confirm_next(struct tune *t)
{
	size_t list[TUNE_CONFIRMED_MAX + 1], n = confirm_list(t, list);
	uint64_t least = UINT64_MAX;
	long best = -1, twin;

	if (n && (twin = tune_find(t, &t->points[0].at, true)) >= 0)
		list[n++] = (size_t)twin;
	for (size_t i = 0; i < n; i++) {
		const struct tune_point *p = &t->points[list[i]];
		uint64_t block = t->o.wall || list[i] ? p->asked : 0;
		uint64_t order = block << 48 | random_mix(p->asked * 1000 + list[i]) >> 16;

		if (!is_confirmed(t, p) && order < least) {
			least = order;
			best = (long)list[i];
		}
	}
	return best;
}

/* If the answer is no longer the best, now that it was tried again, the next one is confirmed. */
bool step_confirm(struct tune *t, struct tune_ask *k)
{
	long i;

	if (!t->o.confirm || t->n_points == 0 || !t->points[0].valid)
		return false;
	twin_make(t);
	i = confirm_next(t);
	if (i < 0 || t->confirmed >= CONFIRM_ROUNDS * t->o.confirm * (t->o.wall ? TUNE_CONFIRMED_MAX + 1 : 2))
		return false;
	t->confirmed++;
	snprintf(k->reason, sizeof(k->reason), "confirm: %s, %s %zu",
		 t->points[i].twin ? "the default's twin (A/A)"
		 : !i		   ? "the default"
				   : "a setting of the front",
		 t->o.wall ? "block" : "other seed", t->points[i].asked);
	return step_ask(t, &t->points[i].at, t->points[i].twin, TUNE_CONFIRM, k);
}
