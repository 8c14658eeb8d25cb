/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The measured loss-free rate: the rule of harness/analysis/rates.py, which results/fixtures/rules.json holds both to. */
#ifndef RXLAB_LOSS_LIMITS_H
#define RXLAB_LOSS_LIMITS_H

#include <stddef.h>

#include "models/point.h"

struct loss_limits {
	double free; /* pps achieved: the highest rate asked for up to which no trial lost a frame; 0 = none */
	double bad; /* pps achieved: the first rate at which one did; INFINITY = none */
	const struct point *first_bad; /* a point of that rate that lost; NULL = none */
};

/* For one curve's points, which it sorts by the rates asked for. Otherwise pure. */
struct loss_limits loss_limits(const struct point **p, size_t n);

#endif
