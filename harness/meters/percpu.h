/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel counts for each CPU, of the whole machine's work: time by level (/proc/stat), the receive path
 * (/proc/net/softnet_stat), interrupts (/proc/interrupts) and soft ones (/proc/softirqs). Read twice and subtracted.
 */
#ifndef RXLAB_PERCPU_H
#define RXLAB_PERCPU_H

#include <stdbool.h>

#include "harness/util/counter.h"
#include "harness/util/err.h"

enum percpu_group { PERCPU_TIME, PERCPU_SOFTNET, PERCPU_INTERRUPTS, PERCPU_SOFTIRQS, PERCPU_GROUPS };

/* Ordered by group, within a group by column. */
enum percpu_key {
	PERCPU_USER,
	PERCPU_NICE,
	PERCPU_SYSTEM,
	PERCPU_IDLE,
	PERCPU_IOWAIT,
	PERCPU_IRQ,
	PERCPU_SOFTIRQ,
	PERCPU_STEAL,
	PERCPU_PROCESSED,
	PERCPU_DROPPED,
	PERCPU_TIME_SQUEEZE,
	PERCPU_RECEIVED_RPS,
	PERCPU_FLOW_LIMIT,
	PERCPU_DEVICE,
	PERCPU_TIMER,
	PERCPU_RESCHEDULE,
	PERCPU_CALL,
	PERCPU_OTHER,
	PERCPU_NET_RX,
	PERCPU_NET_TX,
	PERCPU_KEYS
};

struct percpu_source {
	const char *name; /* the group's name in records */
	const char *path;
	const char *counts; /* what it really counts, and which part is not the capture's */
};

extern const struct percpu_source percpu_sources[PERCPU_GROUPS];

struct percpu_name {
	enum percpu_group group;
	const char *key; /* in records; times in ns, the rest counts */
	bool wide; /* 64 bits; else the kernel's counter starts again at 2^32 */
};

extern const struct percpu_name percpu_names[PERCPU_KEYS];

struct percpu_row {
	bool online; /* has a line in /proc/stat */
	struct counter value[PERCPU_KEYS];
};

struct percpu {
	unsigned int n; /* rows: the highest CPU's number, and one */
	struct percpu_row *row;
	struct err why[PERCPU_GROUPS]; /* why a whole group is unknown; empty: it is known */
};

/* Reads all groups; what cannot be read or parsed is unknown, with the reason in why[]. Then call percpu_free(). */
void percpu_read(struct percpu *p);
/* Parses one group's text, which is modified. PERCPU_TIME must come first: it tells which CPUs exist. -EPROTO names
 * the line; -ENOMEM. On an error the whole group is unknown. */
int percpu_parse(struct percpu *p, enum percpu_group g, char *text, struct err *e);
/* after - before for one CPU; unknown if either is. */
struct counter percpu_diff(const struct percpu *after, const struct percpu *before, unsigned int cpu,
			   enum percpu_key key);
void percpu_free(struct percpu *p); /* safe on a zeroed struct */

#endif
