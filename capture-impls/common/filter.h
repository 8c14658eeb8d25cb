/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trial's filter, `--set filter=EXPRESSION`: pcap's language, compiled by libpcap, run by the kernel. */
#ifndef RXLAB_FILTER_H
#define RXLAB_FILTER_H

#include <linux/filter.h>

#include "capture-impls/capture.h"

/* The same for a plan: can the trial's capture filter, and does the expression compile? 0 where there is none. */
int filter_check(const struct trial *t, struct err *e);

/* Instructions of the trial's filter into program, malloc'd; program->len is 0 and nothing to free where it has none. */
int filter_compile(struct capture *c, struct sock_fprog *program);
void filter_free(struct sock_fprog *program);

/* The trial's filter, if it has one, onto this socket, in place of the filter that it may have. */
int filter_attach(struct capture *c, int fd);

#endif
