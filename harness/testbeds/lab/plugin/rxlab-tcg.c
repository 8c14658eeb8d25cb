/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCG plugin of the lab: counts the guest's instructions between two marks, from outside.
 *
 * The guest's agent marks a moment by executing a no-op that nothing else uses (README.md): fire arms the counters,
 * drained writes them to a file. The guest cannot see that anyone counts: it executes the same instructions at the
 * same virtual times with and without the plugin.
 *
 * Counts are kept per translation block (one callback a block) and mended where a device access left a block in its
 * middle, see on_single_access(). What remains is a few instructions a page fault (README.md).
 *
 * With quantum= the plugin also ends the vCPUs' turns, and then it is a part of the testbed, not only an instrument.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/testbeds/lab/plugin/counts.h"
#include "harness/testbeds/lab/plugin/icount.h"
#include "harness/testbeds/lab/plugin/options.h"
#include "harness/testbeds/lab/plugin/qemu-plugin-api.h"
#include "harness/testbeds/lab/plugin/wait.h"

#define EXPORT __attribute__((visibility("default")))

#define STOP_POLL_US 1000
#define MARK_BASE 0x52584c00u /* "RXL" */

enum mark_kind { MARK_FIRE = 1, MARK_DRAINED, MARK_WINDOW_BEGIN, MARK_WINDOW_END, MARK_STOP, MARK_KINDS };

struct mark {
	enum mark_kind kind;
	uint32_t after; /* instructions of the block behind the mark: counted already when the mark executes */
};

EXPORT int qemu_plugin_version = QEMU_PLUGIN_API_USED;

static struct counts now = { .dut = 1 };
static struct counts window_begin, window;
static bool window_open, window_closed;
static uint64_t fires, drains;
static bool armed; /* fired, not yet drained */
static struct vcpu *running;
static struct options options;
/* Blocks of the code cache, and those of before its last flush, which vcpu.last may still name. */
static struct block *blocks, *flushed_blocks;
static struct wait_site *sites; /* never freed: a program has few, and they are found again by their address */

static void *must_alloc(size_t size)
{
	void *p = malloc(size);

	if (!p) {
		fprintf(stderr, "rxlab-tcg: out of memory\n");
		abort();
	}
	return p;
}

static __attribute__((noinline)) struct vcpu *vcpu_switch(const void *cpu)
{
	for (int i = 0; i < now.vcpus; i++) {
		if (!now.vcpu[i].cpu)
			now.vcpu[i].cpu = qemu_get_cpu(i);
		if (now.vcpu[i].cpu == cpu) {
			running = &now.vcpu[i];
			running->turn_over = true;
			now.switches++;
			return running;
		}
	}
	fprintf(stderr, "rxlab-tcg: a vCPU runs that QEMU did not announce\n");
	abort();
}

static inline struct vcpu *vcpu_current(void)
{
	const void *cpu = current_cpu;

	return running && running->cpu == cpu ? running : vcpu_switch(cpu);
}

static void on_block(unsigned int unused, void *udata)
{
	(void)unused;
	if (block_begin(&now, vcpu_current(), udata))
		cpu_exit(current_cpu);
}

static void on_idle_block(unsigned int unused, void *udata)
{
	(void)unused;
	if (block_begin_idle(&now, vcpu_current(), udata))
		cpu_exit(current_cpu);
}

/* As the two above, in a run with a profile. */
static void on_profiled_block(unsigned int unused, void *udata)
{
	struct block *b = udata;

	b->profile->executions += vcpu_current()->profiled;
	if (b->idle || b->halts)
		on_idle_block(unused, udata);
	else
		on_block(unused, udata);
}

static void on_access(unsigned int unused, qemu_plugin_meminfo_t info, uint64_t vaddr, void *udata)
{
	uint64_t bytes = 1ull << qemu_plugin_mem_size_shift(info);
	struct insn_tally *t = udata;

	(void)unused, (void)vaddr;
	if (!vcpu_current()->profiled)
		return;
	if (qemu_plugin_mem_is_store(info))
		t->stored += bytes;
	else
		t->loaded += bytes;
}

/*
 * QEMU executes an access to a device only as the last instruction of a block: met elsewhere, it leaves the block and
 * replays that instruction in a block of its own that reports memory accesses but not its execution. A memory
 * access in a block that was not announced is therefore a replay, and the block before it ended there.
 */
static void on_single_access(unsigned int unused, qemu_plugin_meminfo_t info, uint64_t vaddr, void *udata)
{
	struct vcpu *v = vcpu_current();

	(void)unused, (void)info, (void)vaddr;
	if (v->last != udata)
		block_replay(&now, v, udata);
}

static void share_print(FILE *f, const char *prefix, const char *key, uint64_t insns, uint64_t ns)
{
	if (ns)
		fprintf(f, "%s%s=%.6f\n", prefix, key, (double)insns / ns);
	else
		fprintf(f, "%s%s=null\n", prefix, key);
}

static void counts_print(FILE *f, const struct counts *c, const char *prefix)
{
	const struct vcpu *d = &c->vcpu[c->dut];
	const struct contention *n = &d->contention;

	for (int i = 0; i < c->vcpus; i++) {
		fprintf(f, "%svcpu%d.instructions=%" PRIu64 "\n", prefix, i, c->vcpu[i].insns);
		if (options.idle_count)
			fprintf(f, "%svcpu%d.busy=%" PRIu64 "\n", prefix, i, c->vcpu[i].insns - c->vcpu[i].idle);
		fprintf(f, "%svcpu%d.halts=%" PRIu64 "\n", prefix, i, c->vcpu[i].halts);
		fprintf(f, "%svcpu%d.contended=%" PRIu64 ":%" PRIu64 "\n", prefix, i, c->vcpu[i].contention.insns,
			c->vcpu[i].contention.ns);
	}
	fprintf(f, "%sinstructions=%" PRIu64 "\n", prefix, counts_clock(c));
	fprintf(f, "%sdut_instructions=%" PRIu64 "\n", prefix, d->insns);
	if (options.idle_count)
		fprintf(f, "%sdut_busy=%" PRIu64 "\n", prefix, d->insns - d->idle);
	else
		fprintf(f, "%sdut_busy=null\n", prefix);
	fprintf(f, "%sdut_busy_ns=%" PRIu64 "\n", prefix, d->awake_ns);
	share_print(f, prefix, "dut_share", d->insns, d->awake_ns);
	fprintf(f, "%scontended_ns=%" PRIu64 "\n", prefix, n->ns);
	share_print(f, prefix, "contended_share", n->insns, n->ns);
}

static void calls_print(FILE *f, int vcpus)
{
	for (const struct call *c = options.calls; c < options.calls + options.call_count; c++) {
		uint64_t all = 0;

		for (int i = 0; i < vcpus; i++) {
			fprintf(f, "vcpu%d.calls.%s=%" PRIu64 "\n", i, c->name, c->n[i]);
			all += c->n[i];
		}
		fprintf(f, "calls.%s=%" PRIu64 "\n", c->name, all);
	}
}

/* Written aside and renamed: whoever waits for the file sees it whole. */
static void result_write(const struct counts *c, const char *state)
{
	char tmp[4096];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", options.out);
	f = fopen(tmp, "w");
	if (!f) {
		fprintf(stderr, "rxlab-tcg: %s: %s\n", tmp, strerror(errno));
		return;
	}
	fprintf(f, "state=%s\nfires=%" PRIu64 "\ndrains=%" PRIu64 "\n", state, fires, drains);
	fprintf(f, "vcpus=%d\ndut=%d\nnic=%s\n", c->vcpus, c->dut, igb_said());
	counts_print(f, c, "");
	calls_print(f, c->vcpus);
	fprintf(f, "replays=%" PRIu64 "\nunmatched=%" PRIu64 "\nskipped=%" PRIu64 "\n", c->replays, c->unmatched,
		c->skipped);
	if (window_closed)
		counts_print(f, &window, "window.");
	if (fclose(f) || rename(tmp, options.out))
		fprintf(stderr, "rxlab-tcg: %s: %s\n", options.out, strerror(errno));
}

/* A profiled vCPU has each of its instructions counted. */
static void on_wait(unsigned int unused, void *udata)
{
	struct vcpu *v = vcpu_current();

	(void)unused;
	if (v->profiled)
		wait_forget(v);
	else if (wait_at(&now, v, udata))
		cpu_exit(current_cpu);
}

static void on_probe(unsigned int unused, void *udata)
{
	(void)unused;
	wait_forget(vcpu_current());
	events_probe(&options.events, udata);
}

static void on_call(unsigned int unused, void *udata)
{
	(void)unused;
	wait_forget(vcpu_current());
	((struct call *)udata)->n[vcpu_current() - now.vcpu]++;
}

static void calls_reset(void)
{
	for (int i = 0; i < options.call_count; i++)
		memset(options.calls[i].n, 0, sizeof(options.calls[i].n));
}

/* What the NIC can be; written aside and renamed. False: it cannot be written. */
static bool stop_write(void)
{
	char tmp[4096];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", options.stop);
	f = fopen(tmp, "w");
	if (!f)
		return false;
	fprintf(f, "%s\n", igb_said());
	return !fclose(f) && !rename(tmp, options.stop);
}

/*
 * Holds the guest at this instruction until QEMU's main loop stops it. Left to run, it would go on for as long as
 * the host pleases, or find every vCPU idle and jump in virtual time: two snapshots would differ. The file tells the
 * host that it may ask for the stop; once the machine no longer runs and the main loop lets go of the lock, every
 * vCPU has been told to stop, and this one does so at the end of its block.
 */
static void machine_stop(void)
{
	if (!options.stop || !stop_write()) {
		fprintf(stderr, "rxlab-tcg: a stop mark, but no stop= that can be written\n");
		return;
	}
	while (runstate_is_running())
		usleep(STOP_POLL_US);
	bql_lock_impl(__FILE__, __LINE__);
	bql_unlock();
}

static void on_mark(unsigned int unused, void *udata)
{
	const struct mark *m = udata;
	struct vcpu *v = vcpu_current();
	struct counts at;

	(void)unused;
	wait_forget(v);
	counts_copy(&at, &now, v - now.vcpu, m->after);
	switch (m->kind) {
	case MARK_FIRE:
		fires++;
		armed = true;
		window_open = window_closed = false;
		counts_reset(&now, v, m->after);
		calls_reset();
		events_begin();
		if (options.profile)
			profile_reset(blocks, v, m->after);
		break;
	case MARK_DRAINED:
		drains++;
		armed = false;
		events_end();
		if (options.profile)
			profile_drained(blocks, v, m->after, options.profile);
		result_write(&at, "drained");
		break;
	case MARK_WINDOW_BEGIN:
		window_begin = at;
		window_open = true;
		break;
	case MARK_WINDOW_END:
		window = at;
		counts_subtract(&window, &window_begin);
		window_closed = window_open;
		break;
	case MARK_STOP:
		machine_stop();
		break;
	default:
		break;
	}
}

static bool is_in(const struct range *ranges, int count, uint64_t pc)
{
	for (int i = 0; i < count; i++) {
		if (pc >= ranges[i].start && pc < ranges[i].end)
			return true;
	}
	return false;
}

static struct block *block_new(const struct qemu_plugin_tb *tb)
{
	uint32_t n = qemu_plugin_tb_n_insns(tb);
	struct block *b = must_alloc(sizeof(*b) + n * sizeof(b->offset[0]));

	b->start = qemu_plugin_tb_vaddr(tb);
	b->insns = n;
	b->idle = is_in(options.idle, options.idle_count, b->start);
	b->halts = false;
	b->profile = options.profile ? must_alloc(profile_size(n)) : NULL;
	if (b->profile) {
		b->profile->insns = n;
		profile_clear(b->profile);
	}
	for (uint32_t i = 0; i < n; i++)
		b->offset[i] = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, i)) - b->start;
	b->next = blocks;
	blocks = b;
	return b;
}

static bool insn_is_halt(const struct qemu_plugin_insn *insn)
{
	uint8_t byte;

	return qemu_plugin_insn_data(insn, &byte, 1) == 1 && byte == 0xf4;
}

/* nopl imm32(%rax) */
static enum mark_kind insn_mark(const struct qemu_plugin_insn *insn)
{
	uint8_t byte[7];
	uint32_t imm;

	if (qemu_plugin_insn_data(insn, byte, sizeof(byte)) != sizeof(byte))
		return 0;
	if (byte[0] != 0x0f || byte[1] != 0x1f || byte[2] != 0x80)
		return 0;
	memcpy(&imm, byte + 3, sizeof(imm));
	return imm > MARK_BASE && imm < MARK_BASE + MARK_KINDS ? imm - MARK_BASE : 0;
}

static void mark_register(struct qemu_plugin_insn *insn, enum mark_kind kind, uint32_t after)
{
	/* Never freed: a program's marks are few, and translated anew only now and then. */
	struct mark *m = must_alloc(sizeof(*m));

	*m = (struct mark) { .kind = kind, .after = after };
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, QEMU_PLUGIN_CB_NO_REGS, m);
}

static void call_register(struct qemu_plugin_insn *insn)
{
	for (int i = 0; i < options.call_count; i++) {
		if (qemu_plugin_insn_vaddr(insn) == options.calls[i].address)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_call, QEMU_PLUGIN_CB_NO_REGS,
							       &options.calls[i]);
	}
}

static void probe_register(struct qemu_plugin_insn *insn)
{
	for (int i = 0; i < options.events.count; i++) {
		if (qemu_plugin_insn_vaddr(insn) == options.events.probes[i].address)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_probe, QEMU_PLUGIN_CB_R_REGS,
							       &options.events.probes[i]);
	}
}

/* The site of this address, made if it is new. NULL: no memory. */
static struct wait_site *site_of(const struct wait_site *found)
{
	struct wait_site *s;

	for (s = sites; s && s->at != found->at; s = s->next)
		;
	if (s)
		return s;
	s = must_alloc(sizeof(*s));
	*s = *found;
	s->next = sites;
	sites = s;
	return s;
}

/* Does the block begin with the compare of a wait? */
static void wait_register(const struct qemu_plugin_tb *tb, const struct block *b)
{
	struct qemu_plugin_insn *compare = qemu_plugin_tb_get_insn(tb, 0);
	struct wait_site found = { 0 };
	uint8_t code[WAIT_CODE_BYTES];
	size_t n;

	if (options.waits_executed || b->insns < 2 || !is_in(options.waits, options.wait_count, b->start))
		return;
	n = qemu_plugin_insn_data(compare, code, sizeof(code));
	n += qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, 1), code + n, sizeof(code) - n);
	if (wait_decode(&found, b->start, code, n))
		qemu_plugin_register_vcpu_insn_exec_cb(compare, on_wait, QEMU_PLUGIN_CB_R_REGS, site_of(&found));
}

static qemu_plugin_vcpu_udata_cb_t block_callback(const struct block *b)
{
	if (b->profile)
		return on_profiled_block;
	return b->idle || b->halts ? on_idle_block : on_block;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static bool attached;
	struct block *b = block_new(tb);

	(void)id;
	if (!attached)
		igb_attach(options.nic);
	attached = true;
	for (uint32_t i = 0; i < b->insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		enum mark_kind kind = insn_mark(insn);

		if (kind)
			mark_register(insn, kind, b->insns - i - 1);
		call_register(insn);
		probe_register(insn);
		if (i == b->insns - 1)
			b->halts = insn_is_halt(insn);
		if (b->profile && options.memory)
			qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
							 &b->profile->insn[i]);
	}
	if (b->insns == 1)
		qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, 0), on_single_access,
						 QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, b);
	wait_register(tb, b);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_callback(b), QEMU_PLUGIN_CB_NO_REGS, b);
}

/* Their passes name blocks that are about to be freed. */
static void waits_forget(void)
{
	for (int i = 0; i < now.vcpus; i++)
		wait_forget(&now.vcpu[i]);
	for (struct wait_site *s = sites; s; s = s->next)
		s->seen = s->pass.blocks = 0;
}

/* The code cache is thrown away: nothing can execute its blocks, but the last one executed may still need mending. */
static void on_flush(qemu_plugin_id_t id)
{
	struct block *next;

	(void)id;
	waits_forget();
	if (options.profile) /* its counts are still wanted */
		return;
	for (struct block *b = flushed_blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	flushed_blocks = blocks;
	blocks = NULL;
}

static void on_quit(qemu_plugin_id_t id, void *udata)
{
	struct counts at;

	(void)id, (void)udata;
	if (drains && !armed)
		return;
	counts_copy(&at, &now, 0, 0);
	result_write(&at, fires ? "running" : "idle");
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	if (!info->system_emulation || strcmp(info->target_name, "x86_64"))
		return option_fail("target", "only qemu-system-x86_64");
	now.vcpus = info->system.smp_vcpus;
	if (now.vcpus > MAX_VCPUS)
		return option_fail("-smp", "too many vCPUs");
	/* Until it is seen to run: after -loadvm most of them sleep. */
	for (int i = 0; i < now.vcpus; i++)
		now.vcpu[i].halted = true;
	for (int i = 0; i < argc; i++) {
		if (option_parse(&options, &now, argv[i]))
			return 1;
	}
	if (!options.out)
		return option_fail("out=", "missing");
	if (now.dut >= now.vcpus)
		return option_fail("dut=", "no such vCPU");
	if (now.round && !now.senders)
		return option_fail("round=", "whose is it? senders= is missing");
	if (options.wait_count && icount_find((const uint8_t *)cpu_exit))
		return option_fail("waits=", "QEMU's count of instructions is not where 10.0 has it");
	if (options.events.path && events_open(&options.events))
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_flush_cb(id, on_flush);
	qemu_plugin_register_atexit_cb(id, on_quit, NULL);
	return 0;
}
