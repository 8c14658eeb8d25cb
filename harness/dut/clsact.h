/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RXLAB_CLSACT_H
#define RXLAB_CLSACT_H

#include "harness/dut/undo.h"

/*
 * Gives ifname the qdisc clsact for tc's programs until u is undone; the qdisc outlives whoever added it, and takes its
 * programs along. 0, or -errno with a message, and then nothing of ours is there (-EEXIST: it has somebody else's).
 */
int clsact_lend(struct undo *u, const char *ifname, struct err *e);

#endif
