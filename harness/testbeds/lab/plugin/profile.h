/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each instruction was executed, and how many bytes it loaded and stored. Knows nothing of QEMU.
 *
 * A block counts its executions; what was executed of it only in part (a device access in its middle, a mark) is kept
 * as a change of that number from one instruction on.
 */
#ifndef RXLAB_PLUGIN_PROFILE_H
#define RXLAB_PLUGIN_PROFILE_H

#include <stddef.h>
#include <stdint.h>

struct insn_tally {
	int64_t change; /* this instruction and those behind it: executions more than those before it */
	uint64_t loaded; /* bytes */
	uint64_t stored;
};

struct block_profile {
	uint64_t executions;
	uint32_t insns;
	struct insn_tally insn[]; /* one more than there are: a change behind the last one changes nothing */
};

static inline size_t profile_size(uint32_t insns)
{
	return sizeof(struct block_profile) + (insns + 1) * sizeof(struct insn_tally);
}

/* The last execution began at the instruction `from`. */
static inline void profile_begin_at(struct block_profile *p, uint32_t from)
{
	p->insn[0].change--;
	p->insn[from].change++;
}

/* The last execution ended before the instruction `at`. */
static inline void profile_end_before(struct block_profile *p, uint32_t at)
{
	p->insn[at].change--;
}

static inline void profile_clear(struct block_profile *p)
{
	p->executions = 0;
	for (uint32_t i = 0; i <= p->insns; i++)
		p->insn[i] = (struct insn_tally) { 0 };
}

static inline uint64_t profile_executed(const struct block_profile *p)
{
	uint64_t times = p->executions, sum = 0;

	for (uint32_t i = 0; i < p->insns; i++) {
		times += p->insn[i].change;
		sum += times;
	}
	return sum;
}

#endif
