// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * txring: frames of our own through a packet socket, past the queueing discipline, many a system call.
 *
 * Each frame is copied into an sk_buff of its own (sendmmsg). A mapped PACKET_TX_RING would share its pages with the
 * sk_buff instead; a veth hands that very sk_buff to the receiver, and the kernel calls a slot free as soon as a packet
 * socket there takes the frame over: the next frame would overwrite one that nobody has read yet.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "generators/frame.h"
#include "generators/sender.h"

#define BATCH_MAX 256
#define SNDBUF_BYTES (64 << 20) /* no limit in practice: a sender that waits for the receiver is no open loop */

struct txring {
	int fd;
	uint32_t bytes, batch;
	struct mmsghdr msg[BATCH_MAX];
	struct iovec iov[BATCH_MAX];
	uint8_t frame[BATCH_MAX][FRAME_ROOM];
};

static const struct generator_setting settings[] = {
	SCHEDULE_SETTINGS,
	{ "batch", 64, 1, BATCH_MAX, "frames: most that one system call sends; at a paced rate, of those that are due",
	  NULL },
	{ 0 },
};

static int txring_probe(struct err *why)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(why, "packet socket");
	close(fd);
	return 0;
}

static int open_socket(struct sender *s, struct txring *x)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, /* protocol 0: it receives nothing */
		.sll_ifindex = (int)if_nametoindex(s->g->place->ifname[s->k]),
	};
	int bytes = SNDBUF_BYTES, on = 1;

	x->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return err_sys(&s->err, "txring: packet socket");
	if (!to.sll_ifindex || bind(x->fd, (struct sockaddr *)&to, sizeof(to)))
		return err_sys(&s->err, "txring: bind to %s", s->g->place->ifname[s->k]);
	if (setsockopt(x->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    setsockopt(x->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		return err_sys(&s->err, "txring: socket options");
	return 0;
}

static int txring_ready(struct sender *s)
{
	struct txring *x = calloc(1, sizeof(*x));
	uint32_t i;

	s->priv = x;
	if (!x)
		return err_set(&s->err, -ENOMEM, "txring: no memory");
	x->fd = -1;
	x->bytes = s->g->trial->frame_bytes - FCS_BYTES;
	x->batch = (uint32_t)generator_setting(s->g->trial, "batch");
	for (i = 0; i < x->batch; i++) {
		frame_build(x->frame[i], x->bytes, s->k, s->mac, s->g->place->dst_mac);
		x->iov[i] = (struct iovec) { x->frame[i], x->bytes };
		x->msg[i].msg_hdr = (struct msghdr) { .msg_iov = &x->iov[i], .msg_iovlen = 1 };
	}
	return open_socket(s, x);
}

static uint64_t realtime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Numbers the frames from i on that are due, at least one; how many. */
static uint32_t number_due(const struct sender *s, struct txring *x, uint64_t i)
{
	uint64_t left = s->schedule.n - i, stamp = frame_stamp(realtime_ns());
	uint64_t now = clock_now_ns() - s->start_ns;
	uint32_t n;

	for (n = 0; n < x->batch && n < left; n++) {
		if (n && s->schedule.due && s->schedule.due[i + n] > now)
			break;
		frame_number(x->frame[n], (uint32_t)(i + n + 1), stamp);
	}
	return n;
}

/*
 * One system call. It ends at the first frame that the device refuses, and does not say why when others went before.
 * That frame is gone, and the device has counted it: an open loop does not repeat it.
 */
static int send_some(struct sender *s, struct txring *x, uint32_t first, uint32_t n)
{
	int done = sendmmsg(x->fd, x->msg + first, n, 0);

	if (done < 0 && errno == ENOBUFS)
		done = 0;
	if (done < 0)
		return err_sys(&s->err, "txring: send on %s", s->g->place->ifname[s->k]);
	return done < (int)n ? done + 1 : done;
}

static int txring_send(struct sender *s)
{
	struct txring *x = s->priv;
	uint32_t n, first;
	uint64_t i = 0;
	int r;

	while (i < s->schedule.n && !sender_stopped(s)) {
		sender_pace(s, i);
		n = number_due(s, x, i);
		for (first = 0; first < n; first += (uint32_t)r) {
			r = send_some(s, x, first, n - first);
			if (r < 0)
				return r;
			s->sent += (uint64_t)r;
		}
		i += n;
	}
	return 0;
}

static int txring_arm(struct generator *g)
{
	return sender_arm(g, txring_ready, txring_send);
}

static void txring_release(struct sender *s)
{
	struct txring *x = s->priv;

	if (x && x->fd >= 0)
		close(x->fd);
	free(x);
}

static void txring_disarm(struct generator *g)
{
	sender_disarm(g, txring_release);
}

const struct generator_ops generator_txring = {
	.name = "txring",
	.summary = "frames of our own through a packet socket; constant, Poisson and on-off arrivals",
	.settings = settings,
	.probe = txring_probe,
	.arm = txring_arm,
	.fire = sender_fire,
	.wait = sender_wait,
	.stop = sender_stop,
	.report = sender_report,
	.disarm = txring_disarm,
};
