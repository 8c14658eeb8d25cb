// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ykvm-zc: the NIC writes into the ring that is read here. The interface's
 * device, an Intel 82576, is taken from its driver and given to this project's
 * own (kmod/zc/) for as long as the capture is open.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "capture-impls/common/module.h"
#include "capture-impls/ykvm/rings.h"
#include "harness/knobs.h"
#include "harness/util/netif.h"
#include "harness/util/pcidriver.h"

#define DRIVER "ykvm-zc"
#define CARRIER_NS 20000000000ULL

struct ykvm_zc {
	struct ykvm_rings rings; /* first */
	uint32_t rx_usecs;
};

static const struct capture_param params[] = {
	YKVM_PARAM_BUFFERS,
	YKVM_PARAM_BUFFER_BYTES,
	YKVM_PARAM_SNAPLEN,
	YKVM_PARAM(wake_frames, U32, "512", 1, YKVM_SLOTS_MAX, "frames: so many wake a sleeper"),
	YKVM_PARAM(wake_usecs, U32, "1000", 1, YKVM_USECS_MAX, "us: or the oldest that waits so long"),
	YKVM_PARAM_BUSY_USECS,
	{ "rx_usecs", PARAM_U32, offsetof(struct ykvm_zc, rx_usecs), "100", 0, 8191, "us: between interrupts" },
	{ 0 },
};

static int probe(struct err *why)
{
	int r = ykvm_rings_probe(why);

	return r ? r : module_probe(DRIVER, why);
}

/* A new interface is down, not promiscuous, and its interrupts go anywhere. */
static int interface_up(const char *ifname, uint32_t irq_cpu, struct err *e)
{
	int r = netif_flags(ifname, IFF_UP | IFF_PROMISC, 0, e);

	r = r ? r : netif_irq_pin(ifname, irq_cpu, e);
	return r < 0 ? r : 0;
}

/* Undo step: target is "DEVICE INTERFACE", value "DRIVER CPU". */
static int give_back(const char *target, const char *value, struct err *e)
{
	char device[PCIDRIVER_NAME_MAX], ifname[IFNAMSIZ], driver[PCIDRIVER_NAME_MAX];
	unsigned int cpu;
	int r;

	if (sscanf(target, "%31s %15s", device, ifname) != 2 || sscanf(value, "%31s %u", driver, &cpu) != 2)
		return err_set(e, -EINVAL, "%s: cannot be given back to %s", target, value);
	r = pcidriver_set(device, driver, 0, ifname, e);
	return r ? r : interface_up(ifname, cpu, e);
}

static int take_over(struct capture *c, const char *device, const char *driver, uint32_t irq_cpu)
{
	char target[64], value[48];
	int r;

	snprintf(target, sizeof(target), "%s %s", device, c->ifname);
	snprintf(value, sizeof(value), "%s %u", driver, irq_cpu);
	r = undo_push(c->undo, give_back, target, value);
	if (r)
		return err_set(&c->err, r, "too many changes to undo");
	r = pcidriver_set(device, DRIVER, 1, c->ifname, &c->err);
	r = r ? r : interface_up(c->ifname, irq_cpu, &c->err);
	return r ? r : netif_wait_carrier(c->ifname, CARRIER_NS, &c->err);
}

/* Binding a ring has each of its vectors fire, which is when its new affinity takes effect. */
static int open_zc(struct capture *c)
{
	char device[PCIDRIVER_NAME_MAX], driver[PCIDRIVER_NAME_MAX], usecs[16];
	struct ykvm_zc *z = c->priv;
	int cpu = netif_irq_cpu(c->ifname);
	int r = cpu < 0 ? err_set(&c->err, cpu, "%s: has no interrupts", c->ifname) : 0;

	snprintf(usecs, sizeof(usecs), "%u", z->rx_usecs);
	z->rings.members = 1;
	c->hold_ns = z->rings.wake_frames > 1 ? z->rings.wake_usecs * 1000ULL : 0;
	r = r ? r : module_load(DRIVER, "", c->undo, &c->err);
	r = r ? r : pcidriver_get(c->ifname, device, driver, &c->err);
	if (!r && strcmp(driver, DRIVER))
		r = take_over(c, device, driver, (uint32_t)cpu);
	r = r ? r : knob_set(c->ifname, "rx_usecs", usecs, c->undo, c->outcome, &c->err);
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
