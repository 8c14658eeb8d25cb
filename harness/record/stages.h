/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stages of the receive path: what the owner of an instruction works at. Which owner belongs to which stage stands in
 * harness/record/stages.txt, for people to read and to extend.
 */
#ifndef RXLAB_STAGES_H
#define RXLAB_STAGES_H

#include <stddef.h>

#include "harness/util/err.h"

enum stage {
	STAGE_DRIVER, /* the NIC's driver and its DMA */
	STAGE_SOFTIRQ, /* NAPI, GRO, the way up to the protocols, and what they drop */
	STAGE_TAP, /* the capture's part in the kernel: packet socket, filter, ykvm */
	STAGE_ALLOCATION, /* memory for packets: taken, cleared and given back */
	STAGE_COPY,
	STAGE_WAKEUP, /* waking the reader, scheduling, sleeping */
	STAGE_SYSCALL, /* the way into the kernel and back, poll() */
	STAGE_LIBRARY, /* the capture's part in user space */
	STAGE_CONSUMER, /* what is done with a frame: the harness' own work */
	STAGE_INTERRUPT, /* hard interrupts and the timer: entry, exit, bookkeeping */
	STAGE_OTHER, /* locks, clocks, and what nobody has named yet */
	STAGES
};
extern const char *const stage_names[STAGES];

/* Patterns in the order of the file; the first that fits decides. */
struct stage_rule {
	enum stage stage;
	char *pattern;
};

struct stage_table {
	struct stage_rule *rules;
	size_t n;
};

int stages_read(struct stage_table *t, const char *path, struct err *e); /* messages name file and line */
/* The same from a text that is written into; name: of the text, for messages. */
int stages_parse(struct stage_table *t, char *text, const char *name, struct err *e);
enum stage stages_find(const struct stage_table *t, const char *owner); /* STAGE_OTHER when no pattern fits */
void stages_free(struct stage_table *t); /* safe on a zeroed struct */

#endif
