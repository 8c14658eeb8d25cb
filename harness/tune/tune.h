/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exploration of settings at one rate: which trial next, and what the trials say. Pure: equal options and equal
 * results ask for equal trials, in equal order.
 *
 *   default    the machine as it is; every other setting is compared with it
 *   model      the rx_usecs at which the queueing model, where it is calibrated, loses nothing up to the highest rate
 *   screen     a two-level design over all knobs (screen.h)
 *   explore    in turn: where the front is expected to move most (expected gain of its volume), and where the best answer
 *              to the wish is expected; both by what the measured ones teach (surrogate.h)
 *   prove      the best answer with one knob after the other as the machine has it: a knob whose trial says the same is
 *              not part of the answer; and all knobs that seem to have no effect, moved together
 *   confirm    the answer, the default and some of the front again: other seeds; on the wall clock in blocks, the default
 *              twice (A/A)
 */
#ifndef RXLAB_TUNE_H
#define RXLAB_TUNE_H

#include "harness/tune/measure.h"
#include "harness/tune/space.h"
#include "harness/tune/wish.h"

#define TUNE_TRIALS_MAX 300
#define TUNE_AT_ONCE_MAX 64
#define TUNE_TRIES 2 /* without a result, after which a setting is given up */
#define TUNE_TRIES_WALL 6 /* likewise, where a busy machine may spoil any trial */
#define TUNE_CONFIRMED_MAX 4 /* settings that are confirmed in blocks */
#define TUNE_REPEATS_MAX 32

enum tune_phase { TUNE_DEFAULT, TUNE_MODEL, TUNE_SCREEN, TUNE_EXPLORE, TUNE_PROVE, TUNE_CONFIRM };
extern const char *const tune_phase_names[];

struct tune_options {
	struct tune_space space;
	struct tune_wish wish;
	size_t trials; /* before those that confirm */
	size_t confirm; /* trials of each confirmed setting besides its first; 0: none */
	bool wall;
	char guess[TUNE_VALUE_MAX]; /* the model's rx_usecs; "": it has none to say */
	double guess_pps; /* up to which it expects no loss there */
};

struct tune_ask {
	struct tune_setting at;
	unsigned int repeat; /* of this setting, from 0: another seed or block each */
	bool twin; /* the A/A pair's second one: a trial that differs in its label alone */
	enum tune_phase phase;
	char reason[TUNE_REASON_MAX];
};

/* A setting that was asked for, and its results. */
struct tune_point {
	struct tune_setting at;
	bool twin;
	enum tune_phase phase; /* that it was first asked for in */
	size_t asked, added, valid;
	double all[TUNE_REPEATS_MAX][TUNE_MEASURES]; /* the valid ones */
	double of[TUNE_MEASURES]; /* virtual clock: the worst of its seeds; wall clock: the median of its blocks */
	bool refused;
	char reason[TUNE_REASON_MAX]; /* of the last trial without a result */
};

struct tune {
	struct tune_options o;
	size_t n_points;
	struct tune_point points[TUNE_TRIALS_MAX];
	size_t asked; /* trials but those that confirm */
	bool guessed;
	size_t row; /* of the screen, that is next */
	size_t rows;
	bool clear; /* the screen's single effects are not mixed with those of pairs */
	size_t turn; /* while exploring: the front's, or the wish's */
	size_t n_groups, group; /* of knobs that seem to have no effect; and the one that is next */
	uint32_t groups[2 * TUNE_KNOBS_MAX];
	bool groups_made;
	size_t confirmed; /* trials that confirm */
};

void tune_init(struct tune *t, const struct tune_options *o);
/* The least --trials that screens so many knobs, finds something and proves it. */
size_t tune_trials_least(size_t knobs);
/* The next trials, at most `most`, in any order; their results are added in the order of the asks. 0: done. */
size_t tune_next(struct tune *t, size_t most, struct tune_ask *asks);
void tune_add(struct tune *t, const struct tune_ask *ask, const struct tune_result *r);
/*
 * Index of the best answer to the wish among the points, or -1: nothing was measured. Of answers as good, first the one
 * that more trials confirm, then the one that moves fewer knobs.
 */
long tune_answer(const struct tune *t, const struct tune_wish *w);
/* The answer that is given: of the confirmed ones, if there are any. */
long tune_final(const struct tune *t);
long tune_find(const struct tune *t, const struct tune_setting *at, bool twin);
/* Points that count: they have a result, and are nobody's twin. */
bool tune_counts(const struct tune_point *p);
/* Which measures are known of every point that counts; others are no part of front and wish. */
void tune_known(const struct tune *t, bool known[TUNE_MEASURES]);
/* Most less least of the points that count; 0: nothing differs. */
void tune_scales(const struct tune *t, double least[TUNE_MEASURES], double scale[TUNE_MEASURES]);
/* on[i]: is points[i] on the front of what is known? Returns how many are. */
size_t tune_front(const struct tune *t, bool *on);
/* Has it a level with which trials failed, and none worked? The machine may not take it. */
bool tune_refused(const struct tune *t, const struct tune_setting *at);
/* Does the point say the same as the default of all that is known? Exact: for the virtual clock. */
bool tune_as_default(const struct tune *t, const struct tune_point *p);
/* Volume of the front over loss, p99, cpu and irq, as far as known, scaled by least and scale; of 1.1^dimensions. */
double tune_volume(const struct tune *t, const double *least, const double *scale);

#endif
