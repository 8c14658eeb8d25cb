// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <time.h>
#include <unistd.h>

#include "generators/frame.h"
#include "generators/packet.h"

#define SNDBUF_BYTES (64 << 20) /* no limit in practice: an open loop never waits for the receiver */

int packet_probe(struct err *why)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(why, "packet socket");
	close(fd);
	return 0;
}

int packet_open(struct sender *s, struct packet *p)
{
	const char *name = s->g->ops->name, *ifname = s->g->place->ifname[s->k];
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, /* protocol 0: it receives nothing */
		.sll_ifindex = (int)if_nametoindex(ifname),
	};
	int bytes = SNDBUF_BYTES, on = 1;

	p->batch = (uint32_t)setting_number(s->g->ops->settings, s->g->trial, "batch");
	if (p->batch > p->n_slots)
		p->batch = p->n_slots;
	p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return err_sys(&s->err, "%s: packet socket", name);
	if (!to.sll_ifindex || bind(p->fd, (struct sockaddr *)&to, sizeof(to)))
		return err_sys(&s->err, "%s: bind to %s", name, ifname);
	if (setsockopt(p->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ||
	    setsockopt(p->fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		return err_sys(&s->err, "%s: socket options", name);
	return 0;
}

/* Numbers the frames that are due, from i on, at least one; returns how many. */
static uint32_t number_due(const struct sender *s, struct packet *p, uint64_t i)
{
	uint64_t left = s->schedule.n - i, stamp = frame_stamp(clock_realtime_ns());
	uint64_t now = clock_now_ns() - s->start_ns;
	uint32_t n, slot = (uint32_t)(i % p->n_slots);

	for (n = 0; n < p->batch && n < left; n++) {
		if (n && s->schedule.due && s->schedule.due[i + n] > now)
			break;
		frame_number(p->slot[slot].iov_base, (uint32_t)(i + n + 1), stamp);
		p->msg[n].msg_hdr.msg_iov = &p->slot[slot];
		p->msg[n].msg_hdr.msg_iovlen = 1;
		slot = slot + 1 == p->n_slots ? 0 : slot + 1;
	}
	return n;
}

/*
 * One system call. It ends at the first frame that the device refuses, without an error if others were sent before it.
 * That frame is lost, and counted by the device: an open loop does not repeat it.
 */
static int send_some(struct sender *s, struct packet *p, uint32_t first, uint32_t n)
{
	int done = sendmmsg(p->fd, p->msg + first, n, 0);

	if (done < 0 && errno == ENOBUFS)
		done = 0;
	if (done < 0)
		return err_sys(&s->err, "%s: send on %s", s->g->ops->name, s->g->place->ifname[s->k]);
	return done < (int)n ? done + 1 : done;
}

int packet_send(struct sender *s)
{
	struct packet *p = s->priv;
	uint32_t n, first;
	uint64_t i = 0;
	int r;

	while (i < s->schedule.n && !sender_stopped(s)) {
		sender_pace(s, i);
		n = number_due(s, p, i);
		for (first = 0; first < n; first += (uint32_t)r) {
			r = send_some(s, p, first, n - first);
			if (r < 0)
				return r;
			s->sent += (uint64_t)r;
		}
		i += n;
	}
	return 0;
}

void packet_close(struct packet *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}
