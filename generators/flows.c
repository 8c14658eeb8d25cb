// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "generators/flows.h"

#define HEADS_MAX 4 /* how many tags, labels and extension headers are parsed at most */
#define PORT_DISCARD 9
#define PORT_FREE 1024

/* All that tells flows apart; fields that a frame does not have are 0. */
struct identity {
	uint32_t tags[HEADS_MAX], labels[HEADS_MAX];
	uint8_t src[16], dst[16]; /* Ethernet addresses if it is not IP */
	uint16_t type, protocol;
	uint32_t ports; /* in network byte order */
	uint32_t fragment; /* identification, of a packet's fragments among themselves */
};

/* Hash table of the identities seen so far; a slot with value 0 is free. */
struct seen {
	struct identity *id;
	uint32_t *value; /* the value + 1 */
	uint32_t slots; /* a power of 2 */
};

struct finding {
	struct seen flows, fragments, places;
	struct flows *to;
	struct err *e;
};

struct packet {
	const uint8_t *at, *end;
	struct identity id;
	struct frame_kept kept;
	bool first, later; /* fragments */
	uint32_t number; /* the fragmented packet's number */
};

static uint16_t be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)be16(at) << 16 | be16(at + 2);
}

static uint32_t hash_of(const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t h = 0xcbf29ce484222325ULL; /* FNV-1a */

	for (; n; n--)
		h = (h ^ *at++) * 0x100000001b3ULL;
	return (uint32_t)(h >> 32 ^ h);
}

static bool left(const struct packet *p, long n)
{
	return p->end - p->at >= n;
}

static uint16_t read_tags(struct packet *p)
{
	uint16_t type = be16(p->at);
	int i;

	for (i = 0; i < HEADS_MAX && pcapfile_tag(type) && left(p, 6); i++) {
		p->id.tags[i] = 1u << 16 | (be16(p->at + 2) & 0xfffu);
		p->at += 4;
		type = be16(p->at);
	}
	p->at += 2;
	return type;
}

/* After the labels, IP is recognised by its first four bits; anything else stays unknown. */
static uint16_t read_labels(struct packet *p)
{
	bool last = false;
	int i;

	for (i = 0; i < HEADS_MAX && !last && left(p, 5); i++) {
		p->id.labels[i] = 1u << 31 | be32(p->at) >> 12;
		last = p->at[2] & 1;
		p->at += 4;
	}
	if (last && p->at[0] >> 4 == 4)
		return ETH_P_IP;
	return last && p->at[0] >> 4 == 6 ? ETH_P_IPV6 : 0;
}

static void read_ports(struct packet *p)
{
	uint32_t protocol = p->id.protocol;

	if (p->later || !left(p, 4) ||
	    (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_SCTP &&
	     protocol != IPPROTO_DCCP && protocol != IPPROTO_UDPLITE))
		return;
	memcpy(&p->id.ports, p->at, sizeof(p->id.ports));
	memcpy(&p->kept.port, p->at + 2, sizeof(p->kept.port));
}

static bool read_ip4(struct packet *p)
{
	uint32_t head, part;

	if (!left(p, 20) || p->at[0] >> 4 != 4 || (p->at[0] & 0xf) < 5)
		return false;
	head = (p->at[0] & 0xfu) * 4;
	part = be16(p->at + 6);
	p->later = part & 0x1fff;
	p->first = !p->later && part & 0x2000;
	p->number = 1u << 31 | be16(p->at + 4);
	p->kept.tos = p->at[1];
	p->kept.ttl = p->at[8];
	p->id.protocol = p->at[9];
	memcpy(p->id.src, p->at + 12, 4);
	memcpy(p->id.dst, p->at + 16, 4);
	memcpy(&p->kept.saddr, p->at + 12, 4);
	memcpy(&p->kept.daddr, p->at + 16, 4);
	p->at += left(p, head) ? head : (uint32_t)(p->end - p->at);
	read_ports(p);
	return true;
}

static void read_extensions(struct packet *p, uint8_t next)
{
	bool part;

	for (; left(p, 8) && !p->later; p->at = p->at > p->end ? p->end : p->at) {
		part = next == IPPROTO_FRAGMENT;
		if (!part && next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS)
			break;
		if (part) {
			p->later = be16(p->at + 2) & 0xfff8;
			p->first = !p->later && be16(p->at + 2) & 1;
			p->number = be32(p->at + 4);
		}
		next = p->at[0];
		p->at += part ? 8 : 8 + p->at[1] * 8;
	}
	p->id.protocol = next;
}

static bool read_ip6(struct packet *p)
{
	const uint8_t *ip = p->at;

	if (!left(p, 40) || ip[0] >> 4 != 6)
		return false;
	p->kept.tos = (uint8_t)(be16(ip) >> 4);
	p->kept.ttl = ip[7];
	memcpy(p->id.src, ip + 8, 16);
	memcpy(p->id.dst, ip + 24, 16);
	p->kept.saddr = hash_of(ip + 8, 16); /* 128 bits into 32: where two collide, the port differs */
	p->kept.daddr = hash_of(ip + 24, 16);
	p->at += 40;
	read_extensions(p, ip[6]);
	read_ports(p);
	return true;
}

static void read_packet(struct packet *p, const uint8_t *frame, uint32_t caplen)
{
	bool ip = false;

	memset(p, 0, sizeof(*p));
	p->kept = (struct frame_kept) { htonl(0xc6120001), htonl(0xc6130001), htons(PORT_DISCARD), 0, FRAME_TTL };
	if (caplen < ETH_HLEN)
		return;
	p->at = frame + 2 * ETH_ALEN;
	p->end = frame + caplen;
	p->id.type = read_tags(p);
	if (p->id.type == ETH_P_MPLS_UC || p->id.type == ETH_P_MPLS_MC)
		p->id.type = read_labels(p);
	if (p->id.type == ETH_P_IP)
		ip = read_ip4(p);
	else if (p->id.type == ETH_P_IPV6)
		ip = read_ip6(p);
	if (ip)
		return;
	memcpy(p->id.dst, frame, ETH_ALEN);
	memcpy(p->id.src, frame + ETH_ALEN, ETH_ALEN);
}

/* The slot of this identity, or the free slot where it belongs. */
static uint32_t *slot_of(struct seen *s, const struct identity *id)
{
	uint32_t i = hash_of(id, sizeof(*id)) & (s->slots - 1);

	while (s->value[i] && memcmp(&s->id[i], id, sizeof(*id)))
		i = (i + 1) & (s->slots - 1);
	s->id[i] = *id;
	return &s->value[i];
}

static int seen_init(struct seen *s, size_t n, struct err *e)
{
	for (s->slots = 64; s->slots < 2 * n;)
		s->slots *= 2;
	s->id = calloc(s->slots, sizeof(*s->id));
	s->value = calloc(s->slots, sizeof(*s->value));
	return s->id && s->value ? 0 : err_set(e, -ENOMEM, "no memory for the flows of %zu frames", n);
}

static void seen_free(struct seen *s)
{
	free(s->id);
	free(s->value);
}

/* Finds addresses and a port that no other flow has: the packet's own, or its addresses with another port. */
static int find_place(struct finding *f, struct packet *p)
{
	uint32_t tried, *slot, port = ntohs(p->kept.port);
	struct identity place;

	for (tried = 0; tried < 65536; tried++) {
		memset(&place, 0, sizeof(place));
		memcpy(place.src, &p->kept.saddr, 4);
		memcpy(place.dst, &p->kept.daddr, 4);
		place.ports = port;
		slot = slot_of(&f->places, &place);
		if (port && !*slot) {
			*slot = 1;
			p->kept.port = htons((uint16_t)port);
			return 0;
		}
		port = tried ? (port + 1) & 0xffff : PORT_FREE + hash_of(&p->id, sizeof(p->id)) % (65536 - PORT_FREE);
	}
	return err_set(f->e, -ENOSPC,
		       "two of its addresses have more than 65,535 flows, which ports cannot tell apart");
}

/* Enters frame i: its flow, and the addresses that its frames keep; a later fragment takes those of the first one. */
static int enter(struct finding *f, size_t i, struct packet *p)
{
	struct identity whole = p->id;
	uint32_t *slot, *fragment = NULL;
	int r;

	whole.ports = 0;
	whole.fragment = p->number;
	if (p->first || p->later)
		fragment = slot_of(&f->fragments, &whole);
	slot = p->later && *fragment ? fragment : slot_of(&f->flows, &p->id);
	if (!*slot) {
		r = find_place(f, p);
		if (r)
			return r;
		*slot = (uint32_t)i + 1; /* the flow's first frame, which has its number, addresses and port */
		f->to->of[i] = f->to->n++;
	} else {
		f->to->of[i] = f->to->of[*slot - 1];
		p->kept.saddr = f->to->kept[*slot - 1].saddr;
		p->kept.daddr = f->to->kept[*slot - 1].daddr;
		p->kept.port = f->to->kept[*slot - 1].port;
	}
	if (p->first)
		*fragment = *slot;
	f->to->kept[i] = p->kept;
	return 0;
}

int flows_of_file(struct flows *to, const struct pcapfile *file, struct err *e)
{
	struct finding f = { .to = to, .e = e };
	const struct pcapfile_frame *frame;
	struct packet p;
	size_t i;
	int r;

	*to = (struct flows) { .kept = calloc(file->n, sizeof(*to->kept)), .of = calloc(file->n, sizeof(*to->of)) };
	r = to->kept && to->of ? 0 : err_set(e, -ENOMEM, "no memory for the flows of %zu frames", file->n);
	r = r ? r : seen_init(&f.flows, file->n, e);
	r = r ? r : seen_init(&f.fragments, file->n, e);
	r = r ? r : seen_init(&f.places, file->n, e);
	for (i = 0; !r && i < file->n; i++) {
		frame = &file->frames[i];
		read_packet(&p, file->bytes + frame->at, frame->caplen);
		r = enter(&f, i, &p);
	}
	seen_free(&f.flows);
	seen_free(&f.fragments);
	seen_free(&f.places);
	if (r)
		flows_free(to);
	return r;
}

void flows_free(struct flows *f)
{
	free(f->kept);
	free(f->of);
	*f = (struct flows) { .n = 0 };
}
