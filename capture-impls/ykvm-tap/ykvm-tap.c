// SPDX-License-Identifier: GPL-2.0-or-later
/* ykvm-tap: ykvm's ring beside the stack, which keeps its frames. */
#include "capture-impls/ykvm/rings.h"

static const struct capture_param params[] = {
	YKVM_PARAM_BUFFERS_HOOK,
	YKVM_PARAM_BUFFER_BYTES,
	YKVM_PARAM_OVERWRITE,
	YKVM_PARAM_SNAPLEN,
	YKVM_PARAM_WAKE_FRAMES_HOOK,
	YKVM_PARAM_WAKE_USECS,
	YKVM_PARAM_BUSY_USECS,
	YKVM_PARAM_STAMP,
	YKVM_PARAM_GRO,
	YKVM_PARAM_MEMBERS,
	{ 0 },
};

static int open_tapping(struct capture *c)
{
	return ykvm_rings_open(c, &(struct ykvm_config) { .tap = true });
}

const struct capture_ops capture_ykvm_tap = {
	.name = "ykvm-tap",
	.summary = "kernel module: copies in a shared ring, and the stack keeps the frames",
	.caps = CAPTURE_NEEDS_ROOT | CAPTURE_NEEDS_MODULE | CAPTURE_COUNTS_DROPS | CAPTURE_ALTERS_NIC,
	.priv_size = sizeof(struct ykvm_rings),
	.params = params,
	.probe = ykvm_rings_probe,
	.open = open_tapping,
	.poll = ykvm_rings_poll,
	.wait = ykvm_rings_wait,
	.counts = ykvm_rings_counts,
	.close = ykvm_rings_close,
};
