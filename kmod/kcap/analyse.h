/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a frame is, from its bytes alone: no sk_buff, no memory, no locks. The
 * tests compile it in user space.
 */
#ifndef KCAP_ANALYSE_H
#define KCAP_ANALYSE_H

#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/string.h>

#include "../compat.h"
#endif

#include "../uapi/kcap.h"

#define KCAP_TAGS_MAX 4 /* of one frame */
#define KCAP_EXTENSIONS_MAX 8 /* headers of IPv6 that are followed */
/* Headers that are looked at, where extensions are no longer than usual. */
#define KCAP_HEADERS_BYTES 128

/* A flow. All bytes count in comparing, so there is no padding, and unused ones are 0. */
struct kcap_tuple {
	union {
		struct {
			u32 src[4]; /* as in the frame; IPv4 has one word */
			u32 dst[4];
			u16 sport; /* as in the frame */
			u16 dport;
			u8 proto;
			u8 version; /* 4 or 6 */
			u16 zero;
		};
		u64 words[5];
	};
};

/* Filled by kcap_analyse(). */
struct kcap_view {
	u32 protocol; /* enum kcap_protocol */
	bool tagged;
	bool fragment;
	u8 l4_proto; /* of IP; of no meaning for other frames */
	u32 ip_off; /* where the IP header is; 0: there is none, or a malformed one */
	u32 l4_off; /* where the header behind it would be */
};

static inline u32 kcap_size_of(u32 bytes)
{
	if (bytes <= ETH_ZLEN + ETH_FCS_LEN)
		return bytes == ETH_ZLEN + ETH_FCS_LEN ? KCAP_SIZE_64 : KCAP_SIZE_UNDER_64;
	if (bytes > ETH_FRAME_LEN + ETH_FCS_LEN)
		return KCAP_SIZE_OVER_1518;
	return KCAP_SIZE_64 + fls(bytes / 64); /* from here the limits are powers of two */
}

static inline void kcap_view_ipv4(struct kcap_view *v, const u8 *data, u32 caplen, u32 off)
{
	const u8 *ip = data + off;
	u32 header;

	v->protocol = KCAP_MALFORMED;
	if (unlikely(caplen < off + sizeof(struct iphdr)))
		return;
	header = (ip[0] & 0xf) * 4;
	if (unlikely(ip[0] >> 4 != 4 || header < sizeof(struct iphdr) || caplen < off + header))
		return;
	v->l4_proto = ip[offsetof(struct iphdr, protocol)];
	v->ip_off = off;
	v->l4_off = off + header;
	v->fragment = get_unaligned_be16(ip + offsetof(struct iphdr, frag_off)) & 0x3fff; /* offset, or more to come */
	switch (v->l4_proto) {
	case IPPROTO_UDP:
		v->protocol = KCAP_IPV4_UDP;
		break;
	case IPPROTO_TCP:
		v->protocol = KCAP_IPV4_TCP;
		break;
	case IPPROTO_ICMP:
		v->protocol = KCAP_IPV4_ICMP;
		break;
	default:
		v->protocol = KCAP_IPV4_OTHER;
	}
}

/* Is it a header behind which another follows? Its length in bytes, given its second byte. */
static inline u32 kcap_extension(u8 type, u8 length)
{
	switch (type) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return (length + 1) * 8;
	case IPPROTO_AH:
		return (length + 2) * 4;
	case IPPROTO_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

/*
 * Follows the extension headers, until one that the frame no longer has: then that is the protocol. Behind a
 * fragment's header nothing is followed, since only the first fragment has the rest.
 */
static inline void kcap_view_extensions(struct kcap_view *v, const u8 *data, u32 caplen)
{
	u32 i, header;

	for (i = 0; i < KCAP_EXTENSIONS_MAX && caplen >= v->l4_off + 8; i++) {
		const u8 *ext = data + v->l4_off;

		header = kcap_extension(v->l4_proto, ext[1]);
		if (!header)
			return;
		if (v->l4_proto == IPPROTO_FRAGMENT && (get_unaligned_be16(ext + 2) & 0xfff9))
			v->fragment = true;
		v->l4_proto = ext[0];
		v->l4_off += header;
		if (v->fragment)
			return;
	}
}

static inline void kcap_view_ipv6(struct kcap_view *v, const u8 *data, u32 caplen, u32 off)
{
	v->protocol = KCAP_MALFORMED;
	if (unlikely(caplen < off + sizeof(struct ipv6hdr) || data[off] >> 4 != 6))
		return;
	v->l4_proto = data[off + offsetof(struct ipv6hdr, nexthdr)];
	v->ip_off = off;
	v->l4_off = off + sizeof(struct ipv6hdr);
	kcap_view_extensions(v, data, caplen);
	switch (v->l4_proto) {
	case IPPROTO_UDP:
		v->protocol = KCAP_IPV6_UDP;
		break;
	case IPPROTO_TCP:
		v->protocol = KCAP_IPV6_TCP;
		break;
	case IPPROTO_ICMPV6:
		v->protocol = KCAP_IPV6_ICMP;
		break;
	default:
		v->protocol = KCAP_IPV6_OTHER;
	}
}

/* Past the tags at off, where the type is; 0 if the frame ends in one, or has too many. */
static inline u32 kcap_skip_tags(const u8 *data, u32 caplen, u32 off)
{
	u32 i;

	for (i = 0; i < KCAP_TAGS_MAX && caplen >= off + 6; i++) {
		off += 4;
		switch (get_unaligned_be16(data + off)) {
		case ETH_P_8021Q:
		case ETH_P_8021AD:
			continue;
		}
		return off;
	}
	return 0;
}

/* The frame's first caplen bytes, from its MAC header on. A tag may have been taken out of it: `tagged` says so. */
static inline void kcap_analyse(struct kcap_view *v, const u8 *data, u32 caplen, bool tagged)
{
	u32 off = 2 * ETH_ALEN;

	v->protocol = KCAP_OTHER;
	v->tagged = tagged;
	v->fragment = false;
	v->ip_off = 0;
	if (unlikely(caplen < ETH_HLEN))
		return;
again:
	switch (get_unaligned_be16(data + off)) {
	case ETH_P_IP:
		kcap_view_ipv4(v, data, caplen, off + 2);
		break;
	case ETH_P_IPV6:
		kcap_view_ipv6(v, data, caplen, off + 2);
		break;
	case ETH_P_ARP:
		v->protocol = KCAP_ARP;
		break;
	case ETH_P_8021Q:
	case ETH_P_8021AD:
		v->tagged = true;
		off = kcap_skip_tags(data, caplen, off);
		if (off)
			goto again;
		v->protocol = KCAP_MALFORMED;
		break;
	}
}

static inline bool kcap_has_ports(const struct kcap_view *v, u32 caplen)
{
	switch (v->l4_proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
		return !v->fragment && caplen >= v->l4_off + 4;
	default:
		return false;
	}
}

/* The flow of a frame whose view has an IP header. */
static inline void kcap_tuple_of(struct kcap_tuple *t, const struct kcap_view *v, const u8 *data, u32 caplen)
{
	const u8 *ip = data + v->ip_off;

	memset(t, 0, sizeof(*t));
	t->proto = v->l4_proto;
	t->version = ip[0] >> 4;
	if (t->version == 4) {
		memcpy(t->src, ip + offsetof(struct iphdr, saddr), 4);
		memcpy(t->dst, ip + offsetof(struct iphdr, daddr), 4);
	} else {
		memcpy(t->src, ip + offsetof(struct ipv6hdr, saddr), 16);
		memcpy(t->dst, ip + offsetof(struct ipv6hdr, daddr), 16);
	}
	if (kcap_has_ports(v, caplen)) {
		memcpy(&t->sport, data + v->l4_off, 2);
		memcpy(&t->dport, data + v->l4_off + 2, 2);
	}
}

#endif
