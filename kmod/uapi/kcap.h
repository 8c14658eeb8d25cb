/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * kcap: the frames of an interface analysed inside the kernel. Counters leave
 * it, frames do not.
 *
 * Generic netlink, family "kcap". KCAP_CMD_ATTACH puts the analysis in front of
 * the network stack of one Ethernet interface: the frames end there, or go on
 * with KCAP_FLAG_TAP. The attachment belongs to the socket that made it, and
 * ends with KCAP_CMD_DETACH, with that socket, or with the interface (removed,
 * or moved to another network namespace). An interface has one attachment, and
 * none beside a bridge, a bond or another user of its rx_handler: -EBUSY.
 *
 * Every command needs CAP_NET_ADMIN in the initial user namespace (-EPERM), and
 * finds the interface in the network namespace of the socket. Unknown, missing
 * and misplaced attributes are refused (-EINVAL), with the kernel's message.
 *
 *   command          attributes                                answer
 *   ATTACH           IFINDEX; all marked "set" may be given    -
 *   DETACH           IFINDEX                                   -
 *   RESET            IFINDEX                                   -
 *   GET              IFINDEX                                   what is marked "get"
 *   GET_FLOWS, dump  IFINDEX                                   a FLOW a message
 *
 * DETACH and RESET are for the owner alone (-EPERM), ENOENT where nothing is
 * attached. RESET begins all counts anew, at one moment.
 *
 * The bytes of a frame are those of RFC 2544, with the FCS, with VLAN tags that
 * the NIC or the kernel took out. On the wire a frame takes 20 bytes more
 * (preamble, delimiter, gap): the link's use in bits a second counts them.
 *
 * A frame here is what the driver hands up. Where GRO or LRO has merged several
 * (counted by KCAP_A_MERGED) lengths and numbers are not the wire's: switch
 * them off.
 */
#ifndef _UAPI_KCAP_H
#define _UAPI_KCAP_H

#include <linux/types.h>

#define KCAP_FAMILY "kcap"
#define KCAP_VERSION 1

#define KCAP_FLAG_TAP 1U /* the stack keeps the frames */

#define KCAP_INTERVAL_MIN_MS 10
#define KCAP_INTERVAL_MAX_MS 60000
#define KCAP_INTERVAL_MS 1000 /* unless set */
#define KCAP_FLOWS_MAX (1U << 20)
#define KCAP_PATTERN_MAX 128 /* bytes */
#define KCAP_HASH_KEY_BYTES 16
#define KCAP_WIRE_BYTES 20 /* of a frame on the wire, beside its own */

enum kcap_cmd {
	KCAP_CMD_UNSPEC,
	KCAP_CMD_ATTACH,
	KCAP_CMD_DETACH,
	KCAP_CMD_RESET,
	KCAP_CMD_GET,
	KCAP_CMD_GET_FLOWS,
	__KCAP_CMD_MAX,
};
#define KCAP_CMD_MAX (__KCAP_CMD_MAX - 1)

enum kcap_attr {
	KCAP_A_UNSPEC,
	KCAP_A_IFINDEX, /* u32; set, get */
	KCAP_A_FLAGS, /* u32, KCAP_FLAG_*; set, get */
	KCAP_A_INTERVAL_MS, /* u32, length of an interval of the link's use; set, get */
	KCAP_A_FLOWS, /* u32, flows that have room; 0 or absent: none are counted; set, get */
	KCAP_A_HASH_KEY, /* KCAP_HASH_KEY_BYTES, key of the flows' hash; random if absent; set */
	KCAP_A_PATTERN, /* bytes, 1 to KCAP_PATTERN_MAX, looked for in every frame; set, get */
	KCAP_A_ALGORITHM, /* u32, enum kcap_algorithm; set, with a pattern; get */
	KCAP_A_PAD,
	KCAP_A_IFNAME, /* string; get */
	KCAP_A_FRAMES, /* u64, all frames; get */
	KCAP_A_BYTES, /* u64, their bytes; get */
	KCAP_A_PROTOCOLS, /* nested, type enum kcap_protocol + 1: u64 frames, each frame in one; get */
	KCAP_A_SIZES, /* nested, type enum kcap_size + 1: u64 frames, each frame in one; get */
	KCAP_A_TAGGED, /* u64, frames with a VLAN tag, counted by what is behind it too; get */
	KCAP_A_FRAGMENTS, /* u64, frames that hold a fragment of an IP packet; get */
	KCAP_A_MERGED, /* u64, frames that the kernel made of several; get */
	KCAP_A_MATCHED, /* u64, frames that hold the pattern; get, with a pattern */
	KCAP_A_FLOWS_USED, /* u32, flows that have been seen and have room; get, with flows */
	KCAP_A_FLOWS_FULL, /* u64, frames of other flows; get, with flows */
	KCAP_A_INTERVALS, /* u64, full intervals so far; get */
	KCAP_A_RATE_BITS, /* u64, bits a second on the wire in the last full interval; get, after the first */
	KCAP_A_RATE_FRAMES, /* u64, frames a second in it; get, after the first */
	KCAP_A_PEAK_BITS, /* u64, highest of the intervals; get, after the first */
	KCAP_A_PEAK_FRAMES, /* u64, highest of the intervals; get, after the first */
	KCAP_A_FLOW, /* nested, enum kcap_flow_attr; GET_FLOWS */
	__KCAP_A_MAX,
};
#define KCAP_A_MAX (__KCAP_A_MAX - 1)

/*
 * The last two are the kernel's textsearch. A frame that is not in one piece of
 * memory is searched by KMP, whatever is set.
 */
enum kcap_algorithm {
	KCAP_HORSPOOL, /* Boyer-Moore-Horspool: fastest on most frames; goes over to KMP where it is not */
	KCAP_BM, /* Boyer-Moore */
	KCAP_KMP, /* Knuth-Morris-Pratt: looks at each byte once, whatever the frames hold */
};

/* Behind all VLAN tags. */
enum kcap_protocol {
	KCAP_ARP,
	KCAP_IPV4_TCP,
	KCAP_IPV4_UDP,
	KCAP_IPV4_ICMP,
	KCAP_IPV4_OTHER,
	KCAP_IPV6_TCP,
	KCAP_IPV6_UDP,
	KCAP_IPV6_ICMP,
	KCAP_IPV6_OTHER,
	KCAP_OTHER, /* no ARP, no IP */
	KCAP_MALFORMED, /* a header of IP or a VLAN tag that is cut off or wrong */
	KCAP_PROTOCOLS,
};

/* RFC 2819's, in bytes of a frame. A tagged frame of 1522 bytes is over 1518. */
enum kcap_size {
	KCAP_SIZE_UNDER_64,
	KCAP_SIZE_64,
	KCAP_SIZE_65_127,
	KCAP_SIZE_128_255,
	KCAP_SIZE_256_511,
	KCAP_SIZE_512_1023,
	KCAP_SIZE_1024_1518,
	KCAP_SIZE_OVER_1518,
	KCAP_SIZES,
};

/* One direction of a conversation. Ports are 0 in fragments and where the protocol has none. */
enum kcap_flow_attr {
	KCAP_FLOW_A_UNSPEC,
	KCAP_FLOW_A_PAD,
	KCAP_FLOW_A_SRC, /* 4 or 16 bytes */
	KCAP_FLOW_A_DST, /* the same */
	KCAP_FLOW_A_PROTO, /* u8, of IP */
	KCAP_FLOW_A_SPORT, /* u16, network byte order */
	KCAP_FLOW_A_DPORT, /* u16, network byte order */
	KCAP_FLOW_A_FRAMES, /* u64 */
	KCAP_FLOW_A_BYTES, /* u64 */
	__KCAP_FLOW_A_MAX,
};
#define KCAP_FLOW_A_MAX (__KCAP_FLOW_A_MAX - 1)

#endif
