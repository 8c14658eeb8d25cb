// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ykvm-zc: the NIC writes into the ring that is read here. The interface's
 * device, an Intel 82576, is taken from its driver and given to this project's
 * own (kmod/zc/) for as long as the capture is open.
 */
#include "capture-impls/common/module.h"
#include "capture-impls/ykvm-zc/driver.h"
#include "capture-impls/ykvm/rings.h"

struct ykvm_zc {
	struct ykvm_rings rings; /* first */
	uint32_t rx_usecs;
};

static const struct capture_param params[] = {
	YKVM_PARAM_BUFFERS,
	YKVM_PARAM_BUFFER_BYTES,
	YKVM_PARAM_SNAPLEN,
	YKVM_PARAM_WAKE_FRAMES,
	YKVM_PARAM_WAKE_USECS,
	YKVM_PARAM_BUSY_USECS,
	{ "rx_usecs", PARAM_U32, offsetof(struct ykvm_zc, rx_usecs), "100", 0, 8191, "us: between interrupts" },
	{ 0 },
};

static int probe(struct err *why)
{
	int r = ykvm_rings_probe(why);

	return r ? r : module_probe(YKVM_ZC_DRIVER, why);
}

static int open_zc(struct capture *c)
{
	struct ykvm_zc *z = c->priv;
	int r;

	z->rings.members = 1;
	c->hold_ns = z->rings.wake_frames > 1 ? z->rings.wake_usecs * 1000ULL : 0;
	r = ykvm_zc_take(c, z->rx_usecs);
	return r ? r : ykvm_rings_open(c, &(struct ykvm_config) { .zerocopy = true });
}

const struct capture_ops capture_ykvm_zc = {
	.name = "ykvm-zc",
	.summary = "kernel module and NIC driver: the NIC writes into the ring that is read, no copy",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_COUNTS_DROPS | CAPTURE_TAKES_FRAMES |
		CAPTURE_ALTERS_NIC | CAPTURE_ZERO_COPY | CAPTURE_OWN_DRIVER,
	.priv_size = sizeof(struct ykvm_zc),
	.params = params,
	.probe = probe,
	.open = open_zc,
	.poll = ykvm_rings_poll,
	.wait = ykvm_rings_wait,
	.counts = ykvm_rings_counts,
	.close = ykvm_rings_close,
};
