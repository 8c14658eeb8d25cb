// SPDX-License-Identifier: GPL-2.0-or-later
/* interrupt-coalesced: a named set of the NIC's interrupt-coalescing knobs, over another capture. */
#include "capture-impls/capture.h"

static const struct knob_value set[] = {
	{ "rx_usecs", "50" },
	{ 0 },
};

const struct capture_ops capture_interrupt_coalesced = {
	.name = "interrupt-coalesced",
	.summary = "another capture under fixed interrupt coalescing (ethtool -C rx-usecs)",
	.base = "libpcap",
	.knobs = set,
};
