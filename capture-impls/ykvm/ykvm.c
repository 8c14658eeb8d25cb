// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ykvm: frames from the rings of this project's kernel module (kmod/), read in
 * place. While it is open, frames of the bound interface do not reach the
 * network stack; closing ends that, however the process ends.
 */
#include "capture-impls/ykvm/rings.h"

static const struct capture_param params[] = {
	YKVM_PARAMS_HOOK,
	YKVM_PARAMS_MEMBERS,
	{ 0 },
};

static int check(const void *priv, struct err *e)
{
	return ykvm_rings_check("ykvm", priv, e);
}

static int open_taking(struct capture *c)
{
	return ykvm_rings_open(c, &(struct ykvm_config) { 0 });
}

const struct capture_ops capture_ykvm = {
	.name = "ykvm",
	.summary = "kernel module: frames in a shared ring in front of the stack, the oldest overwritten",
	.caps = YKVM_CAPS | CAPTURE_TAKES_FRAMES,
	.priv_size = sizeof(struct ykvm_rings),
	.params = params,
	.check = check,
	.probe = ykvm_rings_probe,
	.open = open_taking,
	YKVM_RINGS_HOOKS,
};
