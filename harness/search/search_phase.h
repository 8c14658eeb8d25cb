/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the trials so far say about one goal. search.c reads it to decide what to ask for next. Pure. */
#ifndef RXLAB_SEARCH_PHASE_H
#define RXLAB_SEARCH_PHASE_H

#include "harness/search/search.h"

/* One goal at one size of its trials. */
struct search_phase {
	size_t goal;
	unsigned int number;
	struct search_goal g;
	uint64_t lower, upper; /* relevant bounds; 0 = none */
	uint64_t wall; /* lowest rate above lower and below upper without a result; 0 = none */
	uint64_t before_lower, before_upper; /* the bounds of the phase before */
};

/* 1, or more where a goal begins with shorter trials. */
unsigned int search_phases(const struct search_goal *g);
/* p holds the previous phase, or zeroes for phase 0. */
void search_phase(const struct search *s, size_t goal, unsigned int number, struct search_phase *p);
/* Are both bounds known, and as near to each other as the goal's width asks? */
bool search_reached(const struct search_phase *p);
/* The highest rate that the search may ask for. */
uint64_t search_cap(const struct search *s, const struct search_phase *p);

double search_width(uint64_t lower, uint64_t upper); /* share of the upper */
/* Given up: too many of its trials gave no result. */
bool search_unusable(const struct search_load *l);
enum search_class search_class_of(const struct search *s, const struct search_goal *g, uint64_t rate);

#endif
