/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending through a packet socket, many frames a system call, past the queueing discipline: what txring and replay share.
 * They bring the frames, in slots that are sent in turn; each is numbered and stamped right before its system call.
 */
#ifndef RXLAB_PACKET_H
#define RXLAB_PACKET_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "generators/sender.h"

#define PACKET_BATCH_MAX 256

/* A row of a generator's settings. */
/* clang-format off */
#define PACKET_SETTINGS \
	{ "batch", 64, 1, PACKET_BATCH_MAX, \
	  "frames: most that one system call sends; at a paced rate, of those that are due", NULL, EFFECT_NONE }
/* clang-format on */

struct packet {
	int fd; /* -1: none */
	uint32_t batch; /* at most n_slots: a frame is in one place of a system call only */
	struct iovec *slot; /* frames with a header of generators/frame.h */
	uint32_t n_slots;
	struct mmsghdr msg[PACKET_BATCH_MAX];
};

int packet_probe(struct err *why);
/* A socket of the sender's interface. p lies in s->priv, and has its slots. */
int packet_open(struct sender *s, struct packet *p);
int packet_send(struct sender *s); /* the send() of sender_arm() */
void packet_close(struct packet *p); /* safe after a failed open; the slots are the caller's */

#endif
