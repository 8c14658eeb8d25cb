// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ykvm-user: like ykvm, but the ring uses buffers that this process allocated
 * and the kernel pinned.
 */
#include "capture-impls/common/huge_pages.h"
#include "capture-impls/ykvm/rings.h"

static const struct capture_param params[] = {
	YKVM_PARAMS_HOOK,
	YKVM_PARAM(huge_pages, BOOL, "0", 0, 1, "0 or 1: buffers in huge pages of 2 MiB, reserved for the trial"),
	{ 0 },
};

static int check(const void *priv, struct err *e)
{
	return ykvm_rings_check("ykvm-user", priv, e);
}

static int open_user(struct capture *c)
{
	struct ykvm_rings *r = c->priv;
	uint64_t bytes = (uint64_t)(r->buffers + YKVM_BATCH_MAX) * r->buffer_bytes;
	int ret = r->huge_pages ? huge_pages_reserve(c, bytes) : 0;

	return ret ? ret : ykvm_rings_open(c, &(struct ykvm_config) { .user_memory = true });
}

const struct capture_ops capture_ykvm_user = {
	.name = "ykvm-user",
	.summary = "kernel module: as ykvm, into memory that the reader allocated",
	.caps = YKVM_CAPS | CAPTURE_TAKES_FRAMES,
	.priv_size = sizeof(struct ykvm_rings),
	.params = params,
	.check = check,
	.probe = ykvm_rings_probe,
	.open = open_user,
	YKVM_RINGS_HOOKS,
};
