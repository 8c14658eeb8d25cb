/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of the knobs that a veth pair between network namespaces accepts. */
#ifndef RXLAB_NETNS_LIMITS_H
#define RXLAB_NETNS_LIMITS_H

#include "harness/dut/knobs.h"
#include "harness/record/trial_spec.h"

extern const struct knob_limit netns_limits[]; /* ends with a NULL name */
extern const struct knob_value netns_ground[];
int netns_limits_check(const struct trial *t, struct err *e); /* what depends on this machine */

#endif
