/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of kcap's guest test share: guest_kcap.c, guest_kcap_count.c. */
#ifndef GUEST_KCAP_H
#define GUEST_KCAP_H

#include <stdbool.h>
#include <stdint.h>

#include "capture-impls/kcap/client.h"
#include "kmod/tests/guest.h"

#define IN "kc0" /* attached to */
#define OUT "kc1" /* sent on */

struct guest_kcap {
	int sender; /* on OUT */
	struct kcap_client owner, other;
	uint32_t in; /* IN's index */
};

extern struct guest_kcap g;

struct kcap_request request(uint8_t cmd); /* by the owner, on IN */
int ask(struct kcap_request *r);
int attach(uint32_t flags); /* with the shortest interval */
int attach_with(uint16_t type, const void *data, size_t bytes); /* one attribute more */
int attach_u32(uint16_t type, uint32_t v);
int detach(void);
void send_bytes(const void *frame, size_t bytes, int n);
uint32_t udp(uint8_t frame[64], uint16_t port, bool vlan); /* its length */

void test_counts(void);

#endif
