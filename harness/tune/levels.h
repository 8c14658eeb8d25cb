/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which knobs an exploration turns, and to which values: the table's own choice for a DUT, or the user's. */
#ifndef RXLAB_TUNE_LEVELS_H
#define RXLAB_TUNE_LEVELS_H

#include "harness/record/trial_spec.h"
#include "harness/tune/space.h"
#include "harness/util/err.h"

#define TUNE_LEFT_MAX 32

/* Knobs, or values of them, that are not explored, and why. */
struct tune_left {
	size_t n;
	struct {
		char what[128], why[200];
	} rows[TUNE_LEFT_MAX];
};

/* "rx_usecs=0,10,50" as one more knob of s; whether its values fit is for levels_check(). -EINVAL. */
int levels_parse(struct tune_space *s, const char *text, struct err *e);
/* Every knob of the table over sensible values; left: those that tune never turns by itself, and why. */
void levels_usual(struct tune_space *s, const struct trial *t, struct tune_left *left);
/*
 * Takes out what this trial's testbed, capture and generator refuse, into left, with their reasons. -EINVAL: a name that
 * nobody knows, a knob that the trial itself sets, two values that exclude each other, or nothing remains.
 */
int levels_check(struct tune_space *s, const struct trial *t, struct tune_left *left, struct err *e);
/*
 * Gives each knob its initial level, in order with the others. knobs: what the default's trial has read back, by name
 * (NULL: nothing of that name); a capture's own setting has its default of the table.
 */
void levels_initial(struct tune_space *s, const struct trial *t, const char *(*knob)(void *context, const char *name),
		    void *context);
/* The trial with a setting's values; what is as the machine has it is not set. -EINVAL, -E2BIG. */
int levels_trial(const struct tune_space *s, const struct tune_setting *at, struct trial *t, struct err *e);

#endif
