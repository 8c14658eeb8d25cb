/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to single frames: at chosen functions of the kernel, which take an sk_buff, one line for each frame of a
 * trial that comes by (README.md). The guest's registers and memory are read, never written.
 */
#ifndef RXLAB_PLUGIN_EVENTS_H
#define RXLAB_PLUGIN_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#define EVENTS_PROBES 16

/* A function, and which registers hold its sk_buff and its reason at its first instruction. */
struct probe {
	char name[32];
	uint64_t address;
	char skb[4]; /* "rdi" */
	char reason[4]; /* "-": it has none */
};

struct events {
	const char *path; /* NULL: nobody asked */
	uint64_t data_offset; /* of sk_buff.data */
	struct probe probes[EVENTS_PROBES];
	int count;
};

int events_open(const struct events *e); /* 0, or 1 after saying why not */
void events_probe(const struct events *e, const struct probe *p); /* the running vCPU is at its first instruction */
void events_begin(void); /* what was written so far was of before the trial */
void events_end(void); /* flushes; nothing is written from here on */

#endif
