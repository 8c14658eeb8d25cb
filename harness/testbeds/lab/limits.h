/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of the knobs that the lab's DUT accepts: an Intel 82576 under the kernel's igb. */
#ifndef RXLAB_LAB_LIMITS_H
#define RXLAB_LAB_LIMITS_H

#include "harness/dut/knobs.h"

extern const struct knob_limit lab_limits[]; /* ends with a NULL name */

#endif
