/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When each frame of one sender is to leave, drawn before the trial so that sending has nothing to compute: the arrival
 * processes of generators/arrivals.h at the trial's mean rate, or the times of a file, stretched to that rate.
 *
 * The times are absolute: a sender that was kept from its CPU catches up in a bunch, and the mean rate holds. One that
 * ends late by more than SCHEDULE_LATE makes the trial invalid.
 */
#ifndef RXLAB_SCHEDULE_H
#define RXLAB_SCHEDULE_H

#include "generators/generator.h"
#include "generators/recorded.h"

#define SCHEDULE_LATE 0.005 /* share of the planned time */
#define SCHEDULE_SLACK_NS 100000 /* and in any case: the time of the last call itself */

enum schedule_law { SCHEDULE_CONSTANT, SCHEDULE_POISSON, SCHEDULE_ON_OFF, SCHEDULE_TRACE };

/* Rows of a generator's settings. Its check() is schedule_check(), or calls it. */
/* clang-format off */
#define SCHEDULE_LAW_SETTINGS(name, initial, words) \
	{ name, initial, 0, SCHEDULE_TRACE, "law: of the gaps at a paced rate", words, EFFECT_ARRIVALS }, \
	{ "on_us", 1000, 1, 10000000, "us: mean on period of on-off; while on, the rate is higher, so that the mean is --rate", \
	  NULL, EFFECT_NONE }, \
	{ "off_us", 1000, 1, 10000000, "us: mean off period of on-off", NULL, EFFECT_NONE }, \
	{ "bunch", 1, 1, 10000, "frames: that are due at one time; with bunch_law=geometric, their mean", NULL, EFFECT_BUNCHES }, \
	{ "bunch_law", 0, 0, 1, "law: of the bunches' sizes", schedule_bunches, EFFECT_NONE }
#define SCHEDULE_SETTINGS \
	SCHEDULE_LAW_SETTINGS("arrivals", SCHEDULE_CONSTANT, schedule_laws), \
	{ "trace", 0, 0, 0, "file: of times, for arrivals=trace", generator_file, EFFECT_NONE }, \
	SCHEDULE_FILE_SETTINGS
/* Rows of every generator that reads frame times from a file. */
#define SCHEDULE_FILE_SETTINGS \
	{ "sort", 0, 0, 1, "no or yes: a capture file's frames by time", recorded_sort, EFFECT_NONE }, \
	{ "speed", 100, 1, 100000, "percent: of the file's own rate, exactly, with --rate own", NULL, EFFECT_NONE }
/* clang-format on */

/* In schedule_laws_of_file, the file's own times take the index of a trace. */
extern const char *const schedule_laws[], *const schedule_laws_of_file[], *const schedule_bunches[];

struct schedule {
	uint64_t *due; /* ns after the start, one for each frame; NULL: unpaced */
	uint64_t n; /* frames */
};

/* Do the settings fit each other, the rate and the count? -EINVAL names the setting. Reads the file, if any. */
int schedule_check(const struct trial *t, struct err *e);
int schedule_check_file(const char *path, struct err *e); /* of gen.trace */
int schedule_make(struct schedule *s, const struct trial *t, uint32_t k, struct err *e);
uint64_t schedule_ns(const struct schedule *s); /* from the start to the last frame's time */
void schedule_free(struct schedule *s); /* safe on a zeroed struct */

#endif
