// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture-impls/common/filter.h"
#include "capture-impls/common/memory.h"
#include "capture-impls/common/packet_socket.h"

int packet_socket_new(struct capture *c, struct packet_socket *s)
{
	/* No protocol: with one it would receive from all interfaces until bound to one. */
	s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return err_sys(&c->err, "%s: packet socket", c->ops->name);
	s->opened = true;
	return filter_attach(c, s->fd);
}

int packet_socket_bind(struct capture *c, struct packet_socket *s)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(c->ifname),
	};

	if (!to.sll_ifindex || bind(s->fd, (struct sockaddr *)&to, sizeof(to)))
		return err_sys(&c->err, "%s: bind to %s", c->ops->name, c->ifname);
	return 0;
}

void packet_socket_close(struct packet_socket *s)
{
	if (s->ring)
		munmap(s->ring, s->ring_bytes);
	s->ring = NULL;
	if (s->opened)
		close(s->fd);
	s->opened = false;
}

int packet_socket_ring(struct capture *c, struct packet_socket *s, int version, const void *req, socklen_t req_bytes,
		       size_t ring_bytes)
{
	int ret = memory_check(c->ops->name, ring_bytes, &c->err);
	void *p;

	if (ret)
		return ret;
	if (setsockopt(s->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(s->fd, SOL_PACKET, PACKET_RX_RING, req, req_bytes))
		return err_sys(&c->err, "%s: ring of %zu bytes", c->ops->name, ring_bytes);
	p = mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd, 0);
	if (p == MAP_FAILED)
		return err_sys(&c->err, "%s: mmap of %zu bytes", c->ops->name, ring_bytes);
	s->ring = p;
	s->ring_bytes = ring_bytes;
	return 0;
}

int packet_socket_buffer(struct capture *c, struct packet_socket *s, uint32_t bytes)
{
	int asked = (int)bytes, got = 0;
	socklen_t size = sizeof(got);
	char text[16];

	/* FORCE: not limited by net.core.rmem_max. The kernel doubles the value, to cover its bookkeeping. */
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &asked, sizeof(asked)) ||
	    getsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &got, &size))
		return err_sys(&c->err, "%s: receive buffer of %u bytes", c->ops->name, bytes);
	snprintf(text, sizeof(text), "%d", got);
	return outcome_knob(c->outcome, "rcvbuf_bytes", text);
}

int packet_socket_wait(struct capture *c, struct packet_socket *s, uint64_t timeout_ns)
{
	struct timespec timeout = { (time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000) };
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	if (ppoll(&p, 1, &timeout, NULL) < 0 && errno != EINTR)
		return err_sys(&c->err, "%s: poll", c->ops->name);
	return 0;
}

/* TPACKET_V3's struct is longer, but begins like the others. */
static int read_statistics(struct capture *c, struct packet_socket *s)
{
	struct tpacket_stats_v3 st = { 0 };
	socklen_t size = sizeof(st);

	if (getsockopt(s->fd, SOL_PACKET, PACKET_STATISTICS, &st, &size))
		return err_sys(&c->err, "%s: statistics", c->ops->name);
	s->packets += st.tp_packets;
	s->drops += st.tp_drops;
	return 0;
}

int packet_socket_counts(struct capture *c, struct packet_socket *s, uint64_t read, struct capture_counts *counts)
{
	int r = read_statistics(c, s);

	if (r)
		return r;
	/* The kernel's count of packets includes those that it dropped. */
	counts->received = counter_of(s->packets - s->drops);
	counts->dropped = counter_of(s->drops);
	counts->left = counter_of(s->packets - s->drops - read);
	return 0;
}
