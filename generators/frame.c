// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include "generators/frame.h"

#define PORT_DISCARD 9
#define TTL 32
#define FRAGMENT_OFFSET 0x1fff

static uint16_t ip_checksum(const void *header)
{
	uint16_t word[10];
	uint32_t sum = 0;
	int i;

	memcpy(word, header, sizeof(word));
	for (i = 0; i < 10; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

struct head {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

static struct head head_make(uint32_t bytes, uint32_t k, const uint8_t src_mac[6], const uint8_t dst_mac[6])
{
	struct head h = {
		.eth = { .h_proto = htons(ETH_P_IP) },
		.ip = {
			.version = 4,
			.ihl = sizeof(h.ip) / 4,
			.tot_len = htons((uint16_t)(bytes - sizeof(h.eth))),
			.ttl = TTL,
			.protocol = IPPROTO_UDP,
			.saddr = htonl(0xc6120000 + k + 1), /* 198.18.0.k to 198.19.0.1: benchmarking addresses, RFC 2544 */
			.daddr = htonl(0xc6130001),
		},
		.udp = {
			.source = htons((uint16_t)(SINK_PORT + k)),
			.dest = htons(PORT_DISCARD),
			.len = htons((uint16_t)(bytes - sizeof(h.eth) - sizeof(h.ip))), /* its checksum is 0: there is none */
		},
	};

	memcpy(h.eth.h_dest, dst_mac, sizeof(h.eth.h_dest));
	memcpy(h.eth.h_source, src_mac, sizeof(h.eth.h_source));
	return h;
}

static void head_put(uint8_t *frame, struct head *h)
{
	uint32_t magic = htonl(SINK_MAGIC);
	struct iphdr ip = h->ip;

	h->ip.check = ip_checksum(&ip);
	memcpy(frame, h, sizeof(*h));
	memcpy(frame + SINK_OFF_MAGIC, &magic, sizeof(magic));
}

void frame_build(uint8_t frame[FRAME_ROOM], uint32_t bytes, uint32_t k, const uint8_t src_mac[6],
		 const uint8_t dst_mac[6])
{
	struct head h = head_make(bytes, k, src_mac, dst_mac);

	memset(frame, 0, bytes);
	head_put(frame, &h);
}

/* The destination port of a first or only fragment of UDP or TCP, or 0. at: the packet, left bytes of it. */
static uint16_t port_of(struct iphdr ip, const uint8_t *at, uint32_t left)
{
	uint32_t off = ip.ihl * 4u + 2;
	uint16_t port = 0;

	if ((ip.protocol == IPPROTO_UDP || ip.protocol == IPPROTO_TCP) && !(ntohs(ip.frag_off) & FRAGMENT_OFFSET) &&
	    off + sizeof(port) <= left)
		memcpy(&port, at + off, sizeof(port));
	return port;
}

void frame_adopt(uint8_t *frame, uint32_t bytes, uint32_t k, const uint8_t src_mac[6], const uint8_t dst_mac[6])
{
	struct head h = head_make(bytes, k, src_mac, dst_mac);
	struct head theirs;
	uint16_t port;

	memcpy(&theirs, frame, sizeof(theirs));
	if (theirs.eth.h_proto == htons(ETH_P_IP) && theirs.ip.version == 4 && theirs.ip.ihl >= 5) {
		h.ip.saddr = theirs.ip.saddr;
		h.ip.daddr = theirs.ip.daddr;
		h.ip.tos = theirs.ip.tos;
		h.ip.ttl = theirs.ip.ttl;
		port = port_of(theirs.ip, frame + sizeof(h.eth), bytes - sizeof(h.eth));
		h.udp.dest = port ? port : h.udp.dest;
	}
	head_put(frame, &h);
}
