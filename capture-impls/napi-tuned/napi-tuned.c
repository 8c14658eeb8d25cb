// SPDX-License-Identifier: GPL-2.0-or-later
/* napi-tuned: another capture under other NAPI settings. The defaults favour throughput over latency. */
#include "capture-impls/common/derived.h"

static const struct capture_param napi_params[] = {
	DERIVED_BASE("libpcap"),
	DERIVED_KNOB("netdev_budget", "600", 1, 1000000, "frames: most that one softirq run takes, all devices"),
	DERIVED_KNOB("netdev_budget_usecs", "8000", 1, 1000000, "us: longest softirq run"),
	DERIVED_KNOB("dev_weight", "", 1, 1000, "frames: quota of the backlog device"),
	DERIVED_KNOB("napi_defer_hard_irqs", "2", 0, 1000, "polls: empty ones before the interrupt is armed again"),
	DERIVED_KNOB("gro_flush_timeout", "20000", 0, 100000000, "ns: timer between those polls"),
	DERIVED_KNOB("threaded", "", 0, 1, "0 or 1: NAPI in a kernel thread of its own"),
	DERIVED_KNOB("gro", "0", 0, 1, "0 or 1: generic receive offload"),
	{ 0 },
};

const struct capture_ops capture_napi_tuned = {
	.name = "napi-tuned",
	.summary = "another capture under tuned NAPI settings (budget, deferred interrupts, GRO, threads)",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_ALTERS_NIC | CAPTURE_COUNTS_DROPS,
	.priv_size = sizeof(struct derived),
	.params = napi_params,
	.open = derived_open,
	.poll = derived_poll,
	.wait = derived_wait,
	.counts = derived_counts,
	.close = derived_close,
};
