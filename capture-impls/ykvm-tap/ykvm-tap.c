// SPDX-License-Identifier: GPL-2.0-or-later
/* ykvm-tap: ykvm's ring with copies of the frames; the stack still gets them. */
#include "capture-impls/ykvm/rings.h"

static const struct capture_param params[] = {
	YKVM_PARAMS_HOOK,
	YKVM_PARAMS_MEMBERS,
	{ 0 },
};

static int check(const void *priv, struct err *e)
{
	return ykvm_rings_check("ykvm-tap", priv, e);
}

static int open_tapping(struct capture *c)
{
	return ykvm_rings_open(c, &(struct ykvm_config) { .tap = true });
}

const struct capture_ops capture_ykvm_tap = {
	.name = "ykvm-tap",
	.summary = "kernel module: copies in a shared ring, and the stack keeps the frames",
	.caps = YKVM_CAPS,
	.priv_size = sizeof(struct ykvm_rings),
	.params = params,
	.check = check,
	.probe = ykvm_rings_probe,
	.open = open_tapping,
	YKVM_RINGS_HOOKS,
};
