/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trials of a campaign, expanded and ordered. Pure: the same campaign
 * gives the same plan, whatever the machine.
 *
 * The order is a seeded shuffle, so that neighbouring trials differ and a
 * slow drift of a wall-clock testbed spreads over all points. With blocks, all
 * trials of a block come before any of the next, each block in an order of its
 * own; a trial's seed is the number of its block.
 *
 * Blocks on the wall clock need an A/A pair: two trials that differ in nothing
 * but their label, which shows what difference the campaign sees where none is.
 */
#ifndef RXLAB_PLAN_H
#define RXLAB_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/campaign/campaign.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

#define PLAN_TRIALS_MAX 100000

struct plan_point {
	char *text; /* trial_format(): a tenth of struct trial's size */
	uint64_t key; /* the id as a number */
	uint32_t sweep;
	char *reason; /* why it is planned; NULL: the campaign says so */
	uint32_t block; /* from 1; 0: the campaign has none */
};

struct plan_index {
	uint64_t key;
	size_t at;
};

struct plan {
	char testbed[16]; /* the one of all trials */
	size_t n;
	struct plan_point *points; /* in the order in which they run and are stored */
	struct plan_index *index; /* the same by key */
};

/* -EINVAL with FILE:LINE for what does not exist, does not fit, stands twice or is too much. */
int plan_make(struct plan *p, const struct campaign *c, struct err *e);
/* Appends a trial with its reason; p may be zeroed. -EEXIST if the plan has it already. */
int plan_append(struct plan *p, const struct trial *t, const char *reason, struct err *e);
/* Orders a plan whose trials were appended, in the same way as plan_make(). */
int plan_order(struct plan *p, uint64_t seed, struct err *e);
/* Checks that a wall-clock campaign in blocks has its A/A pair: -EINVAL with FILE:LINE. Called by plan_make(). */
int plan_pair(const struct plan *p, const struct campaign *c, struct err *e);
/* Parts of the above. The text and key of a trial; -ENOMEM. */
int plan_point_make(struct plan_point *point, const struct trial *t, struct err *e);
void plan_sort(struct plan *p); /* by key, then sweep */
void plan_free(struct plan *p); /* safe on a zeroed struct */
void plan_trial(const struct plan *p, size_t i, struct trial *t);
/* Index of the trial with this id, or -1. */
long plan_find(const struct plan *p, const char *id);
/* `--dry-run`: a line for each trial in order, its id first; what is not the campaign's own with its reason. */
void plan_print(const struct plan *p, FILE *out);
/* malloc'd JSON line without its end: id, trial, reason; NULL = out of memory. */
char *plan_line(const struct plan *p, size_t i);

#endif
