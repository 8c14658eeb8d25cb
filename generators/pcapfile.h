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
	uint32_t caplen, len; /* bytes in the file; bytes that there were; both without FCS */
	uint32_t tags; /* of len, bytes of VLAN tags behind the addresses */
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
 * ethernet: refuse frames of other link types. -EINVAL, with the path, for what is no capture, is cut off, or holds no frame.
 * Frames stand as in the file.
 */
int pcapfile_load(struct pcapfile *f, const char *path, bool ethernet, struct err *e);
/* -EINVAL where a frame is earlier than the one before it, unless they are to be sorted (those of one time stay as they are). */
int pcapfile_order(struct pcapfile *f, bool sort, struct err *e);
/* Frames that are longer than bytes, tags not counted: what is done with them. */
int pcapfile_fit(struct pcapfile *f, enum pcapfile_long what, uint32_t bytes, struct err *e);
void pcapfile_free(struct pcapfile *f); /* safe on a zeroed struct */

#endif
