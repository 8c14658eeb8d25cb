/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A counter that may be unknown. Unknown is written as null, never as 0. */
#ifndef RXLAB_COUNTER_H
#define RXLAB_COUNTER_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct counter {
	uint64_t value;
	bool known;
};

static inline struct counter counter_unknown(void)
{
	return (struct counter) { .known = false };
}

static inline struct counter counter_of(uint64_t value)
{
	return (struct counter) { .value = value, .known = true };
}

/* A figure with three decimals, as a whole number of thousandths, and back. Not for negative ones. */
static inline struct counter counter_of_thousandths(double v)
{
	return counter_of((uint64_t)llround(v * 1000));
}

static inline double counter_thousandths(struct counter c)
{
	return (double)c.value / 1000;
}

/* Adds b to a; unknown counts as 0, and the sum is known if either is. */
static inline void counter_add(struct counter *a, struct counter b)
{
	if (!b.known)
		return;
	a->value += b.value;
	a->known = true;
}

/* after - before; unknown if either is, or if the counter fell: a driver was reset, or it wrapped. */
static inline struct counter counter_diff(struct counter after, struct counter before)
{
	if (!after.known || !before.known || after.value < before.value)
		return (struct counter) { 0 };
	return counter_of(after.value - before.value);
}

#endif
