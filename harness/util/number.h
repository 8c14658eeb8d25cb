/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses numbers strictly: decimal digits only, nothing before or after them, no overflow. Tests of numbers. */
#ifndef RXLAB_NUMBER_H
#define RXLAB_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* 0, -EINVAL (not a number), -ERANGE (a negative or too large one). */
int number_parse(const char *text, uint64_t *value);

static inline bool is_power_of_two(uint64_t v)
{
	return v && !(v & (v - 1));
}

#endif
