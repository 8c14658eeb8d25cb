/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that run in the guest share: a ring opened and mapped, a
 * veth pair, and frames sent on one end of it. They are static programs that
 * need nothing but the module; never run them on a machine that matters.
 */
#ifndef YKVM_GUEST_H
#define YKVM_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture-impls/ykvm/lib/reader.h"

struct guest_ring {
	int fd;
	struct ykvm_setup setup;
	uint8_t *user;
	uint8_t *shared;
	uint8_t *buffers; /* mapped, or the memory that was given */
	struct ykvm_reader reader;
};

int guest_setup(int fd, struct ykvm_setup *s, uint32_t slots); /* 0 or -errno, as the next two */
int guest_bind(int fd, unsigned int ifindex);
int guest_ioctl(int fd, unsigned long cmd, void *arg);
/* Opened, set up as `want` says (abi is filled in) and mapped, not bound. */
bool guest_open(struct guest_ring *g, const struct ykvm_setup *want);
void guest_close(struct guest_ring *g);
struct ykvm_stats guest_stats(const struct guest_ring *g);
/* Walks and gives back what is there; how many frames. */
uint32_t guest_drop_all(struct guest_ring *g);

/* Makes the pair, both ends up; deletes by either end; says up or down of one end. 0 or -errno. */
int guest_veth_add(const char *a, const char *b);
int guest_link_delete(const char *name);
int guest_link_up(const char *name, bool up);
int guest_link_mtu(const char *name, int mtu);

/* A socket that sends on that interface; -errno. */
int guest_sender(const char *name);
/* A socket that gets frames of that EtherType from the stack, behind every hook; -errno. */
int guest_stack(const char *name, uint16_t type);

/* TAP lines on stdout. */
void guest_check(bool ok, const char *what, long long got, long long want);
int guest_checked(void); /* ends them; the exit status */

#define IS(got, want, what)                                    \
	do {                                                   \
		long long got_ = (got), want_ = (want);        \
		guest_check(got_ == want_, what, got_, want_); \
	} while (0)

#endif
