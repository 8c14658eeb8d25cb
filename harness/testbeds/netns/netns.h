/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network namespaces of the testbed netns: they belong to the calling process and end with it. */
#ifndef RXLAB_NETNS_H
#define RXLAB_NETNS_H

#include "harness/trial/trial_run.h"
#include "harness/util/err.h"

#define NETNS_DUT "dut"
#define NETNS_SENDER "snd0"

/* Two namespaces and a pair of interfaces, up; the calling thread is in the DUT's, which has a /sys of its own. */
int netns_up(struct err *e);
/* Moves the calling thread to the namespace of that side. */
int netns_enter(enum side side, struct err *e);

#endif
