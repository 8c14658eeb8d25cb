/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QEMU of a few lines for the plugin: blocks whose instructions are known are translated, executed and thrown away. Its
 * registers and memory hold nothing. Include once, behind cmocka.h.
 */
#ifndef RXLAB_TEST_FAKE_QEMU_H
#define RXLAB_TEST_FAKE_QEMU_H

#include <string.h>

#include "harness/testbeds/lab/plugin/igb.h"
#include "harness/testbeds/lab/plugin/qemu-plugin-api.h"

#define INSN_BYTES 7
#define CPUS 2
#define CALLBACKS 8

struct qemu_plugin_insn {
	uint64_t at;
	uint8_t bytes[INSN_BYTES];
	int n, n_mem;
	qemu_plugin_vcpu_udata_cb_t each[CALLBACKS];
	void *each_data[CALLBACKS];
	qemu_plugin_vcpu_mem_cb_t mem[CALLBACKS];
	void *mem_data[CALLBACKS];
};

struct qemu_plugin_tb {
	uint32_t n;
	struct qemu_plugin_insn insn[8];
	qemu_plugin_vcpu_udata_cb_t begin;
	void *begin_data;
};

/* The NIC has tests of its own. */
void igb_attach(enum igb_mode mode)
{
	(void)mode;
}

const char *igb_said(void)
{
	return "as-is";
}

__thread void *current_cpu;
static int cpus[CPUS], exits[CPUS];
static qemu_plugin_vcpu_tb_trans_cb_t translate;
static qemu_plugin_simple_cb_t flush;
static qemu_plugin_udata_cb_t quit;
static int runs_for; /* asked so often whether it runs, it says yes */
static int locked, unlocked;
static void *kept[256]; /* what callbacks are given: the plugin never frees its marks */
static int n_kept;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t cb)
{
	(void)id;
	translate = cb;
}

void qemu_plugin_register_flush_cb(qemu_plugin_id_t id, qemu_plugin_simple_cb_t cb)
{
	(void)id;
	flush = cb;
}

void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_udata_cb_t cb, void *userdata)
{
	(void)id, (void)userdata;
	quit = cb;
}

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, qemu_plugin_vcpu_udata_cb_t cb,
					  enum qemu_plugin_cb_flags flags, void *userdata)
{
	(void)flags;
	tb->begin = cb;
	tb->begin_data = userdata;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t cb,
					    enum qemu_plugin_cb_flags flags, void *userdata)
{
	(void)flags;
	insn->each[insn->n] = cb;
	insn->each_data[insn->n++] = userdata;
	kept[n_kept++ % 256] = userdata;
}

void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_mem_cb_t cb,
				      enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw rw, void *userdata)
{
	(void)flags, (void)rw;
	insn->mem[insn->n_mem] = cb;
	insn->mem_data[insn->n_mem++] = userdata;
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
	return tb->n;
}

uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb)
{
	return tb->insn[0].at;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t idx)
{
	return (struct qemu_plugin_insn *)&tb->insn[idx];
}

size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest, size_t len)
{
	len = len < INSN_BYTES ? len : INSN_BYTES;
	memcpy(dest, insn->bytes, len);
	return len;
}

uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn)
{
	return insn->at;
}

unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info)
{
	return info & 7;
}

bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info)
{
	return info & 8;
}

GArray *qemu_plugin_get_registers(void)
{
	static GArray none;

	return &none;
}

int qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *buf)
{
	(void)handle, (void)buf;
	return -1;
}

bool qemu_plugin_read_memory_vaddr(uint64_t addr, GByteArray *data, size_t len)
{
	(void)addr;
	memset(data->data, 0, len);
	return true;
}

GByteArray *g_byte_array_new(void)
{
	static uint8_t room[256];
	static GByteArray array = { room, 0 };

	return &array;
}

GByteArray *g_byte_array_set_size(GByteArray *array, unsigned int length)
{
	(void)length;
	return array;
}

void *qemu_get_cpu(int index)
{
	return &cpus[index];
}

void cpu_exit(void *cpu)
{
	exits[(int *)cpu - cpus]++;
}

bool runstate_is_running(void)
{
	return runs_for-- > 0;
}

void bql_lock_impl(const char *file, int line)
{
	(void)file, (void)line;
	locked++;
}

void bql_unlock(void)
{
	unlocked++;
}

/* Programs: n instructions from an address on, one of which may be a mark. */
static struct qemu_plugin_tb translated(uint64_t at, uint32_t n, uint32_t where, uint8_t mark_number)
{
	struct qemu_plugin_tb tb = { .n = n };
	uint32_t i;

	for (i = 0; i < n; i++)
		tb.insn[i] = (struct qemu_plugin_insn) { .at = at + i * INSN_BYTES, .bytes = { 0x90 } };
	if (mark_number)
		memcpy(tb.insn[where].bytes, ((uint8_t[]) { 0x0f, 0x1f, 0x80, mark_number, 'L', 'X', 'R' }), 7);
	return tb;
}

static void execute(struct qemu_plugin_tb *tb, int cpu, int times)
{
	uint32_t i;
	int k;

	current_cpu = &cpus[cpu];
	while (times--) {
		tb->begin(0, tb->begin_data);
		for (i = 0; i < tb->n; i++)
			for (k = 0; k < tb->insn[i].n; k++)
				tb->insn[i].each[k](0, tb->insn[i].each_data[k]);
	}
}

static void access_memory(struct qemu_plugin_insn *insn, int cpu, qemu_plugin_meminfo_t info)
{
	int k;

	current_cpu = &cpus[cpu];
	for (k = 0; k < insn->n_mem; k++)
		insn->mem[k](0, info, 0x5000, insn->mem_data[k]);
}

#endif
