// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames that carry their own number, and whose every byte is known. */
#include <arpa/inet.h>
#include <string.h>

#include "capture-impls/tests/conformance/conformance.h"

#define MAGIC 0xc0f0a3e5u
#define TAG_AT 12
#define TAG_BYTES 4
#define VLAN_TYPE 0x8100
#define ETHER_BYTES 14
#define IP_BYTES 20
#define UDP_BYTES 8
#define PAYLOAD_AT (ETHER_BYTES + IP_BYTES + UDP_BYTES) /* of a frame without a tag */

static void put16(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

static uint32_t get16(const uint8_t *from)
{
	return (uint32_t)from[0] << 8 | from[1];
}

static void put32(uint8_t *to, uint32_t v)
{
	put16(to, v >> 16);
	put16(to + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *from)
{
	return get16(from) << 16 | get16(from + 2);
}

static void ip_checksum(uint8_t *ip)
{
	uint32_t sum = 0;
	int i;

	for (i = 0; i < IP_BYTES; i += 2)
		sum += get16(ip + i);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
}

/* IPv4 and UDP without a checksum; each flow has addresses and ports of its own. */
static void put_headers(uint8_t *ip, uint16_t bytes, uint8_t flow)
{
	memset(ip, 0, IP_BYTES + UDP_BYTES);
	ip[0] = 0x45;
	put16(ip + 2, bytes);
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	put32(ip + 12, 0xc6120001u + flow); /* 198.18.0.0/15: for tests of equipment */
	put32(ip + 16, 0xc6130001u);
	ip_checksum(ip);
	put16(ip + IP_BYTES, 20000u + flow);
	put16(ip + IP_BYTES + 2, 20000);
	put16(ip + IP_BYTES + 4, (uint32_t)bytes - IP_BYTES);
}

uint16_t frame_make(uint8_t *to, const struct sent *f, uint32_t number, const uint8_t src_mac[6])
{
	/* A monitor sees frames for other hosts: nobody here has this address. */
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 0x99 };
	uint32_t i, tag = f->vlan ? TAG_BYTES : 0;
	uint8_t *rest = to + tag;

	memcpy(to, other, 6);
	memcpy(to + 6, src_mac, 6);
	if (f->vlan) {
		put16(to + TAG_AT, VLAN_TYPE);
		put16(to + TAG_AT + 2, 3u << 13 | (100u + f->flow));
	}
	put16(rest + TAG_AT, 0x0800);
	put_headers(rest + ETHER_BYTES, (uint16_t)(f->len - tag - ETHER_BYTES), f->flow);
	put32(rest + PAYLOAD_AT, MAGIC);
	put32(rest + PAYLOAD_AT + 4, number);
	for (i = PAYLOAD_AT + 8; tag + i < f->len; i++)
		rest[i] = (uint8_t)(number * 131 + i * 7 + (i >> 5));
	return f->len;
}

static int32_t first_difference(const uint8_t *a, const uint8_t *b, uint32_t n)
{
	uint32_t i = 0;

	if (!memcmp(a, b, n))
		return -1;
	while (a[i] == b[i])
		i++;
	return (int32_t)i;
}

/* The frame's number; -1: it was never sent. */
static int64_t number_of(const struct stand *s, const uint8_t *data, uint32_t caplen, bool *tagged)
{
	const uint8_t *payload = data + PAYLOAD_AT;

	*tagged = caplen >= PAYLOAD_AT && get16(data + TAG_AT) == VLAN_TYPE;
	payload += *tagged ? TAG_BYTES : 0;
	if (payload + 8 > data + caplen || get32(payload) != MAGIC || get32(payload + 4) >= s->n_sent)
		return -1;
	return get32(payload + 4);
}

void frame_seen(struct stand *s, const uint8_t *data, uint32_t caplen, uint32_t len)
{
	uint8_t wanted[FRAME_BYTES_ROOM];
	struct sent as;
	struct seen *f;
	bool tagged;
	int64_t n = number_of(s, data, caplen, &tagged);

	if (n < 0 || s->n_seen == FRAMES_MAX) {
		s->strange++;
		return;
	}
	as = s->sent[n];
	/* Without its VLAN tag if the kernel removed it; the check decides whether that is allowed. */
	if (as.vlan && !tagged) {
		as.vlan = false;
		as.len -= TAG_BYTES;
	}
	frame_make(wanted, &as, (uint32_t)n, s->src_mac);
	f = &s->seen[s->n_seen++];
	*f = (struct seen) { (uint32_t)n, caplen, len, tagged, -1 };
	f->differs = first_difference(data, wanted, caplen < as.len ? caplen : as.len);
}
