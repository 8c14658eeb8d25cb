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
#include "generators/mixed.h"
#include "generators/packet.h"

struct txring {
	struct packet packet; /* first */
	struct iovec *slot;
	uint8_t (*frame)[FRAME_ROOM]; /* one a slot */
};

static const struct generator_setting settings[] = {
	SCHEDULE_SETTINGS,
	PACKET_SETTINGS,
	{ 0 },
};

/* A whole number of the mix's periods, so that the slots in turn keep its order. */
static uint32_t slots_of(const struct trial *t, uint32_t period)
{
	uint32_t batch = (uint32_t)setting_number(settings, t, "batch");

	return (batch + period - 1) / period * period;
}

static int make_slots(struct sender *s, struct txring *x)
{
	struct mixed m;
	uint32_t i, n, bytes;

	mixed_of_trial(&m, s->g->trial);
	n = slots_of(s->g->trial, m.period);
	x->slot = calloc(n, sizeof(*x->slot));
	x->frame = calloc(n, sizeof(*x->frame));
	if (!x->slot || !x->frame)
		return err_set(&s->err, -ENOMEM, "txring: no memory for %u frames", n);
	for (i = 0; i < n; i++) {
		bytes = m.bytes[m.of[i % m.period]];
		frame_build(x->frame[i], bytes, s->k, s->mac, s->g->place->dst_mac);
		x->slot[i] = (struct iovec) { x->frame[i], bytes };
	}
	x->packet.slot = x->slot;
	x->packet.n_slots = n;
	return 0;
}

static int txring_ready(struct sender *s)
{
	struct txring *x = calloc(1, sizeof(*x));
	int r;

	s->priv = x;
	if (!x)
		return err_set(&s->err, -ENOMEM, "txring: no memory");
	x->packet.fd = -1;
	r = make_slots(s, x);
	return r ? r : packet_open(s, &x->packet);
}

static int txring_arm(struct generator *g)
{
	return sender_arm(g, txring_ready, packet_send);
}

static void txring_release(struct sender *s)
{
	struct txring *x = s->priv;

	if (!x)
		return;
	packet_close(&x->packet);
	free(x->slot);
	free(x->frame);
	free(x);
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
	.lengths = mixed_lengths,
	.arm = txring_arm,
	.fire = sender_fire,
	.wait = sender_wait,
	.stop = sender_stop,
	.report = sender_report,
	.disarm = txring_disarm,
};
