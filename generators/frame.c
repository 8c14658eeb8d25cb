// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include "generators/frame.h"

#define PORT_DISCARD 9

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
			.ttl = FRAME_TTL,
			.protocol = IPPROTO_UDP,
			.saddr = htonl(0xc6120000 + k + 1), /* 198.18.0.k to 198.19.0.1: benchmarking addresses, RFC 2544 */
			.daddr = htonl(0xc6130001),
		},
		.udp = {
			.source = htons((uint16_t)(SINK_PORT + k)),
			.dest = htons(PORT_DISCARD),
			.len = htons((uint16_t)(bytes - sizeof(h.eth) - sizeof(h.ip))), /* UDP checksum 0: none */
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

void frame_adopt(uint8_t *frame, uint32_t bytes, uint32_t k, const uint8_t src_mac[6], const uint8_t dst_mac[6],
		 const struct frame_kept *kept)
{
	struct head h = head_make(bytes, k, src_mac, dst_mac);

	h.ip.saddr = kept->saddr;
	h.ip.daddr = kept->daddr;
	h.ip.tos = kept->tos;
	h.ip.ttl = kept->ttl;
	h.udp.dest = kept->port;
	head_put(frame, &h);
}
