/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lab: a QEMU guest whose clock is the number of instructions executed,
 * started for each trial from one snapshot (docs/lab.md).
 *
 * Everything that it needs lies in one folder, the cache: $RXLAB_CACHE, else
 * $XDG_CACHE_HOME/rxlab, else ~/.cache/rxlab.
 */
#ifndef RXLAB_LAB_H
#define RXLAB_LAB_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "generators/generator.h"
#include "harness/record/outcome.h"
#include "harness/record/trial_spec.h"
#include "harness/util/err.h"

int lab_build(struct err *e); /* packages, image, snapshot; whatever is there already is kept */
/* The same for a kernel by its whole name; NULL: the lab's own. A guest that does not boot is no error: its trials say so. */
int lab_build_kernel(const char *kernel, struct err *e);
int lab_status(FILE *f); /* what exists, one line each; 0 if a trial can run */
int lab_shell(struct err *e); /* a prompt in the guest, on this terminal */
int lab_clean(struct err *e); /* removes images and snapshots; the fetched packages stay */

/* Below, the lab's own files only. */

#define LAB_PATH_NEVER ",\"\\" /* not in paths: would end an option of QEMU or a string of its control channel */

/* The parts of a built lab: their paths and versions. */
struct lab {
	char root[PATH_MAX - 512]; /* of the project: sources and build/ */
	char cache[PATH_MAX - 256];
	char packages[PATH_MAX - 128];
	char image[PATH_MAX - 64]; /* folder of this image: initramfs, symbols, snapshots */
	char kernel[48]; /* its name (kernel_list.h); "": the lab's own */
	char boots[PATH_MAX - 64]; /* folder of vmlinuz and modules */
	char without[256]; /* why the image has no modules of ours; "": it has */
	char kernel_sha[65];
	char initramfs_sha[65];
	char kernel_version[64];
	char qemu_version[64]; /* of the program: "10.0.2" */
	char qemu_package[64];
	char identity[17];
};

/* CPUs and interfaces of a trial: the snapshot that it starts from. */
struct lab_topology {
	unsigned int senders;
	unsigned int reader_cpu; /* as the trial has it: 1 or 2 */
	unsigned int interrupt_cpus; /* 1, 2 or 4: from LAB_CPU_DUT on */
	unsigned int channels; /* queues of the DUT's NIC */
	unsigned int dut_cpus; /* interrupt_cpus, and one more if the reader has its own */
	unsigned int cpus;
	unsigned int sender1_cpu;
};

extern const struct lab_topology lab_first_topology; /* `lab build` makes its snapshot */

int lab_paths(struct lab *l, struct err *e); /* the cache and the packages' folder */
int lab_image_folder(struct lab *l, struct err *e); /* where the image of the present sources belongs */
int lab_modules_folder(const struct lab *l, char path[PATH_MAX], struct err *e); /* where its modules stay built */
int lab_describe(struct lab *l, struct err *e); /* hashes a fresh image and writes its info file, which completes it */
/* Finds a kernel's built image; NULL: the lab's own kernel. -ENOENT if it must be built. */
int lab_find(struct lab *l, const char *kernel, struct err *e);
void lab_set_kernel(struct lab *l, const char *kernel); /* after lab_paths() */
struct lab_topology lab_topology_of(const struct trial *t);
struct snapshot;
/* Makes the snapshot of a topology if missing, and checks that it is intact; several processes may call it at once. */
int lab_snapshot(const struct lab *l, const struct lab_topology *top, struct snapshot *s, struct err *e);
void lab_boot_retry(const struct lab *l); /* forgets that this image did not boot */

/* The plugin's arguments that name the guest's functions. Call after lab_snapshot(). */
int lab_symbols(const struct lab *l, const struct lab_topology *top, char *text, size_t size, struct err *e);

/* The files of one start of the guest, all in its side folder. */
struct lab_files {
	char text[PATH_MAX], console[PATH_MAX], trace[PATH_MAX], plugin[PATH_MAX], profile[PATH_MAX], log[PATH_MAX];
	char input[PATH_MAX];
	char wire[PATH_MAX], sent[SENDERS_MAX][PATH_MAX], events[PATH_MAX];
};

struct lab_asked {
	bool fates; /* what the sink saw of each sequence number; also dumps the wire to the DUT */
	bool code; /* where modules loaded since the snapshot lie */
};

int lab_files(struct lab_files *f, const char *side, struct err *e); /* sets their names, and removes old files */
int lab_input(const struct lab_files *f, const struct trial *t, struct err *e); /* the file that the trial reads */
/*
 * Starts the guest from its snapshot with a text, and waits for its end. instruments: more arguments of the plugin,
 * each after a comma; asked: what the guest reports after the measurement. why: what failed in QEMU or the
 * guest. Returns an error only if QEMU could not start.
 */
int lab_start(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, const char *text,
	      const char *instruments, struct lab_asked asked, struct err *why, struct err *e);

/* How well the senders kept their frames' scheduled times, from the dumps of what left them. */
int lab_schedule_read(const struct trial *t, const struct lab_files *f, struct outcome *o, struct err *e);
void lab_schedule_check(const struct trial *t, struct outcome *o); /* marks the trial invalid if they did not */
/* Likewise the frames by size that left the senders, where the trial sends a mix; and are they what was asked? */
int lab_mix_read(const struct trial *t, const struct lab_files *f, struct outcome *o, struct err *e);
void lab_mix_check(const struct trial *t, struct outcome *o);

/* cpu.instructions, from the plugin's profile; the owners go to side/owners. Call when busy_ns is known. */
int lab_profile(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, const char *side,
		struct outcome *o, struct err *e);
#define LAB_FATES "fates"
/* Arguments of the plugin for the events of single frames. May make the layout first. */
int lab_fates_arguments(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, char *text,
			size_t size, struct err *e);
/* The fate of each frame into side/fates, after the outcome is complete. */
int lab_fates(const struct lab *l, const struct trial *t, const struct lab_files *f, const char *side,
	      const struct outcome *o, struct err *e);
/*
 * Where all code of the guest lies (lab_protocol.h: LAB_LINE_FUNCTION), found if unknown: text for codemap_parse(),
 * freed by the caller. It holds the guest's report on its snapshot, then that of the start f on modules that it
 * loaded; f may be NULL. 0, or -errno and a message.
 */
int lab_layout(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, char **text,
	       struct err *e);
void lab_topology_folder(const struct lab *l, const struct lab_topology *top, char *path, size_t size);
int lab_lock(const char *folder, struct err *e); /* returns a file descriptor; closing it releases the lock */

/* LD_LIBRARY_PATH of the unpacked QEMU. */
void lab_libraries(const struct lab *l, char *text, size_t size);

/* QEMU's arguments that define the guest: part of the identity. */
#define LAB_SAID 320 /* bytes of a script's last line */
/* What a script said last, without its "rxlab: ": the reason why it failed with this status. */
const char *lab_said(char said[LAB_SAID], int status);
const char *lab_machine_text(void);

/* The hub's ports. */
#define LAB_DUT_PORT "h2"
#define LAB_SENDER_PORT "h%u" /* 0, 1 */
#define LAB_ARGS 96
struct lab_qemu_args {
	char *argv[LAB_ARGS];
	int argc;
};

void lab_args_machine(struct lab_qemu_args *a, const struct lab *l, const struct lab_topology *top, const char *extra);
/* The guest's memory in a file: written by a guest that boots (making), or mapped copy-on-write by a trial. */
void lab_args_ram(struct lab_qemu_args *a, const char *path, bool making);
/* For QEMU's control channel, when writing or loading a snapshot: its memory is already in the file. */
#define LAB_RAM_STAYS "{\"capabilities\":[{\"capability\":\"x-ignore-shared\",\"state\":true}]}"
/* Adds the plugin with the CPUs' turns, and with the caller's further arguments ("out=..."). */
void lab_args_plugin(struct lab_qemu_args *a, const struct lab *l, const struct lab_topology *top, const char *rest);
void lab_args_add(struct lab_qemu_args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void lab_args_free(struct lab_qemu_args *a);

#endif
