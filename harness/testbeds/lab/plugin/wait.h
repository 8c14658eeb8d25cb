/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting that need not be executed: a sender that looks at the clock until its next frame is due. While nothing else
 * runs, one look is as the other, so what follows is known: so many passes of so many instructions, each of them so much
 * later. They are counted and the clock is moved, and whoever comes behind finds all as if they had been executed.
 * Knows nothing of QEMU.
 */
#ifndef RXLAB_PLUGIN_WAIT_H
#define RXLAB_PLUGIN_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/testbeds/lab/plugin/counts.h"

#define WAIT_CODE_BYTES 12 /* of a block's beginning, for wait_decode() */

/* A loop "call a clock; compare what it returned; again", by the compare. */
struct wait_site {
	struct wait_site *next;
	uint64_t at;
	uint8_t other; /* compared with rax: the register of this number in an instruction, or WAIT_STACK */
	int8_t offset; /* from rsp, of what is on the stack */
	struct pass pass; /* from one compare to the next */
	uint32_t seen; /* passes like that, in a row */
};

#define WAIT_STACK 16

/* What a vCPU finds at the compare. */
struct wait_look {
	uint64_t time; /* ns, as the guest's clock says */
	uint64_t until;
};

/*
 * Is a block at `at`, whose first bytes are `code`, such a compare: cmp of rax with a register or a place on the stack,
 * and a jump back to the call right before it? Fills in at, other, offset.
 */
bool wait_decode(struct wait_site *s, uint64_t at, const uint8_t *code, size_t n);

/*
 * The running vCPU v is at the compare of s; its block is counted already. QEMU lets it execute `budget` more instructions
 * before it looks after its timers. Is it known what follows? Then wait_skip() is worth a look, and wait_begin() comes last
 * in any case.
 */
bool wait_known(struct counts *c, struct vcpu *v, struct wait_site *s, uint64_t budget);
/*
 * Returns how many instructions are taken as executed: they are counted, turns included, and the caller moves the clock by
 * as many. -1: the guest's clock did not move as the instructions before did, so nothing can be said. v->turn_over: its
 * turn ends with this block.
 */
int64_t wait_skip(struct counts *c, struct vcpu *v, const struct wait_site *s, const struct wait_look *look,
		  uint64_t budget);
void wait_begin(const struct counts *c, struct vcpu *v, const struct wait_site *s);

/* wait_qemu.c: all of that for the running vCPU, and its clock is moved. Does its turn end now? */
bool wait_at(struct counts *c, struct vcpu *v, struct wait_site *s);

/* Something else happened than executing blocks, or blocks are about to be freed: what was seen is not a pass. */
static inline void wait_forget(struct vcpu *v)
{
	v->wait.path.on = false;
}

#endif
