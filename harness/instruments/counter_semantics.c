// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "capture-impls/capture.h"
#include "harness/instruments/counter_semantics.h"

const char *const source_drops_names[] = { "no", "yes", "only", "unknown" };
const char *const source_reset_names[] = { "no", "by reading", "by setup" };

#define PACKET_RECEIVED "frames put into the ring or the socket's queue: tp_packets less tp_drops, which it includes"
#define PACKET_DROPPED "tp_drops: frames for which ring or queue had no room"
#define NO_PLACE "always 0: it has no memory in which a frame could be lost"
#define PACKET_LEFT "own.received less the frames that were read"

/* clang-format off */
/* Any ykvm ring, whichever driver fills it. */
#define YKVM_RING(capture) \
	{ capture, "own.received", "frames put into the ring and not overwritten", DROPS_NOT_IN, RESET_BY_SETUP, \
	  "capture.own.received" }, \
	{ capture, "own.dropped", "frames overwritten or refused, a counter for each reason", DROPS_ONLY, RESET_BY_SETUP, \
	  "drops.capture" }, \
	{ capture, "left", "frames in the ring that nobody took", DROPS_ONLY, RESET_BY_SETUP, "drops.consumer" }
#define BPF_BUFFER(capture)                                                                                          \
	{ capture, "own.received", "frames that its program put into the buffer", DROPS_NOT_IN, RESET_BY_SETUP,      \
	  "capture.own.received" },                                                                                  \
	{ capture, "own.dropped", "frames for which its program found no room, counted by it", DROPS_ONLY,           \
	  RESET_BY_SETUP, "drops.capture" },                                                                         \
	{ capture, "left", "frames in the buffer that nobody read", DROPS_ONLY, RESET_NO, "drops.consumer" }
/* clang-format on */

const struct source sources[] = {
	{ "pktgen", "sent", "frames that the driver took", DROPS_NOT_IN, RESET_BY_SETUP, "generator.sent" },
	{ "pktgen", "errors", "frames that the driver refused", DROPS_ONLY, RESET_BY_SETUP, "generator.errors" },
	{ "qemu", "filter-dump", "frames on the wire to the DUT, each with its number and time", DROPS_NOT_IN, RESET_NO,
	  "generator.gaps_ns, fates" },
	{ "qemu", "e1000e_rx_written_to_guest", "frames written to the DUT's memory; igb's and e1000e's models",
	  DROPS_NOT_IN, RESET_NO, "nic.accepted" },
	{ "qemu", "e1000e_rx_not_written_to_guest", "frames that found no receive descriptor", DROPS_ONLY, RESET_NO,
	  "drops.nic_no_descriptor" },
	{ "plugin", "calls.napi_gro_receive", "frames that the driver handed to the kernel's stack", DROPS_NOT_IN,
	  RESET_BY_SETUP, "drops.xdp: rx_packets less this, where an XDP program is attached" },
	{ "plugin", "calls.tpacket_rcv", "frames that a packet socket with a ring looked at", DROPS_IN, RESET_BY_SETUP,
	  "drops.filter: this less the frames that the socket counted" },
	{ "plugin", "calls.packet_rcv", "frames that a packet socket without a ring looked at", DROPS_IN,
	  RESET_BY_SETUP, "drops.filter: this less the frames that the socket counted" },
	{ "plugin", "kfree_skb_reason", "frames that the kernel dropped, each with place and reason", DROPS_ONLY,
	  RESET_NO, "fates" },
	{ "igb", "rx_packets", "frames that the driver's clean loop took, those that XDP dropped too", DROPS_IN,
	  RESET_NO, "nic.driver" },
	{ "igb", "rx_missed_errors", "82576's MPC: frames for which the FIFO had no room", DROPS_ONLY, RESET_NO, "-" },
	{ "igb", "rx_no_buffer_count", "82576's RNBC: frames that found no descriptor and waited; not all are lost",
	  DROPS_UNKNOWN, RESET_NO, "-" },
	{ "igb in QEMU", "rx_packets", "as igb's", DROPS_IN, RESET_NO, "nic.driver" },
	{ "igb in QEMU", "rx_missed_errors", "nothing: always 0, as rx_no_buffer_count and rx_fifo_errors are",
	  DROPS_UNKNOWN, RESET_NO, "-" },
	{ "e1000e", "rx_packets", "frames that the driver took", DROPS_NOT_IN, RESET_NO, "-" },
	{ "e1000e", "rx_missed_errors", "MPC: frames for which the FIFO had no room", DROPS_ONLY, RESET_NO, "-" },
	{ "ixgbe", "rx_missed_errors", "lost in hardware only", DROPS_ONLY, RESET_NO, "-" },
	{ "ixgbe", "rx_dropped", "lost in software only", DROPS_ONLY, RESET_NO, "-" },
	{ "bnxt", "rx_missed_errors", "lost in hardware only", DROPS_ONLY, RESET_NO, "-" },
	{ "bnxt", "rx_dropped", "lost in software only", DROPS_ONLY, RESET_NO, "-" },
	{ "i40e", "rx_missed_errors", "nothing: always 0", DROPS_UNKNOWN, RESET_NO, "-" },
	{ "i40e", "rx_dropped", "lost in software and hardware together; grew where nothing was lost", DROPS_UNKNOWN,
	  RESET_NO, "-" },
	{ "mlx5", "rx_missed_errors", "nothing: always 0", DROPS_UNKNOWN, RESET_NO, "-" },
	{ "mlx5", "rx_dropped", "lost in software and hardware together", DROPS_ONLY, RESET_NO, "-" },
	{ "veth", "rx_packets", "frames that the peer handed over, or that NAPI took where XDP is on", DROPS_NOT_IN,
	  RESET_NO, "-" },
	{ "veth", "rx_dropped", "frames refused: the peer's ring was full, or its XDP program dropped them", DROPS_ONLY,
	  RESET_NO, "-" },
	{ "kernel", "softnet_stat, 2nd column", "frames for which the backlog queue was full; all CPUs, all interfaces",
	  DROPS_ONLY, RESET_NO, "drops.softnet" },
	{ "null", "own.received", "growth of rx_packets", DROPS_NOT_IN, RESET_NO, "capture.received" },
	{ "null", "own.dropped", NO_PLACE, DROPS_ONLY, RESET_NO, "drops.capture" },
	{ "xdp-count", "own.received", "frames that its program dropped", DROPS_NOT_IN, RESET_BY_SETUP,
	  "capture.received" },
	{ "xdp-count", "own.dropped", NO_PLACE, DROPS_ONLY, RESET_NO, "drops.capture" },
	{ "kcap", "own.received", "frames that were analysed", DROPS_NOT_IN, RESET_BY_SETUP, "capture.received" },
	{ "kcap", "own.dropped", NO_PLACE, DROPS_ONLY, RESET_NO, "drops.capture" },
	{ "libpcap", "own.received", "ps_recv: frames that passed the filter, those of ps_drop too", DROPS_IN,
	  RESET_BY_READING, "capture.own.received" },
	{ "libpcap", "own.dropped", "ps_drop: frames for which the ring had no room", DROPS_ONLY, RESET_BY_READING,
	  "drops.capture" },
	{ "libpcap", "own.if_dropped", "ps_ifdrop: rx_missed_errors + rx_fifo_errors: as good as the driver's",
	  DROPS_ONLY, RESET_NO, "capture.own.if_dropped" },
	{ "libpcap-immediate", "own.received", "ps_recv: frames that passed the filter, those of ps_drop too", DROPS_IN,
	  RESET_BY_READING, "capture.own.received" },
	{ "libpcap-immediate", "own.dropped", "ps_drop: frames for which the ring had no room", DROPS_ONLY,
	  RESET_BY_READING, "drops.capture" },
	{ "libpcap-immediate", "own.if_dropped",
	  "ps_ifdrop: rx_missed_errors + rx_fifo_errors: as good as the driver's", DROPS_ONLY, RESET_NO,
	  "capture.own.if_dropped" },
	{ "tpacket2", "own.received", PACKET_RECEIVED, DROPS_NOT_IN, RESET_BY_READING, "capture.own.received" },
	{ "tpacket2", "own.dropped", PACKET_DROPPED, DROPS_ONLY, RESET_BY_READING, "drops.capture" },
	{ "tpacket2", "left", PACKET_LEFT, DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "tpacket3", "own.received", PACKET_RECEIVED, DROPS_NOT_IN, RESET_BY_READING, "capture.own.received" },
	{ "tpacket3", "own.dropped", PACKET_DROPPED, DROPS_ONLY, RESET_BY_READING, "drops.capture" },
	{ "tpacket3", "left", PACKET_LEFT, DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "fanout", "own.received", PACKET_RECEIVED, DROPS_NOT_IN, RESET_BY_READING, "capture.own.received" },
	{ "fanout", "own.dropped", PACKET_DROPPED, DROPS_ONLY, RESET_BY_READING, "drops.capture" },
	{ "fanout", "left", PACKET_LEFT, DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "recv", "own.received", PACKET_RECEIVED, DROPS_NOT_IN, RESET_BY_READING, "capture.own.received" },
	{ "recv", "own.dropped", PACKET_DROPPED, DROPS_ONLY, RESET_BY_READING, "drops.capture" },
	{ "recv", "left", PACKET_LEFT, DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "recvmmsg", "own.received", PACKET_RECEIVED, DROPS_NOT_IN, RESET_BY_READING, "capture.own.received" },
	{ "recvmmsg", "own.dropped", PACKET_DROPPED, DROPS_ONLY, RESET_BY_READING, "drops.capture" },
	{ "recvmmsg", "left", PACKET_LEFT, DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "io-uring", "own.received", PACKET_RECEIVED, DROPS_NOT_IN, RESET_BY_READING, "capture.own.received" },
	{ "io-uring", "own.dropped", PACKET_DROPPED, DROPS_ONLY, RESET_BY_READING, "drops.capture" },
	{ "io-uring", "left", PACKET_LEFT, DROPS_ONLY, RESET_NO, "drops.consumer" },
	BPF_BUFFER("bpf-ringbuf"),
	BPF_BUFFER("bpf-perfbuf"),
	{ "nflog", "own.received", "frames that came to its rule, less those dropped", DROPS_NOT_IN, RESET_BY_SETUP,
	  "capture.own.received" },
	{ "nflog", "own.dropped",
	  "messages of one frame that the socket had no room for; with batch, frames that never came", DROPS_ONLY,
	  RESET_BY_SETUP, "drops.capture" },
	{ "nflog", "left", "frames in the socket that nobody read", DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "af-xdp", "own.received", "frames read, and those in the receive rings", DROPS_NOT_IN, RESET_BY_SETUP,
	  "capture.own.received" },
	{ "af-xdp", "own.dropped", "rx_dropped + rx_ring_full of XDP_STATISTICS: frames without room", DROPS_ONLY,
	  RESET_BY_SETUP, "drops.capture" },
	{ "af-xdp", "left", "frames in the receive rings that nobody read", DROPS_ONLY, RESET_NO, "drops.consumer" },
	YKVM_RING("ykvm"),
	YKVM_RING("ykvm-tap"),
	YKVM_RING("ykvm-user"),
	YKVM_RING("ykvm-xdp"),
	YKVM_RING("ykvm-zc"),
	YKVM_RING("pf_zerocopy"),
	{ "dpdk", "own.received", "frames that DPDK handed out, and those in its ring", DROPS_NOT_IN, RESET_BY_SETUP,
	  "capture.own.received" },
	{ "dpdk", "own.dropped", "tp_drops of its packet socket; unknown where it has the NIC itself", DROPS_ONLY,
	  RESET_BY_READING, "drops.capture" },
	{ "dpdk", "own.if_dropped", "imissed + ierrors: the NIC's registers, as DPDK adds them up; in QEMU always 0",
	  DROPS_ONLY, RESET_BY_SETUP, "capture.own.if_dropped" },
	{ "dpdk", "left", "frames in the ring that nobody looked at", DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "netmap", "own.received", "frames read, and those in the rings", DROPS_NOT_IN, RESET_BY_SETUP,
	  "capture.own.received" },
	{ "netmap", "own.dropped", "unknown: on Linux nothing counts what netmap drops", DROPS_ONLY, RESET_NO,
	  "drops.capture" },
	{ "netmap", "left", "frames in the rings that nobody read", DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "pf-ring", "own.received", "frames read, as its library counts them, and those in the ring", DROPS_NOT_IN,
	  RESET_BY_SETUP, "capture.own.received" },
	{ "pf-ring", "own.dropped", "frames for which the ring had no room", DROPS_ONLY, RESET_BY_SETUP,
	  "drops.capture" },
	{ "pf-ring", "left", "frames in the ring that nobody read", DROPS_ONLY, RESET_NO, "drops.consumer" },
	{ "ykvm-zc", "rx_packets", "frames that the module took from its descriptor rings", DROPS_NOT_IN, RESET_NO,
	  "nic.driver" },
	{ "ykvm-zc", "rx_missed_errors", "frames that found no descriptor, from the 82576's counters; in QEMU always 0",
	  DROPS_ONLY, RESET_NO, "-" },
	{ "sink", "unique", "distinct numbers that the consumer saw, as sent", DROPS_NOT_IN, RESET_NO,
	  "ledger.delivered" },
	{ 0 },
};

const struct source *counter_semantics_find(const char *owner, const char *counter)
{
	const struct source *s;

	for (s = sources; s->owner; s++)
		if (!strcmp(s->owner, owner) && !strcmp(s->counter, counter))
			return s;
	return NULL;
}

bool counter_semantics_includes_drops(const struct trial *t, const char *counter)
{
	const struct capture_ops *ops = capture_find(t->capture);
	const struct source *s = counter_semantics_find(ops ? capture_lowest(ops, t)->name : t->capture, counter);

	return s && s->drops == DROPS_IN;
}
