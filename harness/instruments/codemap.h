/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the owner of an instruction by its address, from the guest's report of its memory layout and the symbols of the mapped files.
 *
 *   igb_poll [igb]                 a module's function
 *   tpacket_rcv                    a function of the kernel
 *   pcap_dispatch (libpcap.so.0.8) a function that a library exports
 *   (libpcap.so.0.8)               the rest of it: its own functions have no names in it
 *   sink_packet (harness/sink/sink.h)   a function of the agent, inlined or not, and the source that it stands in
 *   (bpf)                          code that the kernel made by itself: filters, XDP programs
 *
 * Suffixes added by the compiler (".cold", ".part.0") are removed.
 */
#ifndef RXLAB_CODEMAP_H
#define RXLAB_CODEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

/* Covers the addresses from start up to the start of the next one. */
struct code_range {
	uint64_t start;
	int rank; /* of two that start at one address the higher counts */
	size_t order;
	char *owner;
};

struct codemap {
	struct code_range *ranges;
	size_t n, room;
	uint64_t agent_start, agent_end; /* where the agent's own code lies; 0: nowhere */
	uint64_t agent_offset; /* of that in its file */
};

/*
 * layout: the guest's lines (lab_guest.h), those of modules that it loaded later behind the others; written into. libraries: folder below which a mapped file is looked for, at
 * its own path and below usr/; what is not found there is an owner as a whole.
 */
int codemap_parse(struct codemap *m, char *layout, const char *libraries, struct err *e);
const char *codemap_owner(const struct codemap *m, uint64_t address); /* "(unknown)" outside all */
bool codemap_begins(const struct codemap *m, uint64_t address); /* does a symbol begin there? */
void codemap_free(struct codemap *m); /* safe on a zeroed struct */

#endif
