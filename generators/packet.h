/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends through a packet socket, many frames a system call, past the queueing discipline; used by txring and replay.
 * They provide the frames, in slots that are sent in turn; each is numbered and stamped right before its system call.
 */
#ifndef RXLAB_PACKET_H
#define RXLAB_PACKET_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "generators/sender.h"

#define PACKET_BATCH_MAX 256

/* A row for a generator's table of settings. */
/* clang-format off */
#define PACKET_SETTINGS \
	{ "batch", 64, 1, PACKET_BATCH_MAX, \
	  "frames: most that one system call sends; at a paced rate, of those that are due", NULL, EFFECT_NONE }
/* clang-format on */

struct packet {
	int fd; /* -1: none */
	uint32_t batch; /* at most n_slots: a slot can be used only once in a system call */
	struct iovec *slot; /* frames with a header of generators/frame.h */
	uint32_t n_slots;
	struct mmsghdr msg[PACKET_BATCH_MAX];
};

int packet_probe(struct err *why);
/* Opens a socket on the sender's interface. p is inside s->priv, and its slots are set. */
int packet_open(struct sender *s, struct packet *p);
int packet_send(struct sender *s); /* the send() of sender_arm() */
void packet_close(struct packet *p); /* safe after a failed open; the slots belong to the caller */

#endif
