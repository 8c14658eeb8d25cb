/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of guest_stress.c share. */
#ifndef GUEST_STRESS_H
#define GUEST_STRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "kmod/tests/guest.h"

/* One who does the same over and over, each time with other numbers, until its time is over. */
struct stress {
	unsigned int seed;
	const char *dut; /* under ykvm-zc */
	const char *in, *out; /* a veth pair of its own, with frames coming on the first */
	time_t until; /* whoever loops looks */
	unsigned long long rounds, hits; /* what was done; what of it came to where it hurts */
};

/* Below n, from the seed. */
unsigned int stress_draw(struct stress *s, unsigned int n);
/* Between 0 and n microseconds. */
void stress_pause(struct stress *s, unsigned int n);
/* Frames sent on `out`. */
void stress_send(const char *out, int n);
/* As guest_open(), and leaves nothing open where that fails. */
bool stress_open(struct guest_ring *g, const struct ykvm_setup *want);
/* Opened, set up and mapped with drawn numbers. */
bool stress_ring(struct stress *s, struct guest_ring *g, uint32_t flags);
/* Runs fn in a child, which may be killed before its end. */
void stress_child(struct stress *s, void (*fn)(struct stress *s), unsigned int kill_after_us);

void stress_unbind(struct stress *s); /* rings of the NIC's come and go under traffic */
void stress_maps(struct stress *s); /* mappings, forks, and files closed in any order */
void stress_memory(struct stress *s); /* memory that is not there, or not any more */
void stress_links(struct stress *s); /* interfaces renamed, resized, removed */
void stress_nic(struct stress *s); /* the same of the NIC, as far as it goes */
void stress_names(struct stress *s); /* namespaces that end with all that is in them */
void stress_nth(struct stress *s); /* the n-th allocation of each life fails */
void stress_kcap(struct stress *s); /* attachments come, are asked, and go */

#endif
