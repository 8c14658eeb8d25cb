/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The goals of a search, and how the trials at one rate are judged by them: RFC
 * 9971 (MLRsearch), its names without "Goal". Pure.
 *
 * A trial's size is its duration in s or its number of frames, one of the two
 * for a whole search. Frames where the RFC has time: what a ring hides is a
 * number of frames, and so every rate is judged by the same burst.
 */
#ifndef RXLAB_SEARCH_GOAL_H
#define RXLAB_SEARCH_GOAL_H

#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

#define SEARCH_GOALS_MAX 8
#define SEARCH_WIDTH_LEAST 1e-4

struct search_goal {
	double loss; /* share of the frames that a low-loss trial may lose; 0 to below 1 */
	double exceed; /* share of the sizes that may belong to high-loss trials at a lower bound; 0 to below 1 */
	double width; /* 1 - lower / upper, to end at */
	double initial, final,
		sum; /* sizes: of the first trials, of the last ones, of all at one rate; 0 = not given */
};

struct search_trial {
	uint64_t rate; /* the load: asked, and of an unpaced one achieved; pps of all senders */
	double size;
	double loss; /* share of the frames sent */
};

enum search_class { SEARCH_UNDECIDED, SEARCH_LOWER, SEARCH_UPPER };

/*
 * "loss=0.5%,exceed=50%,width=1%,initial=2000,final=20000,sum=60000"; sizes as "0.2s" are seconds, which *timed becomes
 * (-1 = not known yet). Keys that are not there keep what *g has. -EINVAL with a message that names the key.
 */
int search_goal_parse(struct search_goal *g, const char *text, int *timed, struct err *e);
/* Checks the ranges of a complete goal. */
int search_goal_check(const struct search_goal *g, struct err *e);
/* Returns what snprintf() returns; the text can be parsed again into the same goal. */
int search_goal_format(const struct search_goal *g, int timed, char *text, size_t size);

/* RFC 9971, appendix "Load Classification Code". */
enum search_class search_classify(const struct search_goal *g, const struct search_trial *t, size_t n, uint64_t rate);
/* RFC 9971, appendix "Conditional Throughput Code": pps of a lower bound. */
double search_throughput(const struct search_goal *g, const struct search_trial *t, size_t n, uint64_t rate);

#endif
