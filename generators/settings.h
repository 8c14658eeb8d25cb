/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of a generator: rows of a table, and what a trial says of them. Knows no generator. */
#ifndef RXLAB_GENERATOR_SETTINGS_H
#define RXLAB_GENERATOR_SETTINGS_H

#include <stdint.h>

#include "harness/record/settings.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

/* What a setting means for the frames, so that nobody has to know its name. */
enum setting_effect {
	EFFECT_NONE,
	EFFECT_BUNCHES, /* above 1: several frames at one time */
	EFFECT_REPEATS, /* above 0: frames share sequence numbers */
	EFFECT_ARRIVALS, /* each frame has a time; the first word is the constant gap */
	EFFECT_TIMES, /* a file whose frames bring their times */
};

/* One option, set by `--set gen.NAME=value`. */
struct generator_setting {
	const char *name;
	uint64_t initial, min, max;
	const char *help; /* unit first */
	/* Ends with NULL; the value is one of them, its number the index. NULL: a number. generator_file: a file's SHA-256. */
	const char *const *words;
	enum setting_effect effect;
};

extern const char *const generator_file[]; /* the words of a setting that is a file */

/* rows: ends with a NULL name; NULL if there are none. */
const struct generator_setting *setting_find(const struct generator_setting *rows, const char *name);
/* -EINVAL: no number in the range, none of the words. */
int setting_parse(const struct generator_setting *s, const char *text, uint64_t *v);
/* As the trial has it, or the initial value; 0: there is no such row. */
uint64_t setting_number(const struct generator_setting *rows, const struct trial *t, const char *name);
int setting_refuse(const struct generator_setting *s, const char *key, const char *value, struct err *e); /* -EINVAL */

#endif
