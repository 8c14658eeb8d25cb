/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands to the module kcap (kmod/uapi/kcap.h), by plain netlink: the
 * module's tests run it where there are no libraries. Functions return 0 or
 * -errno. What a client has attached ends when it is closed.
 */
#ifndef KCAP_CLIENT_H
#define KCAP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "kmod/uapi/kcap.h"

struct kcap_client {
	int fd; /* -1: closed */
	uint16_t family;
	uint32_t seq;
};

struct kcap_request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	uint8_t attrs[1024];
};

/* The answer to KCAP_CMD_GET; 0 for what it does not contain. */
struct kcap_stats {
	uint64_t values[KCAP_A_MAX + 1]; /* indexed by attribute; only those of type u32 or u64 */
	uint64_t protocols[KCAP_PROTOCOLS];
	uint64_t sizes[KCAP_SIZES];
};

struct kcap_flow_stats {
	uint8_t src[16], dst[16];
	uint32_t address_bytes;
	uint8_t proto;
	uint16_t sport, dport; /* host byte order */
	uint64_t frames, bytes;
};

int kcap_client_open(struct kcap_client *c); /* -ENOENT: the module is not loaded */
void kcap_client_close(struct kcap_client *c); /* safe on a closed one */

void kcap_request_init(struct kcap_request *r, const struct kcap_client *c, uint8_t cmd);
void kcap_request_put(struct kcap_request *r, uint16_t type, const void *data, size_t bytes);
void kcap_request_u32(struct kcap_request *r, uint16_t type, uint32_t v);

/* Sends the request and reads the whole answer; on_message may be NULL. */
int kcap_client_ask(struct kcap_client *c, struct kcap_request *r,
		    void (*on_message)(const struct nlmsghdr *n, void *arg), void *arg);
/* Sends a command whose only attribute is the interface. */
int kcap_client_do(struct kcap_client *c, uint8_t cmd, uint32_t ifindex);
int kcap_client_get(struct kcap_client *c, uint32_t ifindex, struct kcap_stats *s);
/* Reads up to max flows; *n is how many there are. */
int kcap_client_flows(struct kcap_client *c, uint32_t ifindex, struct kcap_flow_stats *flows, uint32_t max,
		      uint32_t *n);

#endif
