/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a measured trial is not what was asked for: the rules, the same on every testbed. */
#ifndef RXLAB_CHECK_H
#define RXLAB_CHECK_H

#include "harness/outcome.h"
#include "harness/spec.h"

/* after = before - lost, where both are known and there is no gain. */
struct counter lost_between(struct counter before, struct counter after);
/* Marks the trial invalid where the sender did not do what was asked. After drops and nic.wire are known. */
void check_sender(const struct trial *t, struct outcome *o);

#endif
