/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps a capture file's flows through replay: what identifies a flow (tags, labels, addresses, protocol, ports, the
 * packet of a fragment) is mapped to addresses and a destination port in our header. The source port names the sender.
 */
#ifndef RXLAB_FLOWS_H
#define RXLAB_FLOWS_H

#include <stdint.h>

#include "generators/frame.h"
#include "generators/pcapfile.h"

struct flows {
	struct frame_kept *kept; /* one for each frame of the file */
	uint32_t *of; /* for each frame, the number of its flow, below n */
	uint32_t n;
};

/* -ENOMEM; -ENOSPC if two addresses have more flows than there are ports. */
int flows_of_file(struct flows *f, const struct pcapfile *file, struct err *e);
void flows_free(struct flows *f); /* safe on a zeroed struct */

#endif
