/* SPDX-License-Identifier: GPL-2.0-only */
/* A veth pair of which one end is captured on, and frames sent on the other: what several programs test with. */
#ifndef YKVM_GUEST_PAIR_H
#define YKVM_GUEST_PAIR_H

#include "kmod/tests/guest.h"

#define IN "yn0" /* captured on */
#define OUT "yn1" /* sent on */
#define TYPE 0x88b5

/* Makes the pair, MTU 9,000. 0, or with what the program is to end. */
int pair_begin(void);
int pair_end(void);

/* A frame whose bytes behind its header are its number. */
void pair_fill(uint8_t *f, unsigned int number, size_t bytes);
void pair_transmit(const uint8_t *f, size_t bytes);
/* n frames, numbered from 0, and time for them to arrive. */
void pair_send(unsigned int n, size_t bytes);

int pair_bind(const struct guest_ring *g, uint32_t flags, uint32_t member, uint32_t members); /* 0 or -errno */
/* A ring as `want` says, bound to IN. The tests cannot go on without. */
void pair_ring(struct guest_ring *g, struct ykvm_setup want, uint32_t flags);
/* Frames that the stack got since the last call. */
int pair_stack_count(int fd);

#endif
