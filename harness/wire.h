/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire, seen from outside: QEMU's dump of what went to the DUT's NIC (pcap, microseconds of the virtual clock), read
 * frame by frame; and how its gaps are distributed.
 */
#ifndef RXLAB_WIRE_H
#define RXLAB_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/util/err.h"

struct wire {
	FILE *in;
};

struct wire_frame {
	uint64_t ns;
	bool magic; /* a frame of pktgen's; then: */
	uint32_t sender, seq;
};

int wire_open(struct wire *w, const char *path, struct err *e);
bool wire_next(struct wire *w, struct wire_frame *f); /* false behind the last */
void wire_close(struct wire *w); /* safe after a failed open */

#endif
