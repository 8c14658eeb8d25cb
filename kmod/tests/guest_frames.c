// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames of every shape, in the guest, over a veth pair: what is in the ring is what was sent, and the stack's own
 * skb is as it was. The reader is a tap, so that both can be seen; a packet socket in front shares every skb with it.
 * TAP on stdout; exit 0: all passed.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest.h"

#define IN "yf0" /* captured on */
#define OUT "yf1" /* sent on */
#define TYPE 0x88b5
#define SUPER 61506 /* 42 segments of 1,460 bytes, and a header of 54, and 132 that fill a last one */

static int sender, front;

/* MACs, then `head`, then bytes that say where they lie. */
static void fill(uint8_t *f, const uint8_t *head, size_t head_bytes, size_t bytes)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8 };
	size_t i;

	for (i = 0; i < bytes; i++)
		f[i] = (uint8_t)(i * 7 + (i >> 8));
	memcpy(f, macs, sizeof(macs));
	memcpy(f + sizeof(macs), head, head_bytes);
}

/* What the tag, if there is one, says is in the frame again. */
static size_t untagged(uint8_t *out, const uint8_t *sent, size_t bytes, bool tagged)
{
	if (!tagged) {
		memcpy(out, sent, bytes);
		return bytes;
	}
	memcpy(out, sent, 12);
	memcpy(out + 12, sent + 16, bytes - 16);
	return bytes - 4;
}

static bool in_ring(struct guest_ring *g, const uint8_t *sent, size_t bytes, bool tagged)
{
	static uint8_t want[65536];
	size_t n = untagged(want, sent, bytes, tagged), room = g->setup.buffer_bytes;
	struct ykvm_batch b = ykvm_reader_take(&g->reader, g->setup.batch_max);
	const uint8_t *data;
	const struct ykvm_frame *f = ykvm_batch_next(&b, &data);
	bool whole = g->setup.flags & YKVM_SETUP_DROP_NEWEST || n <= room, same;

	if (!f)
		return false;
	same = f->len == n && f->caplen == (whole ? n : room) && memcmp(data, want, f->caplen) == 0 &&
	       !(f->flags & YKVM_FRAME_TRUNCATED) == whole && !(f->flags & YKVM_FRAME_VLAN) == !tagged;
	if (same && tagged)
		same = f->vlan_tci == (sent[14] << 8 | sent[15]) && f->vlan_proto == (sent[12] << 8 | sent[13]);
	while (ykvm_batch_next(&b, &data))
		same = false;
	ykvm_reader_release(&g->reader, &b);
	return same;
}

/* A packet socket gets the frame without its tag, as the ring does. */
static bool in_stack(int fd, const uint8_t *sent, size_t bytes, bool tagged)
{
	static uint8_t want[65536], got[66000];
	size_t n = untagged(want, sent, bytes, tagged);

	return recv(fd, got, sizeof(got), 0) == (ssize_t)n && memcmp(got, want, n) == 0;
}

static void frame(struct guest_ring *g, int stack, const uint8_t *f, size_t bytes, bool tagged, const char *what)
{
	if (send(sender, f, bytes, 0) != (ssize_t)bytes)
		perror("# send");
	usleep(20000);
	IS(in_ring(g, f, bytes, tagged), 1, what);
	IS(in_stack(front, f, bytes, tagged) && in_stack(stack, f, bytes, tagged), 1,
	   "M21 and it is the stack's as it was");
}

static void plain(struct guest_ring *g, int stack)
{
	static const size_t lengths[] = { 14, 15, 60, 64, 255, 256, 257, 1514, 2047, 2048, 2049, 4096, 9014 };
	static const uint8_t head[] = { TYPE >> 8, TYPE & 0xff };
	uint8_t f[9014];
	char what[64];
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		fill(f, head, sizeof(head), lengths[i]);
		snprintf(what, sizeof(what), "M21 %zu bytes", lengths[i]);
		frame(g, stack, f, lengths[i], false, what);
	}
}

static void tagged(struct guest_ring *g, int stack)
{
	static const uint8_t vlan[] = { 0x81, 0, 0x61, 0x23, TYPE >> 8, TYPE & 0xff };
	static const uint8_t qinq[] = { 0x88, 0xa8, 0xe4, 0x56, 0x81, 0, 0x61, 0x23, TYPE >> 8, TYPE & 0xff };
	int outer = guest_stack(IN, 0x8100);
	uint8_t f[1518];

	fill(f, vlan, sizeof(vlan), 1518);
	frame(g, stack, f, 1518, true, "M21 a VLAN tag");
	fill(f, qinq, sizeof(qinq), 200);
	frame(g, outer, f, 200, true, "M21 two VLAN tags: the outer one taken out, the inner one there");
	close(outer);
}

/* TCP that the stack hands on as one: not in one piece, and longer than an IP packet on any wire. */
static void super(struct guest_ring *g)
{
	static uint8_t packet[sizeof(struct virtio_net_hdr) + SUPER];
	struct virtio_net_hdr h = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
				    .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
				    .hdr_len = 54,
				    .gso_size = 1460,
				    .csum_start = 34,
				    .csum_offset = 16 };
	uint8_t head[42] = { 8, 0, 0x45, 0, (SUPER - 14) >> 8, (SUPER - 14) & 0xff, 0, 0, 0x40, 0, 64, 6 };
	int fd = guest_sender(OUT), on = 1, stack = guest_stack(IN, 0x800);

	memcpy(head + 14, "\x0a\0\0\1\x0a\0\0\2\x10\x00\x20\x00", 12);
	head[34] = 0x50;
	head[35] = 0x10;
	fill(packet + sizeof(h), head, sizeof(head), SUPER);
	memcpy(packet, &h, sizeof(h));
	setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on));
	if (send(fd, packet, sizeof(packet), 0) != (ssize_t)sizeof(packet))
		perror("# send");
	usleep(20000);
	IS(in_ring(g, packet + sizeof(h), SUPER, false), 1, "M21 a GSO frame of 61,506 bytes");
	IS(in_stack(front, packet + sizeof(h), SUPER, false) && in_stack(stack, packet + sizeof(h), SUPER, false), 1,
	   "M21 and it is the stack's as it was");
	close(stack);
	close(fd);
}

/* Areas as the kernel made them: nothing in them but what the ABI says. */
static void fresh(const struct guest_ring *g)
{
	const struct ykvm_setup *s = &g->setup;
	uint32_t *slots = (uint32_t *)(g->shared + s->slots_off);
	uint64_t i, stale = 0, wrong = 0;

	for (i = 0; i < s->buffers_bytes; i++)
		stale += g->buffers[i] != 0;
	for (i = 0; i < s->user_bytes; i++)
		stale += g->user[i] != 0;
	for (i = 0; i < s->shared_bytes; i++)
		stale += g->shared[i] != 0 && (i < s->slots_off || i >= s->frames_off);
	for (i = 0; i < s->slots; i++)
		wrong += slots[i] != i;
	IS(stale, 0, "M22 a fresh ring is zero, in all of its areas");
	IS(wrong, 0, "M22 but for the numbers of its buffers");
}

/* A short frame over a long one: behind it may only be what the ring itself had there. */
static void behind_short(struct guest_ring *g)
{
	static const uint8_t head[] = { TYPE >> 8, TYPE & 0xff };
	uint8_t f[60];
	uint32_t i, b, foreign = 0;

	fill(f, head, sizeof(head), sizeof(f));
	for (i = 0; i < 2 * g->setup.slots; i++)
		if (send(sender, f, sizeof(f), 0) != sizeof(f))
			perror("# send");
	usleep(20000);
	for (b = 0; b < g->setup.n_buffers; b++)
		for (i = 60; i < g->setup.buffer_bytes; i++)
			foreign += g->buffers[(size_t)b * g->setup.buffer_bytes + i] != 0;
	IS(foreign, 0, "M22 behind short frames there is nothing");
	guest_drop_all(g);
}

static void drain_socket(int fd)
{
	uint8_t f[64];

	while (recv(fd, f, sizeof(f), 0) > 0)
		;
}

static void ring(uint32_t flags)
{
	struct ykvm_setup want = { .slots = 64, .flags = flags };
	struct ykvm_bind tap = { .ifindex = if_nametoindex(IN), .flags = YKVM_BIND_TAP };
	int stack = guest_stack(IN, TYPE);
	struct guest_ring g;
	uint64_t full;

	IS(guest_open(&g, &want), 1,
	   flags ? "M21 a ring that drops the newest" : "M21 a ring that overwrites the oldest");
	fresh(&g);
	IS(guest_ioctl(g.fd, YKVM_BIND, &tap), 0, "M21 as a tap");
	behind_short(&g);
	full = guest_stats(&g).full;
	drain_socket(stack);
	drain_socket(front);
	plain(&g, stack);
	tagged(&g, stack);
	super(&g);
	IS(guest_stats(&g).unreadable + guest_stats(&g).full, full, "M21 none was unreadable, or dropped");
	guest_close(&g);
	close(stack);
}

int main(void)
{
	int room = 1 << 20;

	if (guest_veth_add(IN, OUT) != 0 || guest_link_mtu(IN, 9100) != 0 || guest_link_mtu(OUT, 9100) != 0) {
		printf("Bail out! no veth pair\n");
		return 1;
	}
	sender = guest_sender(OUT);
	front = guest_stack(IN, 3); /* ETH_P_ALL */
	setsockopt(front, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	usleep(20000);
	drain_socket(front);
	ring(0);
	ring(YKVM_SETUP_DROP_NEWEST);
	guest_link_delete(IN);
	return guest_checked();
}
