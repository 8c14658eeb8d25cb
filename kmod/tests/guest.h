/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that run in the guest share: a ring opened and mapped, a
 * veth pair, and frames sent on one end of it. They are static programs that
 * need nothing but the module; never run them on a machine that matters.
 */
#ifndef YKVM_GUEST_H
#define YKVM_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "capture-impls/ykvm/reader.h"

struct guest_ring {
	int fd;
	struct ykvm_setup setup;
	uint8_t *user;
	uint8_t *shared;
	struct ykvm_reader reader;
};

int guest_setup(int fd, struct ykvm_setup *s, uint32_t slots); /* 0 or -errno, as the next two */
int guest_bind(int fd, unsigned int ifindex);
int guest_ioctl(int fd, unsigned long cmd, void *arg);
bool guest_open(struct guest_ring *g, uint32_t slots); /* opened, set up and mapped, not bound */
void guest_close(struct guest_ring *g);
struct ykvm_stats guest_stats(const struct guest_ring *g);

/* Makes the pair, both ends up; deletes by either end; says up or down of one end. 0 or -errno. */
int guest_veth_add(const char *a, const char *b);
int guest_link_delete(const char *name);
int guest_link_up(const char *name, bool up);
int guest_link_mtu(const char *name, int mtu);

/* A socket that sends on that interface; -errno. */
int guest_sender(const char *name);

#endif
