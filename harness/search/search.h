/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for the highest rate that meets a goal: which trial next, and
 * what the trials say (RFC 9971; search_goal.h judges them). Pure: equal
 * options and equal results ask for equal trials, in equal order.
 *
 * A goal keeps a bracket, its highest lower bound below its lowest upper
 * bound, and a belief where between them the sought rate lies. The next trial
 * is where the belief is least sure, at its median within the bracket. Beliefs:
 *
 *   hint      around a prediction (rate_prior.h)
 *   overload  around what the trial with the least overload forwarded, once that
 *             is surer; MLRsearch begins so, with a trial at the highest rate
 *   flat      no centre: the middle in log(rate)
 *
 * While a belief is wrong the steps about double, and far from its centre a
 * bracket is bisected: a wrong hint costs a few trials and never the result.
 *
 * Several trials at once are quantiles of the belief in place of its median.
 */
#ifndef RXLAB_SEARCH_H
#define RXLAB_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/campaign/rate_prior.h"
#include "harness/search/search_goal.h"

#define SEARCH_TRIALS_MAX 1000
#define SEARCH_AT_ONCE_MAX 64
#define SEARCH_INVALID_TRIES 3 /* trials without a result after which a rate is given up */
#define SEARCH_REASON_MAX 240

struct search_options {
	size_t n_goals;
	struct search_goal goals[SEARCH_GOALS_MAX]; /* checked */
	struct rate_prior hints[SEARCH_GOALS_MAX]; /* of each goal's rate, before anything was measured */
	uint64_t min_rate, max_rate; /* pps; max_rate 0 = as fast as the sender goes */
	bool timed; /* sizes are s, not frames */
};

/* A trial that the search asks for. */
struct search_ask {
	uint64_t rate; /* pps; RATE_MAX = unpaced */
	uint64_t count; /* frames */
	double size;
	unsigned int repeat; /* of this rate, from 0: another seed each */
	size_t load; /* its place in the state */
	char reason[SEARCH_REASON_MAX];
};

struct search_result {
	bool valid; /* the sender did what was asked and every frame is accounted for */
	double loss; /* share of the frames sent */
	uint64_t achieved_pps;
	char reason[SEARCH_REASON_MAX]; /* why not valid */
};

/* A rate that was asked for, and its results. */
struct search_load {
	uint64_t rate; /* unpaced: the least that was achieved, 0 before: on a wall clock they differ */
	unsigned int asked, valid, invalid;
	bool cut; /* the last trial was over before its time: an unpaced sender faster than was thought */
	char reason[SEARCH_REASON_MAX]; /* of the last invalid trial */
};

struct search {
	struct search_options o;
	size_t n_trials;
	struct search_trial trials[SEARCH_TRIALS_MAX]; /* the valid ones */
	size_t n_loads;
	struct search_load loads[SEARCH_TRIALS_MAX];
	size_t asked, added; /* trials */
	int unpaced; /* index of the load that is, or -1 */
	uint64_t fastest; /* most that an unpaced trial achieved, pps; 0 before */
};

/* The state of a goal; at the end, its result. Rates in pps, 0 = none. */
struct search_outcome {
	bool regular; /* both bounds are there and near enough */
	uint64_t lower, upper; /* relevant bounds; without an upper one, the highest lower one */
	double throughput; /* conditional, at the lower bound */
	char reason[SEARCH_REASON_MAX]; /* why not regular */
};

void search_init(struct search *s, const struct search_options *o);
/*
 * The next trials, at most `most`, to be run in any order; their results are
 * added, in the order of the asks, before the next call. 0 = done.
 */
size_t search_next(struct search *s, size_t most, struct search_ask *asks);
void search_add(struct search *s, const struct search_ask *ask, const struct search_result *r);
void search_outcome(const struct search *s, size_t goal, struct search_outcome *out);

#endif
