/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcapng, block by block: several sections, interfaces, byte orders, link types, snap lengths and resolutions of time in one file,
 * which libpcap refuses. Pure: bytes in memory.
 */
#ifndef RXLAB_PCAPNG_H
#define RXLAB_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

struct pcapng_frame {
	uint64_t ns; /* since 1970; 0 where the block has no time */
	uint32_t caplen, len;
	uint32_t link; /* type */
	uint32_t fcs; /* bytes of it at the end, counted in len */
	const uint8_t *data; /* in the file's bytes */
};

bool pcapng_is(const uint8_t *bytes, size_t length);
/* Calls add() for each frame; ends with its error, or -EINVAL, name and place for what is no pcapng or is cut off. */
int pcapng_read(const uint8_t *bytes, size_t length, const char *name,
		int (*add)(void *arg, const struct pcapng_frame *f), void *arg, struct err *e);

#endif
