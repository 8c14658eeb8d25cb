/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What captures on a raw packet socket share: the socket, its sleep, its statistics. */
#ifndef RXLAB_PACKET_SOCKET_H
#define RXLAB_PACKET_SOCKET_H

#include <stdbool.h>
#include <sys/socket.h>

#include "capture-impls/capture.h"

struct packet_socket {
	int fd;
	bool opened; /* needed since the struct starts zeroed, and 0 is a valid file descriptor */
	uint64_t packets; /* since bound; the kernel resets its own count at each reading */
	uint64_t drops; /* of those packets */
	uint8_t *ring; /* NULL: none */
	size_t ring_bytes;
};

/* A socket that receives nothing yet, with the filter of the trial. */
int packet_socket_new(struct capture *c, struct packet_socket *s);
/* From here on it receives every frame of the interface. */
int packet_socket_bind(struct capture *c, struct packet_socket *s);
void packet_socket_close(struct packet_socket *s); /* safe on a zeroed struct */

/* Makes and maps a ring of that version (TPACKET_V2, TPACKET_V3), as req describes it. */
int packet_socket_ring(struct capture *c, struct packet_socket *s, int version, const void *req, socklen_t req_bytes,
		       size_t ring_bytes);
/* Sets the receive buffer's size; the size that the kernel chose goes to the outcome's knobs. */
int packet_socket_buffer(struct capture *c, struct packet_socket *s, uint32_t bytes);
int packet_socket_wait(struct capture *c, struct packet_socket *s, uint64_t timeout_ns);
/* Fills received, dropped, and left: what was received less `read`, the frames that the caller has read. */
int packet_socket_counts(struct capture *c, struct packet_socket *s, uint64_t read, struct capture_counts *counts);

#endif
