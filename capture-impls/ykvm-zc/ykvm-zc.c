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
	YKVM_PARAMS_ZC,
	{ "rx_usecs", PARAM_U32, offsetof(struct ykvm_zc, rx_usecs), "100", 0, 8191, "us: between interrupts" },
	{ 0 },
};

static int probe(struct err *why)
{
	int r = ykvm_rings_probe(why);

	return r ? r : module_probe(YKVM_ZC_DRIVER, why);
}

static int check(const void *priv, struct err *e)
{
	return ykvm_rings_check("ykvm-zc", priv, e);
}

static int open_zc(struct capture *c)
{
	struct ykvm_zc *z = c->priv;
	int r;

	r = ykvm_zc_take(c, z->rx_usecs);
	return r ? r : ykvm_rings_open(c, &(struct ykvm_config) { .zerocopy = true });
}

const struct capture_ops capture_ykvm_zc = {
	.name = "ykvm-zc",
	.summary = "kernel module and NIC driver: the NIC writes into the ring that is read, no copy",
	.ground = "its own driver has the NIC: rx_usecs is 100, and no other knob of the NIC is there",
	.caps = YKVM_CAPS_ZC,
	.priv_size = sizeof(struct ykvm_zc),
	.params = params,
	.check = check,
	.probe = probe,
	.open = open_zc,
	YKVM_RINGS_HOOKS,
};
