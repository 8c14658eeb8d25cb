/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stages of the receive path: the kind of work that an instruction's owner does. Which owner has which stage is in
 * harness/record/stages.txt, for people to read and to extend.
 */
#ifndef RXLAB_STAGES_H
#define RXLAB_STAGES_H

#include <stddef.h>

#include "harness/util/err.h"

enum stage {
	STAGE_DRIVER, /* the NIC's driver and its DMA */
	STAGE_SOFTIRQ, /* NAPI, GRO, the path up to the protocols, and what they drop */
	STAGE_TAP, /* the capture's part in the kernel: packet socket, filter, ykvm */
	STAGE_ALLOCATION, /* memory for packets: taken, cleared and given back */
	STAGE_COPY,
	STAGE_WAKEUP, /* waking the reader, scheduling, sleeping */
	STAGE_SYSCALL, /* entering and leaving the kernel, poll() */
	STAGE_LIBRARY, /* the capture's part in user space */
	STAGE_CONSUMER, /* the harness's own work on each frame */
	STAGE_INTERRUPT, /* hard interrupts and the timer: entry, exit, bookkeeping */
	STAGE_OTHER, /* locks, clocks, and all that no pattern names */
	STAGES
};
extern const char *const stage_names[STAGES];

/* Patterns in the order of the file; the first match decides. */
struct stage_rule {
	enum stage stage;
	char *pattern;
};

struct stage_table {
	struct stage_rule *rules;
	size_t n;
};

int stages_read(struct stage_table *t, const char *path, struct err *e); /* messages name file and line */
/* The same from a text, which is modified; name: the text's name in messages. */
int stages_parse(struct stage_table *t, char *text, const char *name, struct err *e);
enum stage stages_find(const struct stage_table *t, const char *owner); /* STAGE_OTHER if no pattern matches */
void stages_free(struct stage_table *t); /* safe on a zeroed struct */

#endif
