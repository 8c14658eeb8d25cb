// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include "generators/frame.h"

#define PORT_DISCARD 9
#define TTL 32

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

void frame_build(uint8_t frame[FRAME_ROOM], uint32_t bytes, uint32_t k, const uint8_t src_mac[6],
		 const uint8_t dst_mac[6])
{
	struct ethhdr eth = { .h_proto = htons(ETH_P_IP) };
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tot_len = htons((uint16_t)(bytes - sizeof(eth))),
		.ttl = TTL,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(0xc6120000 + k + 1), /* 198.18.0.k to 198.19.0.1: benchmarking addresses, RFC 2544 */
		.daddr = htonl(0xc6130001),
	};
	struct udphdr udp = {
		.source = htons((uint16_t)(SINK_PORT + k)),
		.dest = htons(PORT_DISCARD),
		.len = htons((uint16_t)(bytes - sizeof(eth) - sizeof(ip))), /* its checksum is 0: there is none */
	};
	uint32_t magic = htonl(SINK_MAGIC);

	memset(frame, 0, bytes);
	memcpy(eth.h_dest, dst_mac, sizeof(eth.h_dest));
	memcpy(eth.h_source, src_mac, sizeof(eth.h_source));
	ip.check = ip_checksum(&ip);
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + sizeof(eth), &ip, sizeof(ip));
	memcpy(frame + sizeof(eth) + sizeof(ip), &udp, sizeof(udp));
	memcpy(frame + SINK_OFF_MAGIC, &magic, sizeof(magic));
}
