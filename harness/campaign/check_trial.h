/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trial against the tables: do its testbed, capture, generator and settings exist here? */
#ifndef RXLAB_CHECK_TRIAL_H
#define RXLAB_CHECK_TRIAL_H

#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

/* One name by its word ("testbed", "capture", "generator"; other words are always known). -EINVAL with a message. */
int check_name(const char *word, const char *name, struct err *e);
/* All three names and every setting; a rate of "own" gets its number. */
int check_trial(struct trial *t, struct err *e);

#endif
