/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcapng, block by block: several sections, interfaces, byte orders, link types, snap lengths, time units in one file,
 * which libpcap refuses. Pure: reads bytes in memory.
 */
#ifndef RXLAB_PCAPNG_H
#define RXLAB_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/util/err.h"

struct pcapng_frame {
	uint64_t ns; /* since 1970; 0 if the block has no time */
	uint32_t caplen, len;
	uint32_t link; /* link type */
	uint32_t fcs; /* bytes of FCS at the end, included in len */
	const uint8_t *data; /* points into the file's bytes */
};

bool pcapng_is(const uint8_t *bytes, size_t length);
/* Calls add() for each frame; stops at its error. -EINVAL with name and place if it is not pcapng or truncated. */
int pcapng_read(const uint8_t *bytes, size_t length, const char *name,
		int (*add)(void *arg, const struct pcapng_frame *f), void *arg, struct err *e);

#endif
