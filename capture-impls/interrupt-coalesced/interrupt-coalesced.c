// SPDX-License-Identifier: GPL-2.0-or-later
/* interrupt-coalesced: another capture under fixed interrupt coalescing and ring size of the NIC. */
#include "capture-impls/common/derived.h"

static const struct capture_param coalesce_params[] = {
	DERIVED_BASE("libpcap"),
	DERIVED_KNOB("rx_ring", "", 16, 65536, "descriptors: receive ring of the NIC"),
	DERIVED_KNOB("adaptive_rx", "", 0, 1, "0 or 1: the driver moves rx_usecs by load"),
	DERIVED_KNOB("rx_usecs", "50", 0, 100000, "us: least time between two interrupts"),
	{ 0 },
};

const struct capture_ops capture_interrupt_coalesced = {
	.name = "interrupt-coalesced",
	.summary = "another capture under ethtool -C rx-usecs and ethtool -G rx",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_ALTERS_NIC | CAPTURE_COUNTS_DROPS,
	.priv_size = sizeof(struct derived),
	.params = coalesce_params,
	.open = derived_open,
	.poll = derived_poll,
	.wait = derived_wait,
	.counts = derived_counts,
	.close = derived_close,
};
