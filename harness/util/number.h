/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers from text, strictly: decimal digits only, nothing before or behind, no overflow. */
#ifndef RXLAB_NUMBER_H
#define RXLAB_NUMBER_H

#include <stdint.h>

/* 0, -EINVAL (not a number), -ERANGE (a negative or too large one). */
int number_parse(const char *text, uint64_t *value);

#endif
