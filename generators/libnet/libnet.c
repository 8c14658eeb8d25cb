// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libnet: our own frames by libnet's raw link injection, one libnet_adv_write_link() call for each. libnet's socket
 * receives every protocol on every interface: in the lab also each frame that the DUT receives. So it is bound to
 * the sender's interface and an unused protocol.
 */
#include <errno.h>
#include <libnet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>

#include "generators/frame.h"
#include "generators/mixed.h"
#include "generators/packet.h"

struct injector {
	libnet_t *handle;
	struct mixed mixed;
	uint8_t frame[MIX_SIZES_MAX][FRAME_ROOM]; /* one a size */
};

static const struct generator_setting settings[] = {
	SCHEDULE_SETTINGS,
	{ 0 },
};

static int hear_nothing(struct sender *s, struct injector *x)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_LOOPBACK),
		.sll_ifindex = (int)if_nametoindex(s->g->place->ifname[s->k]),
	};

	if (bind(libnet_getfd(x->handle), (struct sockaddr *)&to, sizeof(to)))
		return err_sys(&s->err, "libnet: bind to %s", s->g->place->ifname[s->k]);
	return 0;
}

static int inject_ready(struct sender *s)
{
	struct injector *x = calloc(1, sizeof(*x));
	const char *ifname = s->g->place->ifname[s->k];
	char text[LIBNET_ERRBUF_SIZE] = "";
	uint32_t i;

	s->priv = x;
	if (!x)
		return err_set(&s->err, -ENOMEM, "libnet: no memory");
	mixed_of_trial(&x->mixed, s->g->trial);
	for (i = 0; i < x->mixed.n; i++)
		frame_build(x->frame[i], x->mixed.bytes[i], s->k, s->mac, s->g->place->dst_mac);
	x->handle = libnet_init(LIBNET_LINK_ADV, ifname, text);
	return x->handle ? hear_nothing(s, x) : err_set(&s->err, -EIO, "libnet: %s: %s", ifname, text);
}

/* If the device refuses a frame because its ring is full, it counts a drop; an open loop does not repeat it. */
static int inject_one(struct sender *s, struct injector *x, uint32_t size)
{
	uint32_t bytes = x->mixed.bytes[size];
	int n = libnet_adv_write_link(x->handle, x->frame[size], bytes);

	if (n == (int)bytes || (n < 0 && errno == ENOBUFS))
		return 0;
	return err_set(&s->err, -EIO, "libnet: send on %s: %s", s->g->place->ifname[s->k], libnet_geterror(x->handle));
}

static int inject_send(struct sender *s)
{
	struct injector *x = s->priv;
	uint64_t i;
	uint32_t size;
	int r;

	for (i = 0; i < s->schedule.n && !sender_stopped(s); i++) {
		sender_pace(s, i);
		size = x->mixed.of[i % x->mixed.period];
		frame_number(x->frame[size], (uint32_t)(i + 1), frame_stamp(clock_realtime_ns()));
		r = inject_one(s, x, size);
		if (r)
			return r;
		s->sent++;
	}
	return 0;
}

static int inject_arm(struct generator *g)
{
	return sender_arm(g, inject_ready, inject_send);
}

static void inject_release(struct sender *s)
{
	struct injector *x = s->priv;

	if (x && x->handle)
		libnet_destroy(x->handle);
	free(x);
}

static void inject_disarm(struct generator *g)
{
	sender_disarm(g, inject_release);
}

const struct generator_ops generator_libnet = {
	.name = "libnet",
	.summary = "frames of our own by libnet's raw link injection, one a call",
	.settings = settings,
	.probe = packet_probe,
	.check = schedule_check,
	.check_file = schedule_check_file,
	.lengths = mixed_lengths,
	.arm = inject_arm,
	.fire = sender_fire,
	.wait = sender_wait,
	.stop = sender_stop,
	.report = sender_report,
	.disarm = inject_disarm,
};
