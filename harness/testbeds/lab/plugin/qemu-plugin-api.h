/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of QEMU's TCG plugin interface, version 4 (QEMU 10.0), that rxlab-tcg.c uses.
 *
 * Debian ships the interface without its header, so what is needed is declared here, in our own words.
 * The symbols at the end are no part of the interface: QEMU exports them all the same (see README.md).
 */
#ifndef RXLAB_QEMU_PLUGIN_API_H
#define RXLAB_QEMU_PLUGIN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_API_USED 4

typedef uint64_t qemu_plugin_id_t;

struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef struct qemu_info_t {
	const char *target_name;
	struct {
		int min;
		int cur;
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus;
		int max_vcpus;
	} system;
} qemu_info_t;

enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS,
	QEMU_PLUGIN_CB_R_REGS,
	QEMU_PLUGIN_CB_RW_REGS,
};

enum qemu_plugin_mem_rw {
	QEMU_PLUGIN_MEM_R = 1,
	QEMU_PLUGIN_MEM_W,
	QEMU_PLUGIN_MEM_RW,
};

typedef uint32_t qemu_plugin_meminfo_t;

/* GLib's, which QEMU is linked with. */
typedef struct GByteArray {
	uint8_t *data;
	unsigned int len;
} GByteArray;
typedef struct GArray {
	char *data;
	unsigned int len;
} GArray;
GByteArray *g_byte_array_new(void);
GByteArray *g_byte_array_set_size(GByteArray *array, unsigned int length);

struct qemu_plugin_register;
typedef struct {
	struct qemu_plugin_register *handle;
	const char *name;
	const char *feature;
} qemu_plugin_reg_descriptor;

typedef void (*qemu_plugin_simple_cb_t)(qemu_plugin_id_t id);
typedef void (*qemu_plugin_udata_cb_t)(qemu_plugin_id_t id, void *userdata);
typedef void (*qemu_plugin_vcpu_tb_trans_cb_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*qemu_plugin_vcpu_udata_cb_t)(unsigned int vcpu_index, void *userdata);
typedef void (*qemu_plugin_vcpu_mem_cb_t)(unsigned int vcpu_index, qemu_plugin_meminfo_t info, uint64_t vaddr,
					  void *userdata);

/* What a plugin exports. */
extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv);

/* What QEMU exports. */
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, qemu_plugin_vcpu_udata_cb_t cb,
					  enum qemu_plugin_cb_flags flags, void *userdata);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t cb,
					    enum qemu_plugin_cb_flags flags, void *userdata);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_mem_cb_t cb,
				      enum qemu_plugin_cb_flags flags, enum qemu_plugin_mem_rw rw, void *userdata);
void qemu_plugin_register_flush_cb(qemu_plugin_id_t id, qemu_plugin_simple_cb_t cb);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_plugin_udata_cb_t cb, void *userdata);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t idx);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest, size_t len);
unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
GArray *qemu_plugin_get_registers(void); /* of the running vCPU: qemu_plugin_reg_descriptor */
int qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *buf); /* appends; bytes, or -1 */
bool qemu_plugin_read_memory_vaddr(uint64_t addr, GByteArray *data, size_t len);

/*
 * No part of the interface: the running vCPU, the vCPU of an index, and the end of a vCPU's turn at its next block. They
 * are the only sound way to tell vCPUs apart, and to end their turns, when all of them share one thread.
 */
extern __thread void *current_cpu __attribute__((tls_model("initial-exec")));
void *qemu_get_cpu(int index);
void cpu_exit(void *cpu);

/* The big lock and the run state, for stopping the machine at one instruction. */
bool runstate_is_running(void);
void bql_lock_impl(const char *file, int line);
void bql_unlock(void);
bool bql_locked(void);

/* Devices, timers and MSI-X messages, for the NIC (igb.c). */
typedef struct {
	uint64_t address;
	uint32_t data;
} qemu_msix_message_t;
#define QEMU_CLOCK_OF_GUEST 1
void *object_resolve_path_type(const char *path, const char *type, bool *ambiguous); /* NULL: none, or several */
void timer_mod(void *timer, int64_t expires); /* in the timer's own unit, ns for those of igb */
int64_t qemu_clock_get_ns(int clock);
qemu_msix_message_t msix_get_message(void *device, unsigned int vector);

#endif
