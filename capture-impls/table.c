// SPDX-License-Identifier: GPL-2.0-or-later
/* Every capture implementation, in the order of legends and lists. A new one adds two lines here. */
#include <stddef.h>

#include "capture-impls/capture.h"

extern const struct capture_ops capture_null;
extern const struct capture_ops capture_xdp_count;
extern const struct capture_ops capture_libpcap;
extern const struct capture_ops capture_libpcap_immediate;
extern const struct capture_ops capture_tpacket2;
extern const struct capture_ops capture_tpacket3;
extern const struct capture_ops capture_fanout;
extern const struct capture_ops capture_recv;
extern const struct capture_ops capture_recvmmsg;
extern const struct capture_ops capture_io_uring;
extern const struct capture_ops capture_bpf_ringbuf;
extern const struct capture_ops capture_bpf_perfbuf;
extern const struct capture_ops capture_nflog;
extern const struct capture_ops capture_af_xdp;
extern const struct capture_ops capture_ykvm;
extern const struct capture_ops capture_kcap;
extern const struct capture_ops capture_ykvm_tap;
extern const struct capture_ops capture_ykvm_user;
extern const struct capture_ops capture_ykvm_zc;
extern const struct capture_ops capture_ykvm_xdp;
extern const struct capture_ops capture_pf_zerocopy;
extern const struct capture_ops capture_dpdk;
extern const struct capture_ops capture_netmap;
extern const struct capture_ops capture_pf_ring;
extern const struct capture_ops capture_napi_tuned;
extern const struct capture_ops capture_interrupt_coalesced;
extern const struct capture_ops capture_adaptive_coalesced;
extern const struct capture_ops capture_skeleton;

/* One row a line. */
/* clang-format off */
const struct capture_ops *const captures[] = {
	&capture_null,
	&capture_xdp_count,
	&capture_libpcap,
	&capture_libpcap_immediate,
	&capture_tpacket2,
	&capture_tpacket3,
	&capture_fanout,
	&capture_recv,
	&capture_recvmmsg,
	&capture_io_uring,
	&capture_bpf_ringbuf,
	&capture_bpf_perfbuf,
	&capture_nflog,
	&capture_af_xdp,
	&capture_ykvm,
	&capture_kcap,
	&capture_ykvm_tap,
	&capture_ykvm_user,
	&capture_ykvm_zc,
	&capture_ykvm_xdp,
	&capture_pf_zerocopy,
	&capture_dpdk,
	&capture_netmap,
	&capture_pf_ring,
	&capture_napi_tuned,
	&capture_interrupt_coalesced,
	&capture_adaptive_coalesced,
	&capture_skeleton,
	NULL,
};
/* clang-format on */
