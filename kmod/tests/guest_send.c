// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames at the edges of what may be sent, and what is said of those that a sender left to a NIC to finish, in the guest,
 * over a veth pair. TAP on stdout; exit 0: all passed.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kmod/tests/guest_pair.h"

#define RING 64
#define TX 4
#define BYTES 2048
#define MTU 1500

static bool ring_to_send(struct guest_ring *g)
{
	struct ykvm_setup want = { .slots = RING,
				   .flags = YKVM_SETUP_USER_MEMORY | YKVM_SETUP_DROP_NEWEST,
				   .tx_buffers = TX,
				   .memory_bytes = (RING + TX) * BYTES };

	want.memory_addr =
		(uintptr_t)mmap(NULL, want.memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return guest_open(g, &want) && pair_bind(g, 0, 0, 1) == 0;
}

/* A frame of that type, behind so many tags, out of the first buffer to send from. Was it sent? */
static bool send_one(struct guest_ring *g, uint16_t type, int tags, uint32_t len)
{
	struct ykvm_tx *tx = (void *)(g->user + g->setup.tx_off);
	uint8_t *p = g->buffers + RING * BYTES;
	uint64_t at = g->reader.state->tx_consumer;
	uint64_t sent = guest_stats(g).sent;

	memset(p, 0, BYTES);
	pair_fill(p, 0, 60);
	for (p += 12; tags > 0; tags--, p += 4)
		memcpy(p, "\x81\0\0\5", 4);
	p[0] = (uint8_t)(type >> 8);
	p[1] = (uint8_t)type;
	tx[at % YKVM_TX_SLOTS] = (struct ykvm_tx) { .buffer = RING, .len = len };
	__atomic_store_n(&g->reader.user->tx_producer, at + 1, __ATOMIC_RELEASE);
	guest_ioctl(g->fd, YKVM_KICK, NULL);
	return guest_stats(g).sent == sent + 1;
}

static void test_lengths(void)
{
	int out = guest_stack(OUT, ETH_P_ALL);
	struct guest_ring g;

	guest_link_mtu(IN, MTU);
	IS(ring_to_send(&g), 1, "a ring to send from");
	IS(send_one(&g, TYPE, 0, MTU + 14), 1, "a frame as long as the MTU allows");
	IS(send_one(&g, TYPE, 0, MTU + 15), 0, "one byte more: not sent");
	IS(send_one(&g, TYPE, 1, MTU + 15), 1, "unless it has a VLAN tag");
	IS(send_one(&g, TYPE, 1, MTU + 18), 1, "which comes on top");
	IS(send_one(&g, TYPE, 1, MTU + 19), 0, "one byte more: not sent");
	usleep(20000);
	IS(pair_stack_count(out), 3, "those that were sent arrive");
	IS(guest_stats(&g).send_failed, 2, "the others are counted");
	guest_link_mtu(IN, 9000);
	guest_close(&g);
	close(out);
}

/* What the stack was told that the frame is, as somebody sees it who looks on where it leaves. */
static int protocol_seen(int look)
{
	struct sockaddr_ll from;
	socklen_t bytes = sizeof(from);
	uint8_t f[BYTES];

	while (recvfrom(look, f, sizeof(f), 0, (struct sockaddr *)&from, &bytes) > 0)
		if (from.sll_pkttype == PACKET_OUTGOING)
			return ntohs(from.sll_protocol);
	return -1;
}

static void test_protocol(void)
{
	int look = guest_stack(IN, ETH_P_ALL);
	struct guest_ring g;

	IS(ring_to_send(&g), 1, "a ring to send from");
	send_one(&g, TYPE, 0, 60);
	IS(protocol_seen(look), TYPE, "a frame goes out as what its EtherType says");
	send_one(&g, 46, 0, 60);
	IS(protocol_seen(look), ETH_P_802_2, "one of 802.3 does not go out as its length");
	send_one(&g, TYPE, 2, 60);
	IS(protocol_seen(look), ETH_P_8021Q, "one with two tags");
	guest_close(&g);
	close(look);
}

static int unfinished_sender(void)
{
	int fd = guest_sender(OUT), yes = 1;

	return setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof(yes)) == 0 ? fd : -1;
}

/* An IPv4 frame of that protocol, whose sender leaves its checksum, and, gso_size not 0, its segments to others. */
static bool send_unfinished(int fd, uint8_t protocol, size_t bytes, uint16_t gso_size, bool checksum)
{
	uint8_t f[sizeof(struct virtio_net_hdr) + 9000] = { 0 };
	struct virtio_net_hdr *h = (void *)f;
	uint8_t *e = f + sizeof(*h);

	h->flags = checksum ? VIRTIO_NET_HDR_F_NEEDS_CSUM : 0;
	h->csum_start = checksum ? 34 : 0;
	h->csum_offset = checksum ? (protocol == 6 ? 16 : 6) : 0;
	h->gso_type = gso_size ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_NONE;
	h->gso_size = gso_size;
	h->hdr_len = gso_size ? 54 : 0;
	pair_fill(e, 0, 60);
	memset(e + 14, 0, 46);
	memcpy(e + 12, "\x08\0\x45\0", 4);
	e[16] = (uint8_t)((bytes - 14) >> 8);
	e[17] = (uint8_t)(bytes - 14);
	e[22] = 64;
	e[23] = protocol;
	memcpy(e + 26, "\x0a\0\0\1\x0a\0\0\2", 8);
	e[46] = 0x50;
	return send(fd, f, sizeof(*h) + bytes, 0) == (ssize_t)(sizeof(*h) + bytes);
}

/* The flags of the one frame in the ring. */
static int flags_of_one(struct guest_ring *g)
{
	const int about = YKVM_FRAME_CSUM_NOT_READY | YKVM_FRAME_GSO;
	const struct ykvm_frame *f;
	struct ykvm_batch b;
	const uint8_t *data;
	int flags;

	usleep(20000);
	b = ykvm_reader_take(&g->reader, RING);
	f = ykvm_batch_next(&b, &data);
	flags = f ? f->flags & about : -1;
	ykvm_reader_release(&g->reader, &b);
	return flags;
}

static void test_unfinished(void)
{
	struct ykvm_setup want = { .slots = RING, .flags = YKVM_SETUP_DROP_NEWEST };
	int fd = unfinished_sender();
	struct guest_ring g;

	pair_ring(&g, want, 0);
	IS(!(g.setup.features & YKVM_FEATURE_OFFLOADS), 0, "the module says that it can tell");
	send_unfinished(fd, 17, 200, 0, false);
	IS(flags_of_one(&g), 0, "a frame that is finished");
	send_unfinished(fd, 17, 200, 0, true);
	IS(flags_of_one(&g), YKVM_FRAME_CSUM_NOT_READY, "one whose checksum is not there yet");
	send_unfinished(fd, 6, 5000, 1000, true);
	IS(flags_of_one(&g), YKVM_FRAME_CSUM_NOT_READY | YKVM_FRAME_GSO, "five segments in one");
	send_unfinished(fd, 17, 200, 0, false);
	IS(flags_of_one(&g), 0, "and none of it in the next");
	guest_close(&g);
	close(fd);
}

int main(void)
{
	int skip = pair_begin();

	if (skip)
		return skip;
	test_lengths();
	test_protocol();
	test_unfinished();
	return pair_end();
}
