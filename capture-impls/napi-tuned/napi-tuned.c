// SPDX-License-Identifier: GPL-2.0-or-later
/* napi-tuned: a named set of NAPI knobs over another capture. They favour throughput over latency. */
#include "capture-impls/capture.h"

static const struct knob_value set[] = {
	{ "netdev_budget", "600" },
	{ "netdev_budget_usecs", "8000" },
	{ "napi_defer_hard_irqs", "2" },
	{ "gro_flush_timeout", "20000" },
	{ 0 },
};

const struct capture_ops capture_napi_tuned = {
	.name = "napi-tuned",
	.summary = "another capture under tuned NAPI knobs (budget, deferred interrupts)",
	.base = "libpcap",
	.knobs = set,
};
