/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trial's settings against the tables of all who have any: is each known, a knob in its range there, none against another? */
#ifndef RXLAB_CHECK_SETTINGS_H
#define RXLAB_CHECK_SETTINGS_H

#include "capture-impls/capture.h"
#include "harness/record/trial_spec.h"
#include "harness/testbeds/testbed.h"
#include "harness/util/err.h"

/*
 * Of a trial whose testbed, capture and generator exist: -EINVAL and a message with the word that was meant, the range, or
 * the other setting. What capture and generator make of their own values, they say themselves.
 */
int check_settings(const struct trial *t, struct err *e);
/* Its part that needs no testbed: pairs that say one thing twice, or against each other. */
int check_against(const struct trial *t, struct err *e);
/* Can the testbed turn the knobs that a named set turns? 0 for a capture. */
int check_set_on(const struct testbed_ops *testbed, const struct capture_ops *ops, struct err *why);
/* Can the row run there with its settings as they are, by its probe and its knobs? 0, or -errno and a reason. */
int check_row_on(const struct testbed_ops *testbed, const struct capture_ops *ops, struct err *why);

#endif
