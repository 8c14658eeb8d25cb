/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames to be sent, in bytes and as skbs: what both ways of sending by copy must get right. */
#ifndef YKVM_FRAME_H
#define YKVM_FRAME_H

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>

/* The longest frame of that EtherType, without FCS: a VLAN tag comes on top. Bound interfaces are Ethernet. */
static inline u32 ykvm_frame_most(const struct net_device *dev, __be16 type)
{
	return READ_ONCE(dev->mtu) + ETH_HLEN + (eth_type_vlan(type) ? VLAN_HLEN : 0);
}

/* A length instead of an EtherType is 802.3's. */
static inline __be16 ykvm_frame_protocol(const struct ethhdr *eth)
{
	return eth_proto_is_802_3(eth->h_proto) ? eth->h_proto : htons(ETH_P_802_2);
}

/* Behind up to two tags. */
static inline u32 ykvm_frame_network(const struct sk_buff *skb)
{
	__be16 type = ((const struct ethhdr *)skb->data)->h_proto;
	u32 at = ETH_HLEN;

	while (eth_type_vlan(type) && at < ETH_HLEN + 2 * VLAN_HLEN && at + VLAN_HLEN <= skb_headlen(skb)) {
		at += VLAN_HLEN;
		type = *(const __be16 *)(skb->data + at - sizeof(type));
	}
	return at;
}

/* What the stack would have set of a frame that it made itself. data is at the MAC header, which is in one piece. */
static inline void ykvm_frame_headers(struct sk_buff *skb, struct net_device *dev)
{
	skb->dev = dev;
	skb_reset_mac_header(skb);
	skb->protocol = ykvm_frame_protocol(eth_hdr(skb));
	skb_set_network_header(skb, ykvm_frame_network(skb));
	skb_probe_transport_header(skb);
}

#endif
