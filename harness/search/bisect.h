/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bisection over ordered versions: between which two neighbours did something change? Pure: it says which version is next
 * and why, and is told what came of it.
 *
 * Both ends are asked first. Then the middle one of those between the last good and the first bad version that nobody has
 * tried: each answer halves them, so that of n versions at most ceil(log2 n) + 2 are measured. One that cannot run is left
 * out, as `git bisect skip` does, and its neighbour is asked.
 */
#ifndef RXLAB_BISECT_H
#define RXLAB_BISECT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/util/err.h"

#define BISECT_VERSIONS_MAX 256
#define BISECT_REASON 160

enum bisect_verdict { BISECT_UNTRIED, BISECT_GOOD, BISECT_BAD, BISECT_SKIP };

struct bisect {
	size_t n;
	enum bisect_verdict verdict[BISECT_VERSIONS_MAX];
	size_t good, bad; /* the last good and the first bad version; valid once both ends are told */
	size_t measured; /* versions that were good or bad */
};

/* 2 to BISECT_VERSIONS_MAX versions, the good one first, the bad one last; else -EINVAL. */
int bisect_init(struct bisect *b, size_t n, struct err *e);
/* The version to try next, and why; false when there is none: it is found, or an end is not what it was said to be. */
bool bisect_next(const struct bisect *b, size_t *version, char reason[BISECT_REASON]);
/*
 * What came of the version that bisect_next() named. An end that was skipped, a good end that is bad or a bad end that is
 * good ends the bisection: -EINVAL, and a message in which ends are called "the good end" and "the bad end".
 */
int bisect_add(struct bisect *b, size_t version, enum bisect_verdict verdict, struct err *e);
/* Versions between the two neighbours that could not run; 0: they are neighbours in the whole list. */
size_t bisect_skipped(const struct bisect *b);

#endif
