/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture file, whole: whatever libpcap reads, and any pcapng. */
#ifndef RXLAB_PCAPFILE_H
#define RXLAB_PCAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

struct pcapfile_frame {
	uint64_t ns; /* since 1970 */
	uint32_t caplen, len; /* bytes in the file; bytes on the original wire; both without FCS */
	uint32_t tags; /* bytes of VLAN tags after the addresses; included in len */
	size_t at; /* in bytes[] */
};

struct pcapfile {
	struct pcapfile_frame *frames;
	size_t n; /* at least 1 */
	uint8_t *bytes;
};

enum pcapfile_long { PCAPFILE_REFUSE, PCAPFILE_CUT, PCAPFILE_SKIP };

bool pcapfile_is(const char *path); /* by its first four bytes */
bool pcapfile_tag(uint16_t ethertype); /* of a VLAN */
/*
 * ethernet: refuse frames of other link types. -EINVAL, with the path, if it is no capture, truncated or empty.
 * Frames keep the file's order.
 */
int pcapfile_load(struct pcapfile *f, const char *path, bool ethernet, struct err *e);
/* -EINVAL if a frame is earlier than the one before it, unless sort is set (a stable sort). */
int pcapfile_order(struct pcapfile *f, bool sort, struct err *e);
/* Refuses, cuts or skips (what) frames longer than bytes, tags not counted. */
int pcapfile_fit(struct pcapfile *f, enum pcapfile_long what, uint32_t bytes, struct err *e);
void pcapfile_free(struct pcapfile *f); /* safe on a zeroed struct */

#endif
