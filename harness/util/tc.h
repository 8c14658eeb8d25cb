/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's traffic control (tc): BPF programs on what an interface receives or sends, and netem. */
#ifndef RXLAB_TC_H
#define RXLAB_TC_H

#include <linux/pkt_sched.h>

#include "harness/util/err.h"

enum tc_hook { TC_INGRESS, TC_EGRESS };

/*
 * The qdisc clsact, which holds the programs of both hooks. An interface that has one already is refused (-EEXIST): what
 * is there is somebody else's. Removing it removes its programs. 0, or -errno with a message.
 */
int tc_clsact_add(const char *ifname, struct err *e);
int tc_clsact_remove(const char *ifname, struct err *e);
/* Puts a program (of type BPF_PROG_TYPE_SCHED_CLS) on a hook; it returns a TC_ACT_... itself. */
int tc_bpf_add(const char *ifname, enum tc_hook hook, int program, const char *name, struct err *e);
/* netem as root qdisc; removing the root qdisc lets the interface's usual one come back. */
int tc_netem_add(const char *ifname, const struct tc_netem_qopt *options, struct err *e);
int tc_root_remove(const char *ifname, struct err *e);

#endif
