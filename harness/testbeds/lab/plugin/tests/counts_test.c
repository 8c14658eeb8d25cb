/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's arithmetic, fed with blocks by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/testbeds/lab/plugin/counts.h"

#define SENDER 0
#define DUT 1

static struct block *block(uint64_t start, uint32_t insns)
{
	struct block *b = test_malloc(sizeof(*b) + insns * sizeof(b->offset[0]));

	*b = (struct block) { .start = start, .insns = insns };
	for (uint32_t i = 0; i < insns; i++)
		b->offset[i] = 4 * i;
	return b;
}

static struct counts fresh(void)
{
	struct counts c = { .vcpus = 2, .dut = DUT };

	c.vcpu[SENDER].halted = c.vcpu[DUT].halted = true;
	return c;
}

static void test_device_access_in_the_middle(void **state)
{
	struct counts c = fresh();
	struct vcpu *v = &c.vcpu[DUT];
	struct block *whole = block(0x1000, 10), *access = block(0x100c, 1), *rest = block(0x1010, 6);

	(void)state;
	block_begin(&c, v, whole);
	block_replay(&c, v, access);
	block_begin(&c, v, rest);
	assert_int_equal(v->insns, 10);
	assert_int_equal(c.replays, 1);
	assert_int_equal(c.unmatched, 0);
	test_free(whole), test_free(access), test_free(rest);
}

static void test_replay_of_an_unknown_block_is_reported(void **state)
{
	struct counts c = fresh();
	struct vcpu *v = &c.vcpu[DUT];
	struct block *whole = block(0x1000, 10), *access = block(0x2000, 1);

	(void)state;
	block_begin(&c, v, whole);
	block_replay(&c, v, access);
	assert_int_equal(v->insns, 10);
	assert_int_equal(c.unmatched, 1);
	test_free(whole), test_free(access);
}

static void test_replay_in_the_idle_loop(void **state)
{
	struct counts c = fresh();
	struct vcpu *v = &c.vcpu[DUT];
	struct block *idle = block(0x1000, 8), *access = block(0x1004, 1);

	(void)state;
	idle->idle = true;
	block_begin_idle(&c, v, idle);
	block_replay(&c, v, access);
	assert_int_equal(v->insns, 2);
	assert_int_equal(v->idle, 2);
	test_free(idle), test_free(access);
}

/* DUT alone 10, both 20 + 30, DUT asleep while the sender does 40, both again 5 + 5. */
static void test_share_counts_only_time_awake(void **state)
{
	struct counts c = fresh(), at;
	struct vcpu *s = &c.vcpu[SENDER], *d = &c.vcpu[DUT];
	struct block *b5 = block(0x1000, 5), *halt = block(0x2000, 5);

	(void)state;
	halt->halts = true;
	for (int i = 0; i < 2; i++)
		block_begin(&c, d, b5);
	for (int i = 0; i < 4; i++)
		block_begin(&c, s, b5);
	for (int i = 0; i < 5; i++)
		block_begin(&c, d, b5);
	block_begin_idle(&c, d, halt);
	for (int i = 0; i < 8; i++)
		block_begin(&c, s, b5);
	block_begin(&c, d, b5);
	block_begin(&c, s, b5);

	counts_copy(&at, &c, DUT, 0);
	assert_int_equal(at.vcpu[DUT].insns, 45);
	assert_int_equal(at.vcpu[DUT].awake_ns, 70);
	assert_int_equal(at.vcpu[DUT].halts, 1);
	assert_int_equal(at.vcpu[DUT].contention.ns, 60);
	assert_int_equal(at.vcpu[DUT].contention.insns, 35);
	assert_int_equal(counts_clock(&at), 110);
	test_free(b5), test_free(halt);
}

static void test_marks_count_from_instruction_to_instruction(void **state)
{
	struct counts c = fresh(), at;
	struct vcpu *d = &c.vcpu[DUT];
	struct block *b = block(0x1000, 10);

	(void)state;
	block_begin(&c, d, b);
	counts_reset(&c, d, 7); /* the mark was the third instruction */
	block_begin(&c, d, b);
	counts_copy(&at, &c, DUT, 4); /* and here the sixth */
	assert_int_equal(at.vcpu[DUT].insns, 7 + 6);
	assert_int_equal(at.vcpu[DUT].awake_ns, 13);
	assert_int_equal(c.vcpu[DUT].insns, 17);
	test_free(b);
}

static void test_window(void **state)
{
	struct counts c = fresh(), begin, end;
	struct block *b = block(0x1000, 10);

	(void)state;
	block_begin(&c, &c.vcpu[DUT], b);
	block_begin(&c, &c.vcpu[SENDER], b);
	counts_copy(&begin, &c, SENDER, 0);
	block_begin(&c, &c.vcpu[DUT], b);
	block_begin(&c, &c.vcpu[SENDER], b);
	block_begin(&c, &c.vcpu[SENDER], b);
	counts_copy(&end, &c, SENDER, 0);
	counts_subtract(&end, &begin);
	assert_int_equal(end.vcpu[DUT].insns, 10);
	assert_int_equal(end.vcpu[DUT].awake_ns, 30);
	assert_int_equal(end.vcpu[DUT].contention.ns, 30);
	assert_int_equal(end.vcpu[DUT].contention.insns, 10);
	test_free(b);
}

/*
 * Round robin as QEMU does it: a vCPU runs until its turn is over; the sender, whose accesses to its NIC kick it, not
 * more than cut_every blocks. Returns the DUT's share in permille.
 */
static int share_of_turns(int64_t sender, int64_t dut, int rounds, int cut_every)
{
	struct counts c = fresh();
	struct block *size[] = { block(0x1000, 3), block(0x2000, 7), block(0x3000, 12) };
	uint64_t share;
	int ran = 0, sent = 0;

	c.vcpu[SENDER].quantum = sender;
	c.vcpu[DUT].quantum = dut;
	for (int i = 0; i < 2 * rounds; i++) {
		struct vcpu *v = &c.vcpu[i % 2];

		v->turn_over = true;
		while (!block_begin(&c, v, size[ran++ % 3])) {
			if (cut_every && v == c.vcpu && ++sent % cut_every == 0)
				break;
		}
	}
	share = c.vcpu[DUT].insns * 1000 / counts_clock(&c);
	for (int i = 0; i < 3; i++)
		test_free(size[i]);
	return share;
}

static void test_turns_keep_the_ratio(void **state)
{
	(void)state;
	assert_in_range(share_of_turns(500, 500, 10000, 0), 499, 501);
	assert_in_range(share_of_turns(750, 250, 10000, 0), 249, 251);
	assert_in_range(share_of_turns(750, 250, 10000, 311), 249, 251);
	assert_in_range(share_of_turns(750, 250, 10000, 7), 249, 251);
	assert_in_range(share_of_turns(3000, 1000, 10000, 70), 249, 251);
	assert_in_range(share_of_turns(20, 5, 10000, 0), 199, 201);
}

static void test_sleepers_save_no_turns(void **state)
{
	struct counts c = fresh();
	struct vcpu *d = &c.vcpu[DUT];
	struct block *halt = block(0x1000, 10), *b = block(0x2000, 10);
	int blocks = 1;

	(void)state;
	halt->halts = true;
	d->quantum = 100;
	for (int i = 0; i < 50; i++) {
		d->turn_over = true;
		block_begin_idle(&c, d, halt);
	}
	d->turn_over = true;
	while (!block_begin(&c, d, b))
		blocks++;
	assert_int_equal(blocks, 10);
	test_free(halt), test_free(b);
}

/* One runs alone and sleeps, the other wakes later: neither has to catch up for the time before. */
static void run_alone(struct counts *c, struct vcpu *v, const struct block *b, const struct block *halt)
{
	for (int i = 0; i < 1000; i++) {
		if (block_begin(c, v, b))
			v->turn_over = true;
	}
	block_begin_idle(c, v, halt);
}

static int blocks_of_turn(struct counts *c, struct vcpu *v, const struct block *b)
{
	int n = 1;

	v->turn_over = true;
	while (!block_begin(c, v, b))
		n++;
	return n;
}

static void test_nobody_pays_for_time_alone(void **state)
{
	struct block *halt = block(0x1000, 10), *b = block(0x2000, 10);

	(void)state;
	halt->halts = true;
	for (int first = SENDER; first <= DUT; first++) {
		struct counts c = fresh();
		int turns[2] = { 0, 0 };

		c.vcpu[SENDER].quantum = c.vcpu[DUT].quantum = 100;
		run_alone(&c, &c.vcpu[first], b, halt);
		for (int i = 0; i < 40; i++)
			turns[(i + first + 1) % 2] += blocks_of_turn(&c, &c.vcpu[(i + first + 1) % 2], b);
		assert_in_range(turns[SENDER], 190, 215);
		assert_in_range(turns[DUT], 190, 215);
	}
	test_free(halt), test_free(b);
}

/* Round robin of those awake, so many rounds from now on. */
static void run_awake(struct counts *c, const struct block *b, int rounds)
{
	for (int i = 0; i < rounds * c->vcpus; i++) {
		struct vcpu *v = &c->vcpu[i % c->vcpus];

		v->turn_over = true;
		while (!v->halted && !block_begin(c, v, b))
			;
	}
}

/* In permille of the clock, since then. */
static uint64_t share_since(const struct counts *c, const struct counts *then, int i)
{
	return (c->vcpu[i].insns - then->vcpu[i].insns) * 1000 / (counts_clock(c) - counts_clock(then));
}

static struct counts round_of(int vcpus, int senders)
{
	struct counts c = { .vcpus = vcpus, .dut = senders, .round = 1000, .senders = senders };

	for (int i = 0; i < vcpus; i++) {
		c.vcpu[i].sender = i < senders;
		c.vcpu[i].quantum = 250;
		c.vcpu[i].halted = true;
	}
	return c;
}

/* Each CPU of the DUT has its part of the round whoever sleeps, and the senders what is left. */
static void test_a_round_keeps_each_share(void **state)
{
	struct block *halt = block(0x1000, 10), *b = block(0x2000, 10);

	(void)state;
	halt->halts = true;
	for (int senders = 1; senders <= 2; senders++) {
		struct counts c = round_of(senders + 2, senders), then;
		int first = senders, second = senders + 1;

		for (int i = 0; i < c.vcpus; i++)
			block_begin(&c, &c.vcpu[i], b);
		then = c;
		run_awake(&c, b, 10000);
		assert_in_range(share_since(&c, &then, first), 249, 251);
		assert_in_range(share_since(&c, &then, second), 249, 251);
		assert_in_range(share_since(&c, &then, 0), 498 / senders, 502 / senders);
		block_begin_idle(&c, &c.vcpu[second], halt);
		then = c;
		run_awake(&c, b, 10000);
		assert_in_range(share_since(&c, &then, first), 249, 251);
		assert_in_range(share_since(&c, &then, 0), 748 / senders, 752 / senders);
		if (senders > 1)
			block_begin_idle(&c, &c.vcpu[1], halt);
		then = c;
		run_awake(&c, b, 10000);
		assert_in_range(share_since(&c, &then, first), 249, 251);
		assert_in_range(share_since(&c, &then, 0), 748, 752);
	}
	test_free(halt), test_free(b);
}

/* Two CPUs of the DUT awake without a sender do not contend: no share is kept then. */
static void test_contention_is_with_a_sender(void **state)
{
	struct counts c = round_of(3, 1);
	struct block *halt = block(0x1000, 10), *b = block(0x2000, 10);

	(void)state;
	halt->halts = true;
	block_begin(&c, &c.vcpu[1], b);
	block_begin(&c, &c.vcpu[2], b);
	contention_update(&c);
	assert_int_equal(c.vcpu[1].contention.ns, 0);
	block_begin(&c, &c.vcpu[0], b);
	block_begin(&c, &c.vcpu[1], b);
	block_begin_idle(&c, &c.vcpu[0], halt);
	assert_int_equal(c.vcpu[1].contention.ns, 30);
	assert_int_equal(c.vcpu[1].contention.insns, 10);
	assert_int_equal(c.vcpu[2].contention.ns, 30);
	assert_int_equal(c.vcpu[2].contention.insns, 0);
	test_free(halt), test_free(b);
}

static void test_without_quantum_turns_never_end(void **state)
{
	struct counts c = fresh();
	struct block *b = block(0x1000, 1000);

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_false(block_begin(&c, &c.vcpu[DUT], b));
	test_free(b);
}

static void profile_of(struct block *b)
{
	b->profile = test_malloc(sizeof(*b->profile) + (b->insns + 1) * sizeof(b->profile->insn[0]));
	b->profile->insns = b->insns;
	profile_clear(b->profile);
}

static void drop_profiled(struct block *b)
{
	test_free(b->profile);
	test_free(b);
}

/* As much by instruction as by vCPU, wherever a block was left. */
static void test_profile_agrees_with_the_counts(void **state)
{
	struct counts c = fresh();
	struct vcpu *v = &c.vcpu[DUT];
	struct block *whole = block(0x1000, 10), *access = block(0x100c, 1), *last = block(0x1024, 1);

	(void)state;
	profile_of(whole);
	v->profiled = true;
	for (int i = 0; i < 5; i++) {
		whole->profile->executions++;
		block_begin(&c, v, whole);
		if (i == 2)
			block_replay(&c, v, access);
		if (i == 3)
			block_replay(&c, v, last);
	}
	assert_int_equal(v->insns, 44);
	assert_int_equal(profile_executed(whole->profile), 44);
	assert_int_equal(whole->profile->insn[4].change, -1);
	drop_profiled(whole), test_free(access), test_free(last);
}

/* A sender's block may be left in its middle too; it was never counted, so nothing changes. */
static void test_profile_is_of_the_dut_alone(void **state)
{
	struct counts c = fresh();
	struct block *whole = block(0x1000, 10), *access = block(0x100c, 1);

	(void)state;
	profile_of(whole);
	block_begin(&c, &c.vcpu[SENDER], whole);
	block_replay(&c, &c.vcpu[SENDER], access);
	assert_int_equal(profile_executed(whole->profile), 0);
	drop_profiled(whole), test_free(access);
}

static void test_profile_from_mark_to_mark(void **state)
{
	struct block *b = block(0x1000, 10);

	(void)state;
	profile_of(b);
	b->profile->executions = 1;
	profile_begin_at(b->profile, 10 - 3); /* fire: 3 instructions behind it */
	assert_int_equal(profile_executed(b->profile), 3);
	b->profile->executions++;
	profile_end_before(b->profile, 10 - 4); /* drained: 4 behind it */
	assert_int_equal(profile_executed(b->profile), 3 + 6);
	profile_clear(b->profile);
	assert_int_equal(profile_executed(b->profile), 0);
	b->profile->executions = 1;
	profile_begin_at(b->profile, 10); /* a mark at the end of its block */
	assert_int_equal(profile_executed(b->profile), 0);
	drop_profiled(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_access_in_the_middle),
		cmocka_unit_test(test_replay_of_an_unknown_block_is_reported),
		cmocka_unit_test(test_replay_in_the_idle_loop),
		cmocka_unit_test(test_share_counts_only_time_awake),
		cmocka_unit_test(test_marks_count_from_instruction_to_instruction),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_turns_keep_the_ratio),
		cmocka_unit_test(test_sleepers_save_no_turns),
		cmocka_unit_test(test_nobody_pays_for_time_alone),
		cmocka_unit_test(test_a_round_keeps_each_share),
		cmocka_unit_test(test_contention_is_with_a_sender),
		cmocka_unit_test(test_without_quantum_turns_never_end),
		cmocka_unit_test(test_profile_agrees_with_the_counts),
		cmocka_unit_test(test_profile_is_of_the_dut_alone),
		cmocka_unit_test(test_profile_from_mark_to_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
