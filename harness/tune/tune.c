// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tune/choose.h"
#include "harness/tune/screen.h"
#include "harness/tune/steps.h"

#define SCREEN_SHARE 0.55 /* of the trials, at most */
#define PROVE_PART 6 /* one in so many trials is kept for proof */
#define TURNS 3 /* front, wish, near */
#define TURN_NEAR 2
#define WISH_LEAST 0.002 /* of the range: an answer that is expected to gain less is not worth the turn */

const char *const tune_phase_names[] = { "default", "model", "screen", "explore", "prove", "confirm" };

size_t tune_trials_least(size_t knobs)
{
	size_t rows = screen_least(knobs);

	while ((size_t)((double)rows / SCREEN_SHARE) < rows + 2)
		rows++;
	return (size_t)ceil((double)rows / SCREEN_SHARE);
}

void tune_init(struct tune *t, const struct tune_options *o)
{
	struct screen d = screen_choose(o->space.n, (size_t)(SCREEN_SHARE * (double)o->trials));

	memset(t, 0, sizeof(*t));
	t->o = *o;
	t->rows = d.rows;
	t->clear = d.clear;
	t->row = 1; /* row 0 is the default */
}

static bool next_retry(struct tune *t, struct tune_ask *k)
{
	for (size_t i = 0; i < t->n_points && (!i || t->asked < t->o.trials); i++) {
		struct tune_point *p = &t->points[i];

		if (p->valid || p->refused || p->twin || p->added < p->asked ||
		    p->asked >= (t->o.wall ? TUNE_TRIES_WALL : TUNE_TRIES))
			continue;
		snprintf(k->reason, sizeof(k->reason), "again: %s", p->reason);
		return step_ask(t, &p->at, false, p->phase, k);
	}
	return false;
}

static bool next_default(struct tune *t, struct tune_ask *k)
{
	struct tune_setting at;

	if (t->n_points)
		return false;
	tune_initial(&t->o.space, &at);
	snprintf(k->reason, sizeof(k->reason), "default: every other setting is compared with it");
	return step_ask(t, &at, false, TUNE_DEFAULT, k);
}

static bool next_guess(struct tune *t, struct tune_ask *k)
{
	const struct tune_space *s = &t->o.space;
	struct tune_setting at = t->points[0].at;

	if (t->guessed || !t->o.guess[0])
		return false;
	t->guessed = true;
	for (size_t i = 0; i < s->n; i++)
		for (size_t l = 0; !strcmp(s->knobs[i].name, "rx_usecs") && l < s->knobs[i].n; l++)
			if (!strcmp(s->knobs[i].values[l], t->o.guess))
				at.level[i] = (uint8_t)l;
	if (tune_find(t, &at, false) >= 0)
		return false;
	snprintf(k->reason, sizeof(k->reason),
		 "model: of all rx_usecs it expects no loss here up to the highest rate, %.0f packets/s",
		 t->o.guess_pps);
	return step_ask(t, &at, false, TUNE_MODEL, k);
}

static bool next_screen(struct tune *t, struct tune_ask *k)
{
	const struct screen d = { t->rows, t->clear };
	struct tune_setting at;

	for (; t->row < t->rows; t->row++) {
		screen_row(&d, &t->o.space, t->row, &at);
		if (tune_find(t, &at, false) >= 0 || tune_refused(t, &at))
			continue;
		snprintf(k->reason, sizeof(k->reason), "screen: row %zu of %zu of a two-level design%s", t->row,
			 t->rows - 1, t->clear ? "" : ", in which pairs of knobs look like single ones");
		t->row++;
		return step_ask(t, &at, false, TUNE_SCREEN, k);
	}
	return false;
}

static void say_expected(const struct chooser *c, const struct tune_setting *at, const char *why, double gain,
			 struct tune_ask *k)
{
	double v[TUNE_MEASURES];
	int n = snprintf(k->reason, sizeof(k->reason), "%s (%.2g); expected:", why, gain);

	chooser_expect(c, at, v);
	for (int m = 0; m < TUNE_MEASURES && n < (int)sizeof(k->reason); m++)
		if (c->known[m])
			n += snprintf(k->reason + n, sizeof(k->reason) - (size_t)n, " %s %.4g", tune_measure_names[m],
				      v[m]);
}

/*
 * Whose turn it is: the front's, the wish's, or the wish's among the neighbours of the best answer, for what is expected far
 * away is often wrong. Who promises next to nothing leaves the turn to the front. Returns the candidate, or -1.
 */
static long choose_turn(struct tune *t, const struct chooser *c, const char **why, double *gain)
{
	size_t turn = t->turn++ % TURNS;
	long at = turn ? choose_wish(c, turn == TURN_NEAR, gain) : -1;

	*why = turn == TURN_NEAR ? "wish: the best answer with one knob moved"
				 : "wish: the best answer is expected here";
	if (at < 0 || *gain < WISH_LEAST) {
		at = choose_front(c, gain);
		*why = "front: its volume is expected to grow most here";
	}
	if (at < 0) {
		at = choose_wish(c, false, gain);
		*why = "wish: the best answer is expected here";
	}
	return at;
}

/* kept: trials that are left for other things. before: what this round asks for already. */
static bool next_explore(struct tune *t, size_t kept, struct tune_ask *before, size_t n, struct tune_ask *k)
{
	const char *why = "";
	struct chooser c;
	double gain = 0;
	long at = -1;
	bool asked = false;

	if (t->asked + kept >= t->o.trials)
		return false;
	if (!chooser_begin(&c, t, before, n))
		at = choose_turn(t, &c, &why, &gain);
	if (at >= 0) {
		say_expected(&c, &c.candidates[at], why, gain, k);
		asked = step_ask(t, &c.candidates[at], false, TUNE_EXPLORE, k);
	}
	chooser_end(&c);
	return asked;
}

static bool all_added(const struct tune *t)
{
	for (size_t i = 0; i < t->n_points; i++)
		if (t->points[i].added < t->points[i].asked)
			return false;
	return true;
}

/* A phase begins when the results of the one before are there: n says what this round asks for already. */
static bool next(struct tune *t, struct tune_ask *asks, size_t n)
{
	struct tune_ask *k = &asks[n];
	enum tune_phase now = n ? asks[n - 1].phase : TUNE_DEFAULT;

	if (next_default(t, k))
		return true;
	if (n && now == TUNE_DEFAULT)
		return false;
	if (!n && next_retry(t, k))
		return true;
	if (!t->points[0].valid)
		return false; /* without the default there is nothing to compare with */
	if (now <= TUNE_SCREEN && t->asked < t->o.trials && (next_guess(t, k) || next_screen(t, k)))
		return true;
	if (n && now <= TUNE_SCREEN)
		return false;
	if (now <= TUNE_EXPLORE && next_explore(t, t->o.trials / PROVE_PART, asks, n, k))
		return true;
	if (n && now == TUNE_EXPLORE)
		return false;
	if (now <= TUNE_PROVE && step_prove(t, k))
		return true;
	/* What proof did not need is for exploring. */
	if (now <= TUNE_PROVE && next_explore(t, 0, asks, n, k))
		return true;
	return (!n || now == TUNE_CONFIRM) && step_confirm(t, k);
}

size_t tune_next(struct tune *t, size_t most, struct tune_ask *asks)
{
	size_t n = 0;

	if (!all_added(t))
		return 0;
	while (n < most && n < TUNE_AT_ONCE_MAX && next(t, asks, n))
		n++;
	return n;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double together(const struct tune *t, const struct tune_point *p, int m)
{
	double v[TUNE_REPEATS_MAX] = { 0 };
	size_t n = p->valid;

	for (size_t i = 0; i < n; i++)
		v[i] = p->all[i][m];
	for (size_t i = 0; i < n; i++)
		if (isnan(v[i]))
			return NAN;
	qsort(v, n, sizeof(*v), by_value);
	if (!t->o.wall)
		return v[n - 1];
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

void tune_add(struct tune *t, const struct tune_ask *k, const struct tune_result *r)
{
	long i = tune_find(t, &k->at, k->twin);
	struct tune_point *p;

	if (i < 0)
		return;
	p = &t->points[i];
	p->added++;
	if (!r->valid) {
		p->refused = r->refused;
		snprintf(p->reason, sizeof(p->reason), "%s", r->reason);
		return;
	}
	memcpy(p->all[p->valid++], r->of, sizeof(r->of));
	for (int m = 0; m < TUNE_MEASURES; m++)
		p->of[m] = together(t, p, m);
}
