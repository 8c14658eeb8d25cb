// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * txring: our own frames through a packet socket, past the queueing discipline, many frames a system call.
 *
 * Each frame is copied into an sk_buff of its own (sendmmsg). A mapped PACKET_TX_RING would share its pages with the
 * sk_buff instead; a veth hands that same sk_buff to the receiver, and the kernel marks a slot free as soon as a packet
 * socket there takes the frame: the next frame would overwrite one that nobody has read yet.
 */
#include <errno.h>
#include <stdlib.h>

#include "generators/frame.h"
#include "generators/packet.h"

struct txring {
	struct packet packet; /* first */
	struct iovec slot[PACKET_BATCH_MAX];
	uint8_t frame[PACKET_BATCH_MAX][FRAME_ROOM];
};

static const struct generator_setting settings[] = {
	SCHEDULE_SETTINGS,
	PACKET_SETTINGS,
	{ 0 },
};

static int txring_ready(struct sender *s)
{
	struct txring *x = calloc(1, sizeof(*x));
	uint32_t i, bytes = s->g->trial->frame_bytes - FCS_BYTES;

	s->priv = x;
	if (!x)
		return err_set(&s->err, -ENOMEM, "txring: no memory");
	x->packet = (struct packet) {
		.fd = -1,
		.slot = x->slot,
		.n_slots = (uint32_t)setting_number(settings, s->g->trial, "batch"),
	};
	for (i = 0; i < x->packet.n_slots; i++) {
		frame_build(x->frame[i], bytes, s->k, s->mac, s->g->place->dst_mac);
		x->slot[i] = (struct iovec) { x->frame[i], bytes };
	}
	return packet_open(s, &x->packet);
}

static int txring_arm(struct generator *g)
{
	return sender_arm(g, txring_ready, packet_send);
}

static void txring_release(struct sender *s)
{
	if (s->priv)
		packet_close(s->priv);
	free(s->priv);
}

static void txring_disarm(struct generator *g)
{
	sender_disarm(g, txring_release);
}

const struct generator_ops generator_txring = {
	.name = "txring",
	.summary = "frames of our own through a packet socket; constant, Poisson, on-off and trace arrivals",
	.settings = settings,
	.probe = packet_probe,
	.check = schedule_check,
	.check_file = schedule_check_file,
	.arm = txring_arm,
	.fire = sender_fire,
	.wait = sender_wait,
	.stop = sender_stop,
	.report = sender_report,
	.disarm = txring_disarm,
};
