// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting that is counted against the same waiting executed, block by block: nothing may tell the two apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/testbeds/lab/plugin/icount.c"
#include "harness/testbeds/lab/plugin/wait.c"
#include "harness/util/clock.h"

#define SENDER 0
#define DUT 1
#define SITE_AT 0x1000
#define PASS 4
#define LATE 3 /* ns that the guest's clock has gained a million instructions */

static struct block *block(uint64_t start, uint32_t insns)
{
	struct block *b = test_calloc(1, sizeof(*b) + insns * sizeof(b->offset[0]));

	b->start = start;
	b->insns = insns;
	return b;
}

/* One thread for two vCPUs, as QEMU deals them out, and the budget that it gives: half of what is left to the next timer. */
struct machine {
	struct counts c;
	struct block *pass[PASS], *work, *interrupt, *halt;
	struct wait_site site;
	uint64_t clock, budget, timer, looks, read;
	uint64_t left; /* blocks of work that the DUT has */
	int runs; /* vCPU */
	bool skips;
	bool failed;
};

static uint64_t guest_ns(uint64_t clock)
{
	return clock + clock * LATE / 1000000;
}

static void machine_new(struct machine *m, bool skips)
{
	static const uint32_t insns[PASS] = { 2, 1, 7, 13 };

	memset(m, 0, sizeof(*m));
	m->c.vcpus = 2;
	m->c.dut = DUT;
	m->c.vcpu[SENDER].quantum = 750;
	m->c.vcpu[DUT].quantum = 250;
	m->c.vcpu[DUT].halted = true;
	for (int i = 0; i < PASS; i++)
		m->pass[i] = block(SITE_AT + 0x10 * i, insns[i]);
	m->work = block(0x2000, 9);
	m->interrupt = block(0x3000, 11);
	m->halt = block(0x4000, 3);
	m->halt->halts = true;
	m->skips = skips;
	m->timer = UINT64_MAX;
	m->site.at = SITE_AT;
}

static void machine_free(struct machine *m)
{
	for (int i = 0; i < PASS; i++)
		test_free(m->pass[i]);
	test_free(m->work), test_free(m->interrupt), test_free(m->halt);
}

/* As vcpu_switch(). */
static struct vcpu *machine_to(struct machine *m, int vcpu)
{
	struct vcpu *v = &m->c.vcpu[vcpu];

	if (m->runs != vcpu) {
		m->c.switches++;
		v->turn_over = true;
	}
	m->runs = vcpu;
	return v;
}

static bool machine_block(struct machine *m, int vcpu, const struct block *b)
{
	struct vcpu *v = machine_to(m, vcpu);
	bool over = b->halts ? block_begin_idle(&m->c, v, b) : block_begin(&m->c, v, b);

	m->clock += b->insns;
	m->budget -= b->insns < m->budget ? b->insns : m->budget;
	return over;
}

static void machine_look(struct machine *m, uint64_t until)
{
	struct vcpu *v = &m->c.vcpu[SENDER];
	struct wait_look look = { .time = m->read, .until = until };
	int64_t n = 0;

	m->looks++;
	if (!m->skips)
		return;
	if (wait_known(&m->c, v, &m->site, m->budget))
		n = wait_skip(&m->c, v, &m->site, &look, m->budget);
	m->failed |= n < 0;
	wait_begin(&m->c, v, &m->site);
	m->clock += (uint64_t)n;
	m->budget -= (uint64_t)n;
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* The DUT's part of a round: a turn of work for as long as it has some. */
static void dut_turn(struct machine *m)
{
	bool over = false;

	for (; m->left && !over; m->left--)
		over = machine_block(m, DUT, m->work);
	if (!m->left && !m->c.vcpu[DUT].halted)
		machine_block(m, DUT, m->halt);
}

/* Behind a block of the sender: at the end of its turn or of its budget the others have theirs, and QEMU its timers. */
static void sender_next(struct machine *m, bool over)
{
	if (!over && m->budget)
		return;
	if (m->clock >= m->timer) {
		m->timer = UINT64_MAX;
		machine_block(m, SENDER, m->interrupt);
		m->left += 200;
	}
	dut_turn(m);
	m->budget = m->clock < m->timer && m->timer - m->clock < 200000 ? (m->timer - m->clock + 1) / 2 : 100000;
	machine_to(m, SENDER);
}

/* The sender waits until that time, whatever interrupts it and whoever works beside it. */
static void machine_wait(struct machine *m, uint64_t until)
{
	bool over;

	for (int at = 0;; at = (at + 1) % PASS) {
		over = machine_block(m, SENDER, m->pass[at]);
		if (at == 3)
			m->read = guest_ns(m->clock);
		if (!at) {
			machine_look(m, until);
			over |= m->c.vcpu[SENDER].turn_over;
		}
		sender_next(m, over);
		if (!at && m->read >= until)
			return;
	}
}

static void trial(struct machine *m, uint32_t seed)
{
	for (int frame = 0; frame < 40; frame++) {
		m->left += next(&seed) % 400;
		m->timer = m->clock + next(&seed) % 90000;
		machine_wait(m, guest_ns(m->clock) + next(&seed) % 60000);
		for (int i = next(&seed) % 300; i > 0; i--)
			sender_next(m, machine_block(m, SENDER, m->work));
	}
}

static void as_vcpus(const struct counts *a, const struct counts *b)
{
	for (int i = 0; i < 2; i++) {
		const struct vcpu *x = &a->vcpu[i], *y = &b->vcpu[i];

		assert_int_equal(x->insns, y->insns);
		assert_int_equal(x->turns, y->turns);
		assert_int_equal(x->credit, y->credit);
		assert_int_equal(x->allowance, y->allowance);
		assert_int_equal(x->turns_begun, y->turns_begun);
		assert_int_equal(x->contention.ns, y->contention.ns);
		assert_int_equal(x->contention.insns, y->contention.insns);
		assert_int_equal(x->halts, y->halts);
		assert_int_equal(x->awake_ns, y->awake_ns);
	}
	assert_int_equal(a->switches, b->switches);
}

static void counted_is_as_executed(void **state)
{
	struct machine counted, executed;

	(void)state;
	for (uint32_t seed = 1; seed <= 200; seed++) {
		machine_new(&counted, true);
		machine_new(&executed, false);
		trial(&counted, seed);
		trial(&executed, seed);
		assert_false(counted.failed);
		assert_int_equal(counted.clock, executed.clock);
		as_vcpus(&counted.c, &executed.c);
		assert_true(counted.looks <= executed.looks);
		machine_free(&counted), machine_free(&executed);
	}
}

static void most_is_not_executed(void **state)
{
	struct machine counted, executed;

	(void)state;
	machine_new(&counted, true);
	machine_new(&executed, false);
	machine_wait(&counted, 50000);
	machine_wait(&executed, 50000);
	assert_true(executed.looks > 2000);
	assert_true(counted.looks < executed.looks / 20);
	machine_free(&counted), machine_free(&executed);
}

/* A clock that does not move as instructions are executed says that the place in QEMU is another one. */
static void a_clock_that_stands_is_noticed(void **state)
{
	struct machine m;
	uint64_t read = 0;

	(void)state;
	machine_new(&m, true);
	for (int i = 0; i < 40 && !m.failed; i++) {
		for (int k = 1; k <= PASS; k++)
			machine_block(&m, SENDER, m.pass[k % PASS]);
		m.budget = 65535;
		m.read = read += 23;
		machine_look(&m, 1 << 30);
	}
	assert_true(m.failed);
	machine_free(&m);
}

static bool decoded(struct wait_site *s, const char *code, size_t n)
{
	memset(s, 0, sizeof(*s));
	return wait_decode(s, SITE_AT, (const uint8_t *)code, n);
}

static void which_compare_it_is(void **state)
{
	struct wait_site s;

	(void)state;
	assert_true(decoded(&s, "\x48\x39\x44\x24\x20\x7f\xf4", 7)); /* pktgen: cmp %rax,0x20(%rsp); jg */
	assert_int_equal(s.other, WAIT_STACK);
	assert_int_equal(s.offset, 0x20);
	assert_true(decoded(&s, "\x48\x39\xd8\x72\xf6", 5)); /* ours: cmp %rbx,%rax; jb */
	assert_int_equal(s.other, 3);
	assert_true(decoded(&s, "\x4c\x39\xe0\x72\xf6\x5b\xc3", 7)); /* cmp %r12,%rax */
	assert_int_equal(s.other, 12);
	assert_true(decoded(&s, "\x49\x39\xc4\x77\xf6\x5b\xc3", 7)); /* cmp %rax,%r12; ja */
	assert_int_equal(s.other, 12);
	assert_false(decoded(&s, "\x48\x39\xcb\x72\xf6\x5b\xc3", 7)); /* without rax */
	assert_false(decoded(&s, "\x48\x39\xd8\x72\xf5\x5b\xc3", 7)); /* back to somewhere else */
	assert_false(decoded(&s, "\x39\xd8\x90\x72\xf6\x5b\xc3", 7)); /* 32 bits */
	assert_false(decoded(&s, "\x48\x39\x44\x24\x20\xeb\xf4", 7)); /* always */
	assert_false(decoded(&s, "\x48\x39\x5c\x24\x20\x7f\xf4", 7)); /* another register than the clock's */
	assert_false(decoded(&s, "\x4a\x39\x44\x24\x20\x7f\xf4", 7)); /* an index */
	assert_false(decoded(&s, "\x48\x39\xd8", 3));
	assert_false(decoded(&s, "\x48\x39\x44\x24\x20", 5));
}

/* What our compiler makes of our own wait is what the plugin looks for. */
static void our_own_wait_has_this_shape(void **state)
{
	const uint8_t *code = (const uint8_t *)clock_wait_until;
	struct wait_site s;
	int found = 0;

	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(COVERAGE)
	skip();
#endif
	for (int i = 0; i < 64 - WAIT_CODE_BYTES; i++)
		found += wait_decode(&s, (uint64_t)code + i, code + i, WAIT_CODE_BYTES);
	assert_int_equal(found, 1);
}

static void the_place_of_the_count(void **state)
{
	static const uint8_t code[24] = { 0xc6, 0x87, 0xc7, 0, 0, 0, 1, 0x66, 0xc7, 0x87, 0x12, 0, 0, 0, 0xff, 0xff };
	uint8_t other[24] = { 0 };
	union {
		uint64_t registers[24];
		uint16_t half[16];
	} cpu = { 0 };
	uint64_t values[16];

	(void)state;
	assert_int_equal(icount_find(other), -1);
	assert_int_equal(icount_find(code), 0);
	cpu.half[8] = 1000;
	assert_int_equal(icount_left(&cpu), 1000);
	icount_take(&cpu, 400);
	assert_int_equal(icount_left(&cpu), 600);
	cpu.half[9] = 0xffff;
	assert_int_equal(icount_left(&cpu), 0); /* told to stop */
	for (int i = 0; i < 16; i++)
		cpu.registers[4 + i] = values[i] = 100 + i;
	assert_null(icount_registers(&cpu));
	values[3]++;
	icount_registers_are(&cpu, values);
	assert_null(icount_registers(&cpu));
	values[3]--;
	icount_registers_are(&cpu, values);
	assert_ptr_equal(icount_registers(&cpu), &cpu.registers[4]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counted_is_as_executed),	  cmocka_unit_test(most_is_not_executed),
		cmocka_unit_test(a_clock_that_stands_is_noticed), cmocka_unit_test(which_compare_it_is),
		cmocka_unit_test(our_own_wait_has_this_shape),	  cmocka_unit_test(the_place_of_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
