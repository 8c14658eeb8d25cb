/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of rxlab-tcg.c: who executed how much, who was awake when, whose turn it is. Knows nothing of QEMU.
 *
 * The clock is the sum of all instructions executed: one instruction of any vCPU is one virtual nanosecond. (Virtual
 * time also passes when every vCPU sleeps; nothing here depends on that time.)
 */
#ifndef RXLAB_PLUGIN_COUNTS_H
#define RXLAB_PLUGIN_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/testbeds/lab/plugin/profile.h"

#define MAX_VCPUS 16
#define TURN (1ll << 20)

/* What is known of a translation block. Lives until the code cache has been flushed twice; with a profile, for ever. */
struct block {
	struct block *next;
	struct block_profile *profile; /* NULL: nobody asked */
	uint64_t start;
	uint32_t insns;
	bool idle;
	bool halts;
	uint16_t offset[]; /* of each instruction from start */
};

/* Blocks executed one behind the other, as long as nothing but blocks of work is executed. */
#define PASS_BLOCKS 32

struct pass {
	const struct block *block[PASS_BLOCKS];
	uint32_t blocks;
	uint32_t insns;
	bool on;
};

struct wait_site;

/* Of a vCPU that waits for a time to come (wait.h): its last look at the clock, and since then. */
struct wait {
	const struct wait_site *site;
	struct pass path;
	bool looked, looking; /* at that look, at this one: the time was read */
	uint64_t time; /* before the compare, and others may have run in between */
	uint64_t skipped; /* instructions taken as executed at that look */
	uint64_t until;
	bool until_known;
	uint64_t switches; /* counts.switches, then */
	uint64_t turns_begun; /* vcpu.turns_begun, then */
};

/*
 * Periods in which a vCPU and a sender were awake: there its speed is its share of the clock. Where no vCPU is called a
 * sender, any other does.
 */
struct contention {
	uint64_t ns;
	uint64_t insns; /* of this vCPU */
	uint64_t since_ns;
	uint64_t since_insns;
	bool on;
};

struct vcpu {
	const void *cpu; /* QEMU's; NULL until it is seen to run */
	const struct block *last;
	uint64_t insns;
	uint64_t idle; /* those of them in the idle loop */
	uint64_t awake_ns; /* finished periods in which it was not halted */
	uint64_t woke_at;
	uint64_t halts;
	int64_t quantum; /* instructions a turn; 0: QEMU alone ends turns */
	int64_t turns; /* taken, in units of 1/TURN */
	int64_t allowance; /* instructions granted and not yet part of turns */
	int64_t credit; /* what is left of them */
	uint64_t turns_begun;
	struct contention contention;
	struct wait wait;
	bool sender;
	bool halted;
	bool turn_over;
	bool profiled;
};

/* All that a result is made of; a mark copies it. */
struct counts {
	int vcpus;
	int dut;
	int senders; /* vCPUs that are called so */
	int64_t round; /* instructions, of which the senders awake have what the others awake leave; 0: each has its own */
	struct vcpu vcpu[MAX_VCPUS];
	int64_t turns_floor; /* a waking vCPU is given no turns of before */
	uint64_t switches; /* from one running vCPU to another */
	uint64_t skipped; /* instructions that were not executed, but waited for (wait.h) */
	uint64_t replays; /* blocks left at a device access, mended */
	uint64_t unmatched; /* replays whose block is not known: the counts are too high by a few instructions each */
};

static inline uint64_t counts_clock(const struct counts *c)
{
	uint64_t sum = 0;

	for (int i = 0; i < c->vcpus; i++)
		sum += c->vcpu[i].insns;
	return sum;
}

static inline uint64_t vcpu_awake(const struct counts *c, const struct vcpu *v)
{
	return v->awake_ns + (v->halted ? 0 : counts_clock(c) - v->woke_at);
}

static inline bool contention_now(const struct counts *c, const struct vcpu *v)
{
	for (int i = 0; i < c->vcpus && !v->halted; i++) {
		const struct vcpu *u = &c->vcpu[i];

		if (u != v && !u->halted && (u->sender || !c->senders))
			return true;
	}
	return false;
}

static inline void contention_close(struct counts *c, struct vcpu *v)
{
	struct contention *n = &v->contention;

	if (n->on) {
		n->ns += counts_clock(c) - n->since_ns;
		n->insns += v->insns - n->since_insns;
	}
	n->on = false;
}

/* After any vCPU halted or woke. */
static inline void contention_update(struct counts *c)
{
	for (int i = 0; i < c->vcpus; i++) {
		struct vcpu *v = &c->vcpu[i];

		contention_close(c, v);
		v->contention.on = contention_now(c, v);
		v->contention.since_ns = counts_clock(c);
		v->contention.since_insns = v->insns;
	}
}

/*
 * Turns. QEMU lets a vCPU run until the next virtual timer or until something kicks it; with a quantum, the plugin ends
 * its turn before that: as soon as it is half a turn ahead of the last of the vCPUs that are awake with it, in turns of
 * its own length. So vCPUs awake together run in the ratio of their quanta, whoever is kicked how often. Sleepers save
 * nothing; with a round, what they leave is the senders', so that each of the others has the same part of the clock
 * whoever of them is awake.
 */
static inline void turn_settle(struct vcpu *v)
{
	if (v->quantum)
		v->turns += (v->allowance - v->credit) * TURN / v->quantum;
	v->allowance = v->credit;
}

/* The vCPU furthest behind, of those awake beside v; NULL: v is alone. */
static inline const struct vcpu *turn_last(struct counts *c, const struct vcpu *v)
{
	const struct vcpu *last = NULL;

	for (int i = 0; i < c->vcpus; i++) {
		struct vcpu *u = &c->vcpu[i];

		if (u == v || u->halted)
			continue;
		turn_settle(u);
		if (!last || u->turns < last->turns)
			last = u;
	}
	return last;
}

static inline void turn_begin(struct counts *c, struct vcpu *v)
{
	const struct vcpu *last = turn_last(c, v);
	int64_t ahead;

	turn_settle(v);
	ahead = last ? v->turns - last->turns : -TURN / 2;
	v->credit = (TURN / 2 - ahead) * v->quantum / TURN;
	v->allowance = v->credit;
	v->turn_over = false;
	v->turns_begun++;
}

/* How far those awake have come, all of them. Before a vCPU halts or wakes. */
static inline void turn_raise_floor(struct counts *c)
{
	const struct vcpu *last = turn_last(c, NULL);

	if (last && last->turns > c->turns_floor)
		c->turns_floor = last->turns;
}

/* Is the turn over? */
static inline bool turn_spend(struct counts *c, struct vcpu *v, uint32_t insns)
{
	if (__builtin_expect(v->turn_over, 0))
		turn_begin(c, v);
	v->credit -= insns;
	if (__builtin_expect(v->credit > 0 || !v->quantum, 1))
		return false;
	v->turn_over = true;
	return true;
}

/* After any vCPU halted or woke, with a round: the senders' quanta. What was executed so far is of the old ones. */
static inline void senders_share(struct counts *c)
{
	int64_t left = c->round;
	int awake = 0;

	for (int i = 0; i < c->vcpus; i++) {
		awake += c->vcpu[i].sender && !c->vcpu[i].halted;
		left -= c->vcpu[i].sender || c->vcpu[i].halted ? 0 : c->vcpu[i].quantum;
	}
	for (int i = 0; i < c->vcpus && c->round; i++) {
		struct vcpu *v = &c->vcpu[i];

		if (!v->sender || v->halted)
			continue;
		turn_settle(v);
		v->quantum = left > awake ? left / awake : 1;
	}
}

static inline void vcpu_wake(struct counts *c, struct vcpu *v)
{
	turn_raise_floor(c);
	if (v->turns < c->turns_floor)
		v->turns = c->turns_floor;
	v->turn_over = true;
	v->halted = false;
	v->woke_at = counts_clock(c);
	senders_share(c);
	contention_update(c);
}

static inline void vcpu_halt(struct counts *c, struct vcpu *v)
{
	turn_raise_floor(c);
	v->awake_ns = vcpu_awake(c, v);
	v->halted = true;
	v->halts++;
	senders_share(c);
	contention_update(c);
}

static inline int block_find(const struct block *b, uint64_t pc)
{
	for (uint32_t i = 0; i < b->insns; i++) {
		if (b->start + b->offset[i] == pc)
			return i;
	}
	return -1;
}

static inline void pass_add(struct pass *p, const struct block *b)
{
	if (p->blocks == PASS_BLOCKS || b->idle || b->halts) {
		p->on = false;
		return;
	}
	p->block[p->blocks++] = b;
	p->insns += b->insns;
}

/* A block begins; all of it is counted. Does it end the turn? */
static inline bool block_begin(struct counts *c, struct vcpu *v, const struct block *b)
{
	if (__builtin_expect(v->halted, 0))
		vcpu_wake(c, v);
	v->insns += b->insns;
	v->last = b;
	if (__builtin_expect(v->wait.path.on, 0))
		pass_add(&v->wait.path, b);
	return turn_spend(c, v, b->insns);
}

/* As block_begin(), for the rare blocks: those of the idle loop, and those that end in HLT. */
static inline bool block_begin_idle(struct counts *c, struct vcpu *v, const struct block *b)
{
	bool over = block_begin(c, v, b);

	if (b->idle)
		v->idle += b->insns;
	if (b->halts)
		vcpu_halt(c, v);
	return over;
}

/* The last block was left at its instruction `replay`, now executed alone: what came behind it did not happen. */
static inline void block_replay(struct counts *c, struct vcpu *v, const struct block *replay)
{
	int at = v->last ? block_find(v->last, replay->start) : -1;
	uint32_t excess;

	v->wait.path.on = false;
	if (at < 0) {
		c->unmatched++;
	} else {
		excess = v->last->insns - (at + 1);
		v->insns -= excess;
		v->credit += excess;
		if (v->last->idle)
			v->idle -= excess;
		if (v->profiled && v->last->profile)
			profile_end_before(v->last->profile, at + 1);
		c->replays++;
	}
	v->last = replay;
}

/* Counts from zero, from a mark behind which `after` instructions of v's block are counted already. */
static inline void counts_reset(struct counts *c, struct vcpu *v, uint32_t after)
{
	for (int i = 0; i < c->vcpus; i++) {
		struct vcpu *u = &c->vcpu[i];

		u->insns = u->idle = u->awake_ns = u->woke_at = u->halts = 0;
		u->contention = (struct contention) { 0 };
	}
	c->replays = c->unmatched = c->skipped = 0;
	contention_update(c);
	v->insns = after;
}

/* The counts as of a mark of vCPU number i; every period in which a vCPU was awake is finished there. */
static inline void counts_copy(struct counts *to, const struct counts *from, int i, uint32_t after)
{
	*to = *from;
	to->vcpu[i].insns -= after;
	for (i = 0; i < to->vcpus; i++)
		contention_close(to, &to->vcpu[i]);
	for (i = 0; i < to->vcpus; i++) {
		to->vcpu[i].awake_ns = vcpu_awake(to, &to->vcpu[i]);
		to->vcpu[i].halted = true;
	}
}

static inline void counts_subtract(struct counts *c, const struct counts *begin)
{
	for (int i = 0; i < c->vcpus; i++) {
		c->vcpu[i].insns -= begin->vcpu[i].insns;
		c->vcpu[i].idle -= begin->vcpu[i].idle;
		c->vcpu[i].halts -= begin->vcpu[i].halts;
		c->vcpu[i].awake_ns -= begin->vcpu[i].awake_ns;
		c->vcpu[i].contention.ns -= begin->vcpu[i].contention.ns;
		c->vcpu[i].contention.insns -= begin->vcpu[i].contention.insns;
	}
	c->skipped -= begin->skipped;
	c->replays -= begin->replays;
	c->unmatched -= begin->unmatched;
}

/* profile.c, for all blocks of a list. From zero, at a mark behind which `after` instructions of v's block come. */
void profile_reset(const struct block *blocks, const struct vcpu *v, uint32_t after);
/* The profile as of such a mark, written: "ADDRESS EXECUTIONS LOADED STORED" an instruction, "idle INSTRUCTIONS". */
void profile_drained(const struct block *blocks, const struct vcpu *v, uint32_t after, const char *path);

#endif
