/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flows of a capture file, kept through replay: what makes frames of one flow (tags, labels, addresses, protocol, ports, fragments of
 * one packet) becomes addresses and a destination port of our own header, one set for each. The source port is the sender's mark.
 */
#ifndef RXLAB_FLOWS_H
#define RXLAB_FLOWS_H

#include <stdint.h>

#include "generators/frame.h"
#include "generators/pcapfile.h"

struct flows {
	struct frame_kept *kept; /* one a frame of the file */
	uint32_t *of; /* number of its flow, below n */
	uint32_t n;
};

/* -ENOMEM; -ENOSPC when two addresses have more flows than there are ports. */
int flows_of_file(struct flows *f, const struct pcapfile *file, struct err *e);
void flows_free(struct flows *f); /* safe on a zeroed struct */

#endif
