/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When each frame of one sender is to leave, drawn before the trial so that sending has nothing to compute: the arrival
 * processes of generators/arrivals.h at the trial's mean rate.
 *
 * The times are absolute: a sender that was kept from its CPU catches up in a bunch, and the mean rate holds. One that
 * ends late by more than SCHEDULE_LATE makes the trial invalid.
 */
#ifndef RXLAB_SCHEDULE_H
#define RXLAB_SCHEDULE_H

#include "generators/generator.h"

#define SCHEDULE_LATE 0.005 /* of the planned time */
#define SCHEDULE_SLACK_NS 100000 /* and of any: the last call's own time */

enum schedule_law { SCHEDULE_CONSTANT, SCHEDULE_POISSON, SCHEDULE_ON_OFF };

/* Rows of a generator's settings. */
/* clang-format off */
#define SCHEDULE_SETTINGS \
	{ "arrivals", SCHEDULE_CONSTANT, 0, SCHEDULE_ON_OFF, "law: of the gaps at a paced rate", schedule_laws }, \
	{ "on_us", 1000, 1, 10000000, "us: mean on period of on-off; while on, the rate is higher, so that the mean is --rate", \
	  NULL }, \
	{ "off_us", 1000, 1, 10000000, "us: mean off period of on-off", NULL }
/* clang-format on */

extern const char *const schedule_laws[];

struct schedule {
	uint64_t *due; /* ns from the start, one a frame; NULL: unpaced */
	uint64_t n; /* frames */
};

int schedule_make(struct schedule *s, const struct trial *t, uint32_t k, struct err *e);
uint64_t schedule_ns(const struct schedule *s); /* from the start to the last frame's time */
void schedule_free(struct schedule *s); /* safe on a zeroed struct */

#endif
