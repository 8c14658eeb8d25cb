// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mycap: the skeleton filled, as docs/adding-a-capture.md says. A packet socket beside the stack; recv() copies each frame
 * once more, out of the socket's queue. It alters nothing of the machine. test_adding_a_capture.py builds it and runs it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/capture.h"

struct mycap {
	uint32_t rcvbuf_bytes; /* parameter */
	int fd;
	bool opened; /* 0 is a file descriptor too */
	uint64_t read;
	uint64_t dropped; /* the kernel's count is set back when it is read */
	uint8_t frame[2048];
};

static const struct capture_param mycap_params[] = {
	{ "rcvbuf_bytes", PARAM_U32, offsetof(struct mycap, rcvbuf_bytes), "1048576", 4096, 1u << 24,
	  "bytes: size of the socket's queue as asked for; the kernel doubles it" },
	{ 0 },
};

static void mycap_close(struct capture *c)
{
	struct mycap *m = c->priv;

	if (m->opened)
		close(m->fd);
	m->opened = false;
}

/* Without FORCE the kernel gives net.core.rmem_max, and says nothing. */
static int set_buffer(struct capture *c)
{
	struct mycap *m = c->priv;
	int asked = (int)m->rcvbuf_bytes, got = 0;
	socklen_t size = sizeof(got);
	char text[16];

	if (setsockopt(m->fd, SOL_SOCKET, SO_RCVBUFFORCE, &asked, sizeof(asked)) ||
	    getsockopt(m->fd, SOL_SOCKET, SO_RCVBUF, &got, &size))
		return err_sys(&c->err, "mycap: queue of %d bytes", asked);
	snprintf(text, sizeof(text), "%d", got);
	return outcome_knob(c->outcome, "rcvbuf_bytes", text);
}

static int bind_to(struct capture *c)
{
	struct mycap *m = c->priv;
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	to.sll_ifindex = (int)if_nametoindex(c->ifname);
	if (!to.sll_ifindex || bind(m->fd, (struct sockaddr *)&to, sizeof(to)))
		return err_sys(&c->err, "mycap: bind to %s", c->ifname);
	return 0;
}

static int mycap_open(struct capture *c)
{
	struct mycap *m = c->priv;
	int r;

	/* No protocol before bind(): it would receive from every interface. */
	m->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (m->fd < 0)
		return err_sys(&c->err, "mycap: packet socket");
	m->opened = true;
	r = set_buffer(c);
	r = r ? r : bind_to(c);
	if (r)
		mycap_close(c);
	return r;
}

static int mycap_poll(struct capture *c, int budget)
{
	struct mycap *m = c->priv;
	ssize_t n = 0;
	uint32_t len;
	int done;

	for (done = 0; done < budget; done++) {
		n = recv(m->fd, m->frame, sizeof(m->frame), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0)
			break;
		sink_batch(c->sink);
		len = (uint32_t)n;
		sink_packet(c->sink, m->frame, len < sizeof(m->frame) ? len : sizeof(m->frame), len);
	}
	m->read += (uint64_t)done;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return err_sys(&c->err, "mycap: %s", c->ifname);
	return done;
}

static int mycap_wait(struct capture *c, uint64_t timeout_ns)
{
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000) };
	struct mycap *m = c->priv;
	struct pollfd p = { .fd = m->fd, .events = POLLIN };

	if (ppoll(&p, 1, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "mycap: ppoll");
	return 0;
}

static int mycap_counts(struct capture *c, struct capture_counts *counts)
{
	struct mycap *m = c->priv;
	struct tpacket_stats stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(m->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
		return err_sys(&c->err, "mycap: PACKET_STATISTICS");
	m->dropped += stats.tp_drops;
	counts->received = counter_of(m->read);
	counts->dropped = counter_of(m->dropped);
	return 0;
}

const struct capture_ops capture_mycap = {
	.name = "mycap",
	.summary = "packet socket, a frame a call: the example of docs/adding-a-capture.md",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_COUNTS_DROPS | CAPTURE_LOSES_VLAN,
	.priv_size = sizeof(struct mycap),
	.params = mycap_params,
	.open = mycap_open,
	.poll = mycap_poll,
	.wait = mycap_wait,
	.counts = mycap_counts,
	.close = mycap_close,
};
