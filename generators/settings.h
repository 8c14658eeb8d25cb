/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A generator's settings: the rows of its table, and their values in a trial. Independent of any one generator. */
#ifndef RXLAB_GENERATOR_SETTINGS_H
#define RXLAB_GENERATOR_SETTINGS_H

#include <stdint.h>

#include "harness/record/settings.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

/* What a setting does to the frames, so that code need not compare names. */
enum setting_effect {
	EFFECT_NONE,
	EFFECT_BUNCHES, /* if above 1: several frames at one time */
	EFFECT_REPEATS, /* if above 0: frames share sequence numbers */
	EFFECT_ARRIVALS, /* each frame has its own time, unless the value is the first word: constant gaps */
	EFFECT_TIMES, /* a file of frames with times */
};

/* One option, set by `--set gen.NAME=value`. */
struct generator_setting {
	const char *name;
	uint64_t initial, min, max;
	const char *help; /* unit first */
	/* Allowed words, ended by NULL; the value is an index. NULL: a number. generator_file: a file's SHA-256. */
	const char *const *words;
	enum setting_effect effect;
};

extern const char *const generator_file[]; /* `words` of a setting that is a file */

/* rows: ends with a NULL name; NULL if there are none. */
const struct generator_setting *setting_find(const struct generator_setting *rows, const char *name);
/* -EINVAL: not a number in the range, or none of the words. */
int setting_parse(const struct generator_setting *s, const char *text, uint64_t *v);
/* The trial's value, or the initial one; 0: no such row. */
uint64_t setting_number(const struct generator_setting *rows, const struct trial *t, const char *name);
int setting_refuse(const struct generator_setting *s, const char *key, const char *value, struct err *e); /* -EINVAL */

#endif
