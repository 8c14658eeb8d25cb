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
int lab_status(FILE *f); /* what is there, one line each; 0 when a trial can run */
int lab_shell(struct err *e); /* a prompt in the guest, on this terminal */
int lab_clean(struct err *e); /* removes images and snapshots; the fetched packages stay */

/* Below, the lab's own files only. */

#define LAB_PATH_NEVER ",\"\\" /* they would end an option of QEMU, or a string of its control channel */

/* Where the parts of a built lab are, and what they are. */
struct lab {
	char root[PATH_MAX - 512]; /* of the project: sources and build/ */
	char cache[PATH_MAX - 256];
	char packages[PATH_MAX - 128];
	char image[PATH_MAX - 64]; /* folder of this image: initramfs, symbols, snapshots */
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
	unsigned int reader_cpu;
	unsigned int cpus;
	unsigned int sender1_cpu;
};

extern const struct lab_topology lab_first_topology; /* the one that building makes a snapshot of */

int lab_paths(struct lab *l, struct err *e); /* the cache and the packages' folder */
int lab_image_folder(struct lab *l, struct err *e); /* where the image of the present sources belongs */
int lab_describe(struct lab *l, struct err *e); /* hashes a fresh image and writes its info file: then it is built */
int lab_find(struct lab *l, struct err *e); /* a built image; -ENOENT when it is to be built */
struct lab_topology lab_topology_of(const struct trial *t);
struct snapshot;
/* Makes the snapshot of a topology unless it is there, and looks whether it is whole; safe from several processes at once. */
int lab_snapshot(const struct lab *l, const struct lab_topology *top, struct snapshot *s, struct err *e);

/* The plugin's arguments that name the guest's functions. After lab_snapshot(). */
int lab_symbols(const struct lab *l, const struct lab_topology *top, char *text, size_t size, struct err *e);

/* The files of one start of the guest, all in its side folder. */
struct lab_files {
	char text[PATH_MAX], console[PATH_MAX], trace[PATH_MAX], plugin[PATH_MAX], profile[PATH_MAX], log[PATH_MAX];
	char input[PATH_MAX];
	char wire[PATH_MAX], sent[SENDERS_MAX][PATH_MAX], events[PATH_MAX];
};

struct lab_asked {
	bool fates; /* what the sink saw of each sequence number; the wire to the DUT is dumped, too */
	bool code; /* where modules lie that were loaded since the snapshot */
};

int lab_files(struct lab_files *f, const char *side, struct err *e); /* names them, and removes what is there */
int lab_input(const struct lab_files *f, const struct trial *t, struct err *e); /* the file that the trial reads */
/*
 * Starts the guest from its snapshot with a text, and waits for its end. instruments: more arguments of the plugin,
 * each behind a comma; asked: what the guest is to tell when all is measured. What went wrong with QEMU or the guest is why; an error is returned when none could start.
 */
int lab_start(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, const char *text,
	      const char *instruments, struct lab_asked asked, struct err *why, struct err *e);

/* How the senders kept the times that were drawn for their frames, from the dumps of what left them. */
int lab_schedule_read(const struct trial *t, const struct lab_files *f, struct outcome *o, struct err *e);
void lab_schedule_check(const struct trial *t, struct outcome *o); /* marks the trial invalid where they did not */

/* cpu.instructions, out of the plugin's profile; the owners go to side/owners. After busy_ns is known. */
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
 * Where all code of the guest lies (lab_guest.h: LAB_LINE_FUNCTION), found out when nobody has yet: text for codemap_parse(),
 * the caller's to free. What the guest told of its snapshot, and behind it what the start of f told of modules that it
 * loaded; f may be NULL. 0, or -errno and a message.
 */
int lab_layout(const struct lab *l, const struct lab_topology *top, const struct lab_files *f, char **text,
	       struct err *e);
void lab_topology_folder(const struct lab *l, const struct lab_topology *top, char *path, size_t size);
int lab_lock(const char *folder, struct err *e); /* a file descriptor that holds the folder's lock until it is closed */

/* LD_LIBRARY_PATH of the unpacked QEMU. */
void lab_libraries(const struct lab *l, char *text, size_t size);

/* QEMU's arguments that decide what the guest is: part of the identity. */
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
/* The guest's memory in a file: made by a guest that boots, or mapped by a trial, which changes only its own copy. */
void lab_args_ram(struct lab_qemu_args *a, const char *path, bool making);
/* For QEMU's control channel, when a snapshot is written and when it is loaded: its memory is in the file already. */
#define LAB_RAM_STAYS "{\"capabilities\":[{\"capability\":\"x-ignore-shared\",\"state\":true}]}"
/* The plugin with the turns of the CPUs, and what else the caller wants of it ("out=..."). */
void lab_args_plugin(struct lab_qemu_args *a, const struct lab *l, const struct lab_topology *top, const char *rest);
void lab_args_add(struct lab_qemu_args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void lab_args_free(struct lab_qemu_args *a);

#endif
