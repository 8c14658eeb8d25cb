/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire, seen from outside: QEMU's dump of a port of the hub (pcap, microseconds of the virtual clock), read
 * frame by frame; and how its gaps are distributed.
 */
#ifndef RXLAB_WIRE_DUMP_H
#define RXLAB_WIRE_DUMP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/util/err.h"

struct wire {
	FILE *in;
};

struct wire_frame {
	uint64_t ns;
	uint32_t bytes; /* without FCS */
	bool magic; /* a frame of pktgen's; then: */
	uint32_t sender, seq;
};

int wire_open(struct wire *w, const char *path, struct err *e);
bool wire_next(struct wire *w, struct wire_frame *f); /* false behind the last */
void wire_close(struct wire *w); /* safe after a failed open */

/* Gaps between successive pktgen frames, of one or more senders. Zero it before use. */
struct gaps {
	uint64_t *all; /* NULL after gaps_close() */
	uint64_t n, room;
	uint64_t p50, p99, max; /* ns, by gaps_close() */
	double scv; /* variance in squares of the mean, likewise */
};

int gaps_push(struct gaps *g, uint64_t ns); /* one; -ENOMEM */
int gaps_add(struct gaps *g, struct wire *w, struct err *e); /* all of one sender's dump */
void gaps_close(struct gaps *g);

#endif
