// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/sink/flow_table.h"

#define ETHERTYPE_QINQ 0x88a8
#define VLAN_BYTES 4
#define VLANS_MAX 2
#define IP4_BYTES 20
#define IP4_OFF_FRAGMENT 6
#define IP4_OFF_PROTOCOL 9
#define IP4_OFF_ADDRESSES 12
#define IP4_FRAGMENT_MASK 0x1fff
#define IP6_BYTES 40
#define IP6_OFF_PROTOCOL 6
#define IP6_OFF_ADDRESSES 8

struct flow_table *flow_table_new(void)
{
	struct flow_table *t = malloc(sizeof(*t));

	/* Not calloc(): its pages would be mapped at their first use, during the trial. */
	if (t)
		memset(t, 0, sizeof(*t));
	return t;
}

static uint16_t be16_at(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static int key_ports(struct flow_key *key, uint8_t protocol, const uint8_t *at, const uint8_t *end)
{
	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || end - at < (long)sizeof(key->ports))
		return -ENOENT;
	key->protocol = protocol;
	memcpy(&key->ports, at, sizeof(key->ports));
	return 0;
}

static int key_ip4(struct flow_key *key, const uint8_t *ip, const uint8_t *end)
{
	uint32_t header;

	if (end - ip < IP4_BYTES)
		return -ENOENT;
	header = (ip[0] & 0xf) * 4;
	if (ip[0] >> 4 != 4 || header < IP4_BYTES || be16_at(ip + IP4_OFF_FRAGMENT) & IP4_FRAGMENT_MASK)
		return -ENOENT;
	memcpy(key->addresses, ip + IP4_OFF_ADDRESSES, 8);
	return end - ip < (long)header ? -ENOENT : key_ports(key, ip[IP4_OFF_PROTOCOL], ip + header, end);
}

static int key_ip6(struct flow_key *key, const uint8_t *ip, const uint8_t *end)
{
	if (end - ip < IP6_BYTES || ip[0] >> 4 != 6)
		return -ENOENT;
	memcpy(key->addresses, ip + IP6_OFF_ADDRESSES, sizeof(key->addresses));
	return key_ports(key, ip[IP6_OFF_PROTOCOL], ip + IP6_BYTES, end);
}

int flow_key_of(struct flow_key *key, const uint8_t *frame, uint32_t caplen)
{
	const uint8_t *at = frame + ETHER_ADDR_LEN * 2, *end = frame + caplen;
	int tags = VLANS_MAX;

	memset(key, 0, sizeof(*key));
	if (caplen < ETHER_HDR_LEN)
		return -ENOENT;
	key->ethertype = be16_at(at);
	while ((key->ethertype == ETHERTYPE_VLAN || key->ethertype == ETHERTYPE_QINQ) && tags--) {
		at += VLAN_BYTES;
		if (end - at < ETHER_TYPE_LEN)
			return -ENOENT;
		key->ethertype = be16_at(at);
	}
	at += ETHER_TYPE_LEN;
	if (key->ethertype == ETHERTYPE_IP)
		return key_ip4(key, at, end);
	return key->ethertype == ETHERTYPE_IPV6 ? key_ip6(key, at, end) : -ENOENT;
}

/* Each word changes the high bits, from which the slot is computed. */
static uint32_t key_slot(const struct flow_key *key)
{
	uint64_t h = 0, word;
	size_t i;

	for (i = 0; i < sizeof(*key); i += sizeof(word)) {
		memcpy(&word, (const uint8_t *)key + i, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	return (uint32_t)(h % FLOW_SLOTS);
}

/* The flow's slot, made where it is new; NULL: no room. */
static inline struct flow *flow_of(struct flow_table *t, const struct flow_key *key)
{
	uint32_t i = key_slot(key);
	struct flow *f;

	/* The loop ends, since a quarter of the slots always stays free. */
	for (f = &t->slot[i]; f->key.protocol; f = &t->slot[i]) {
		if (!memcmp(&f->key, key, sizeof(*key)))
			break;
		i = (i + 1) % FLOW_SLOTS;
	}
	if (!f->key.protocol) {
		if (t->n == FLOWS_MAX)
			return NULL;
		f->key = *key;
		t->n++;
	}
	return f;
}

int flow_table_add(struct flow_table *t, const struct flow_key *key, uint32_t len)
{
	struct flow *f = flow_of(t, key);

	if (!f)
		return -ENOSPC;
	f->packets++;
	f->bytes += len;
	return 0;
}

int flow_table_put(struct flow_table *t, const struct flow *more)
{
	struct flow *f = flow_of(t, &more->key);

	if (!f)
		return -ENOSPC;
	f->packets += more->packets;
	f->bytes += more->bytes;
	return 0;
}
