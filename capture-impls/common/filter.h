/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trial's filter, `--set filter=EXPRESSION`: pcap's language, compiled by libpcap, run by the kernel. */
#ifndef RXLAB_FILTER_H
#define RXLAB_FILTER_H

#include <linux/filter.h>

#include "capture-impls/capture.h"

/* For the plan: can the trial's capture filter, and does the expression compile? 0 if the trial has no filter. */
int filter_check(const struct trial *t, struct err *e);

/* Compiles the trial's filter into program (malloc'd). Without a filter program->len is 0: nothing to free. */
int filter_compile(struct capture *c, struct sock_fprog *program);
void filter_free(struct sock_fprog *program);

/* Attaches the trial's filter, if any, to this socket; it replaces a filter that the socket has. */
int filter_attach(struct capture *c, int fd);

#endif
