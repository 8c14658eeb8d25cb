/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture file, whole: pcap or pcapng, microseconds or nanoseconds, as libpcap reads it. */
#ifndef RXLAB_PCAPFILE_H
#define RXLAB_PCAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

struct pcapfile_frame {
	uint64_t ns; /* since 1970; never falls */
	uint32_t caplen, len; /* bytes in the file; bytes that there were, without FCS */
	size_t at; /* in bytes[] */
};

struct pcapfile {
	struct pcapfile_frame *frames;
	size_t n; /* at least 1 */
	uint8_t *bytes;
};

bool pcapfile_is(const char *path); /* by its first four bytes */
/*
 * ethernet: refuse other link types. -EINVAL, with the path, for what is no capture, is cut off, holds no frame, or
 * has a frame that is earlier than the one before it.
 */
int pcapfile_load(struct pcapfile *f, const char *path, bool ethernet, struct err *e);
void pcapfile_free(struct pcapfile *f); /* safe on a zeroed struct */

#endif
