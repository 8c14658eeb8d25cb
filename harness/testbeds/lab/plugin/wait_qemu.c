// SPDX-License-Identifier: GPL-2.0-or-later
/* What wait.c needs of a running QEMU. */
#include <stdio.h>
#include <unistd.h>

#include "harness/testbeds/lab/plugin/icount.h"
#include "harness/testbeds/lab/plugin/qemu-plugin-api.h"
#include "harness/testbeds/lab/plugin/registers.h"
#include "harness/testbeds/lab/plugin/wait.h"

enum { RAX, RSP = 4, REGISTERS = 16 };
/* By their numbers in an instruction. */
static const char *const register_names[REGISTERS] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
						       "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };

/* QEMU's interface takes a microsecond for what stands right there. */
static uint64_t register_of(unsigned int number)
{
	uint64_t all[REGISTERS];

	if (!icount_registers(current_cpu)) {
		for (int i = 0; i < REGISTERS; i++)
			all[i] = register_value(register_find(register_names[i]));
		icount_registers_are(current_cpu, all);
		return all[number];
	}
	return icount_registers(current_cpu)[number];
}

static bool wait_look(const struct vcpu *v, const struct wait_site *s, struct wait_look *look)
{
	look->time = register_of(RAX);
	look->until = v->wait.until;
	if (v->wait.until_known)
		return true;
	if (s->other == WAIT_STACK)
		return guest_read(register_of(RSP) + (uint64_t)s->offset, &look->until, sizeof(look->until));
	look->until = register_of(s->other);
	return true;
}

static uint16_t wait_pass(struct counts *c, struct vcpu *v, const struct wait_site *s, const struct wait_look *look,
			  uint16_t budget)
{
	int64_t insns = wait_skip(c, v, s, look, budget);

	if (insns < 0) {
		/* A trial on a clock that is not the executed instructions' would be worse than none. */
		fprintf(stderr, "rxlab-tcg: waits=: QEMU's clock is not kept as in 10.0\n");
		_exit(1);
	}
	icount_take(current_cpu, (uint16_t)insns);
	c->skipped += (uint64_t)insns;
	return (uint16_t)insns;
}

bool wait_at(struct counts *c, struct vcpu *v, struct wait_site *s)
{
	uint16_t budget = icount_left(current_cpu), insns = 0;
	struct wait_look look;

	if (wait_known(c, v, s, budget) && wait_look(v, s, &look))
		insns = wait_pass(c, v, s, &look, budget);
	wait_begin(c, v, s);
	return insns && v->turn_over;
}
