/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same on every testbed: whether it can run, and when a measured trial is not what was asked for. */
#ifndef RXLAB_SENDER_CHECK_H
#define RXLAB_SENDER_CHECK_H

#include "harness/record/outcome.h"
#include "harness/record/trial_spec.h"
#include "harness/testbeds/testbed.h"

/* Probes, prepares, and asks for the identity. 0, or -errno and one message. */
int testbed_ready(const struct testbed_ops *testbed, const struct trial *t, char identity[17], struct err *e);
/* after = before - lost, where both are known and there is no gain. */
struct counter lost_between(struct counter before, struct counter after);
/* Frames that a packet socket's filter rejected, where so many were shown to it; unknown where the capture's counts are. */
struct counter rejected_of(const struct trial *t, const struct outcome *o, struct counter shown);
/* Marks the trial invalid where the sender did not do what was asked. After drops and nic.wire are known. */
void check_sender(const struct trial *t, struct outcome *o);

#endif
