/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nftables rule of nflog: at the interface's ingress, count each frame and send it to a log group. */
#ifndef RXLAB_NFLOG_RULE_H
#define RXLAB_NFLOG_RULE_H

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "harness/util/err.h"

/*
 * Its table belongs to this socket (NFT_TABLE_F_OWNER): the kernel removes it when the socket is closed, however that
 * comes about.
 */
struct nflog_rule {
	struct mnl_socket *nl; /* NULL: there is no rule */
	char table[32];
};

/* 0, or -errno with a message, and then nothing is left. */
int nflog_rule_add(struct nflog_rule *r, const char *ifname, uint16_t group, struct err *e);
void nflog_rule_remove(struct nflog_rule *r); /* safe on a zeroed struct */
/* Frames that came to the rule so far. */
int nflog_rule_count(const struct nflog_rule *r, uint64_t *frames, struct err *e);

#endif
