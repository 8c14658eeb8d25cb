/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random numbers by counter: number n of stream s under a seed is a function of (seed, s, n) alone, so that a run is
 * repeatable, streams do not depend on who draws first, and variants of a run share their numbers.
 *
 * The function is SplitMix64's: a Weyl sequence (n times the golden ratio, from a start that seed and stream are mixed
 * into) through its finaliser. Source: G. Steele, D. Lea and C. Flood, OOPSLA 2014. Not for secrets.
 */
#ifndef RXLAB_RANDOM_H
#define RXLAB_RANDOM_H

#include <math.h>
#include <stdint.h>

struct random {
	uint64_t start;
	uint64_t n; /* numbers drawn */
};

#define RANDOM_WEYL 0x9e3779b97f4a7c15

static inline uint64_t random_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static inline void random_init(struct random *r, uint64_t seed, uint64_t stream)
{
	r->start = random_mix(random_mix(seed + RANDOM_WEYL) ^ (stream * 0xd1342543de82ef95 + 1));
	r->n = 0;
}

static inline uint64_t random_next(struct random *r)
{
	return random_mix(r->start + ++r->n * RANDOM_WEYL);
}

/* Above 0, at most 1, in steps of 2^-53. */
static inline double random_unit(struct random *r)
{
	return (double)((random_next(r) >> 11) + 1) * 0x1p-53;
}

/* Exponential with mean 1. */
static inline double random_exponential(struct random *r)
{
	return -log(random_unit(r));
}

#endif
