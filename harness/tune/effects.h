/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each knob does by itself, and what two do only together, by what the measured settings teach. Pure. */
#ifndef RXLAB_TUNE_EFFECTS_H
#define RXLAB_TUNE_EFFECTS_H

#include "harness/tune/choose.h"

/* values[l]: the measure with the knob at level l, the other knobs as the measured settings have them (geometric mean). */
void effects_single(const struct chooser *c, size_t knob, enum tune_measure m, double *values);
/*
 * By how much, at most, two knobs moved from the default together do other than both moved by themselves: on the bent scale
 * (measure.h), which for a measure without zeros is the logarithm of a factor. levels: where.
 */
double effects_pair(const struct chooser *c, size_t i, size_t j, enum tune_measure m, size_t levels[2]);

#endif
